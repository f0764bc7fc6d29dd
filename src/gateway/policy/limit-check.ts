/**
 * Asks every policy of a call at once: all let it in, or none counts it. Fails open: a limiter that is down or slower than
 * its patience lets the call through and the log says so; where the organisation fails closed it stops the call instead. Contract §2.4.
 */
import { releaseReceipts, settleReceipts, UNITS_PER } from '../../lib/limiter-protocol.ts'
import type {
  ActualUse,
  LimiterNamespace,
  LimitReceipt,
  LimitUnit,
  TakeAnswer,
} from '../../lib/limiter-protocol.ts'
import type { FailClosed } from '../../lib/org-settings.ts'
import { twice } from '../../lib/twice.ts'
import { within } from '../../lib/within.ts'
import { demandOf, groupPolicies } from './limit-bucket.ts'
import type { Estimate, LimitCaller, LimitGroup } from './limit-bucket.ts'
import { recallDenial, rememberDenial } from './limit-denials.ts'
import type { LimitPolicy } from './limit-grammar.ts'
import { takeInLine } from './limit-line.ts'
import { isLendable, lendingFor, takeLent } from './limit-loan.ts'
import { noteAnswer, noteSilence, patienceFor } from './limit-patience.ts'

export interface LimitInput extends LimitCaller {
  policies: readonly LimitPolicy[]
  /** Id of the call; the same for its settlement. */
  callId: string
  estimate: Estimate
  /** Whether a limiter that does not answer stops the call. */
  failClosed: FailClosed
}

export interface LimitRoom {
  limiters: LimiterNamespace
  /** `waitUntil` with a name: catches, and logs what went wrong. */
  background: (name: string, work: Promise<void>) => void
  /** Longest wait for a limiter; given by tests. */
  patienceMs?: number
}

/** One policy's answer, for headers and log. Plain JSON, amounts in the policy's unit. */
export interface LimitFact {
  policy: string
  /** `organization`, `user:ann`, `key:<id>`, `<property>:<value>`; null when the call lacked what the policy counts by. */
  segment: string | null
  unit: LimitUnit
  limit: number
  /** Whole, at least 0; null when nothing was counted. */
  remaining: number | null
  /** Whole seconds until full; null when nothing was counted. */
  resetSeconds: number | null
  denied: boolean
  /** The limiter did not answer. */
  unavailable: boolean
}

export interface LimitVerdict {
  /** `unavailable`: a limiter did not answer, and the caller wanted the call stopped then. */
  kind: 'allowed' | 'denied' | 'unavailable'
  facts: LimitFact[]
  /** The fact that answers: a denying one, else the one with the least left. Null when no policy applied. */
  strictest: LimitFact | null
  /** What the policy header repeats; null without any policy. */
  policyText: string | null
  /** Whole seconds, at least 1, until the same call could pass; null unless denied. */
  retryAfterSeconds: number | null
  /** For the settlement; empty unless allowed. A limiter that answers late adds its own. */
  receipts: LimitReceipt[]
  /** The call went through unchecked by at least one limiter. */
  isFailedOpen: boolean
  /** Limiters that were asked over the network. */
  hops: number
}

type Reply = { group: LimitGroup; answer: TakeAnswer | null }

export async function checkLimits(
  input: LimitInput,
  room: LimitRoom,
  now: number,
): Promise<LimitVerdict> {
  const { groups, skipped } = groupPolicies(input.policies, input)
  const lent = askLoan(groups, now)
  if (lent !== null) return verdictOf('allowed', skipped, [lent], [], 0)
  const remembered = groups.flatMap((group) => {
    const answer = recallDenial(group, now)
    return answer === null ? [] : [{ group, answer }]
  })
  if (remembered.length > 0) return verdictOf('denied', skipped, remembered, [], 0)

  const receipts: LimitReceipt[] = []
  const progress = { isOver: false }
  const replies = await Promise.all(
    groups.map((group) => askLimiter(group, groups.length > 1, input, room, receipts, progress)),
  )
  const kind = decide(replies, input.failClosed)
  for (const { group, answer } of replies) {
    if (answer !== null && !answer.isAllowed) rememberDenial(group, answer, now)
  }
  if (kind === 'allowed') return verdictOf(kind, skipped, replies, receipts, groups.length)
  progress.isOver = true
  if (receipts.length > 0) {
    room.background('limits_release', releaseReceipts(receipts.splice(0), room.limiters))
  }
  return verdictOf(kind, skipped, replies, [], groups.length)
}

/** Only where one limiter decides alone: what several let in together is asked for together. */
function askLoan(groups: readonly LimitGroup[], now: number): Reply | null {
  const [group] = groups
  if (group === undefined || groups.length > 1 || !isLendable(group)) return null
  const answer = takeLent(group, now)
  return answer === null ? null : { group, answer }
}

/** Puts what the call really took in the place of what was reserved. Rejects when a limiter cannot be reached, twice. */
export async function settleLimits(
  { receipts }: Pick<LimitVerdict, 'receipts'>,
  actual: ActualUse,
  limiters: LimiterNamespace,
): Promise<void> {
  await twice(() => settleReceipts(receipts, actual, limiters))
}

/** Gives everything back, for a call that was let in and then went to no provider. Rejects as above. */
export async function releaseLimits(
  { receipts }: Pick<LimitVerdict, 'receipts'>,
  limiters: LimiterNamespace,
): Promise<void> {
  await twice(() => releaseReceipts(receipts, limiters))
}

function decide(replies: readonly Reply[], failClosed: FailClosed): LimitVerdict['kind'] {
  if (replies.some(({ answer }) => answer?.isAllowed === false)) return 'denied'
  const isStopped = replies.some(({ group, answer }) => answer === null && stops(failClosed, group))
  return isStopped ? 'unavailable' : 'allowed'
}

function stops(failClosed: FailClosed, { unit }: LimitGroup): boolean {
  return failClosed === 'always' || (failClosed === 'spend' && unit === 'cents')
}

/** Never rejects. A late answer still leaves its receipt, or gives back what it took when the call was refused. */
async function askLimiter(
  group: LimitGroup,
  isTentative: boolean,
  { callId, estimate }: LimitInput,
  { limiters, background, patienceMs }: LimitRoom,
  receipts: LimitReceipt[],
  progress: { isOver: boolean },
): Promise<Reply> {
  const demands = group.policies.map((policy) => demandOf(policy, estimate))
  const mayLend = !isTentative && isLendable(group)
  const lending = mayLend ? lendingFor(group, limiters, background) : null
  const take = async (): Promise<TakeAnswer> => {
    const input = { id: callId, demands, isTentative }
    const answer = await takeInLine(limiters, group.bucket, input, lending)
    if (answer.receipt === null) return answer
    const receipt = { bucket: group.bucket, unit: group.unit, take: answer.receipt }
    if (progress.isOver) await releaseReceipts([receipt], limiters)
    else receipts.push(receipt)
    return answer
  }
  const work = take()
  const limitMs = patienceFor(group.bucket, Date.now(), patienceMs)
  const answer = await within(limitMs, work).catch(() => null)
  if (answer !== null) {
    noteAnswer(group.bucket)
    return { group, answer }
  }
  noteSilence(group.bucket, Date.now())
  background(
    'limits_late',
    work.then(() => undefined),
  )
  return { group, answer }
}

function verdictOf(
  kind: LimitVerdict['kind'],
  skipped: readonly LimitPolicy[],
  replies: readonly Reply[],
  receipts: LimitReceipt[],
  hops: number,
): LimitVerdict {
  const answered = replies.flatMap(({ group, answer }) =>
    group.policies.map((policy, index) => answerOf(policy, group.segment, answer, index)),
  )
  const retryInMs = Math.max(0, ...answered.map((each) => each.retryInMs))
  const facts = [...answered.map(({ fact }) => fact), ...skipped.map(uncounted)]
  const strictest = strictestOf(answered)
  return {
    kind,
    facts,
    strictest,
    policyText: strictest?.policy ?? (facts.map(({ policy }) => policy).join(', ') || null),
    retryAfterSeconds: kind === 'denied' ? Math.max(1, Math.ceil(retryInMs / 1_000)) : null,
    receipts,
    isFailedOpen: kind === 'allowed' && facts.some(({ unavailable }) => unavailable),
    hops,
  }
}

interface Answered {
  fact: LimitFact
  retryInMs: number
}

function answerOf(
  policy: LimitPolicy,
  segment: string,
  answer: TakeAnswer | null,
  index: number,
): Answered {
  const fact = uncounted(policy)
  fact.segment = segment
  const state = answer?.slots[index]
  if (state === undefined) {
    fact.unavailable = true
    return { fact, retryInMs: 0 }
  }
  // A quota below one request never lets any through: its window is as good an answer as any.
  const isEver = Number.isFinite(state.retryInMs)
  const retryInMs = isEver ? state.retryInMs : policy.windowSeconds * 1_000
  fact.remaining = Math.max(0, Math.floor(state.level / UNITS_PER[policy.unit]))
  fact.resetSeconds = Math.ceil(state.fullInMs / 1_000)
  fact.denied = retryInMs > 0
  return { fact, retryInMs }
}

function uncounted({ text, unit, quota }: LimitPolicy): LimitFact {
  return {
    policy: text,
    segment: null,
    unit,
    limit: quota,
    remaining: null,
    resetSeconds: null,
    denied: false,
    unavailable: false,
  }
}

/** Of those that were counted. */
function strictestOf(answered: readonly Answered[]): LimitFact | null {
  let first: Answered | null = null
  for (const each of answered) {
    if (each.fact.remaining === null) continue
    if (first === null || byStrictness(each, first) < 0) first = each
  }
  return first?.fact ?? null
}

/** The longest wait first; among those that let the call in, the smallest share that is left. */
function byStrictness(a: Answered, b: Answered): number {
  if (a.retryInMs !== b.retryInMs) return b.retryInMs - a.retryInMs
  return (a.fact.remaining ?? 0) / a.fact.limit - (b.fact.remaining ?? 0) / b.fact.limit
}
