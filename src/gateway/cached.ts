/**
 * The response cache around a provider call (contract §2.3): a stored answer, the answer of an identical call that is on
 * its way, or the lead for all who come meanwhile. Fails open: without its stores every call goes to the provider, and the
 * answer says so in a warning. Limits are asked before a provider is called; for other answers where the organisation says so.
 */
import { watchClient } from './cache/client-watch.ts'
import type { ClientWatch } from './cache/client-watch.ts'
import { consultCache } from './cache/consult.ts'
import type { CacheAnswer, Followed } from './cache/consult.ts'
import type { CachePolicy } from './cache/policy.ts'
import { createResponseStore } from './cache/store.ts'
import { note, noteFaults, giveStored } from './cache-note.ts'
import { bodyFor } from './call.ts'
import { headersTimer } from './dispatch/time-policy.ts'
import { elapsed } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { leadCall } from './lead-call.ts'
import type { CallResult, Ways } from './lead-call.ts'
import type { LimitRefusal } from './limits.ts'
import type { Platform } from './platform.ts'
import type { TakenBody } from './receive/body.ts'

type Consulted<K extends CacheAnswer['kind']> = Extract<CacheAnswer, { kind: K }>

/** Fills `exchange.cache`. */
export async function answerThroughCache(
  exchange: Exchange,
  policy: CachePolicy,
  body: TakenBody,
  platform: Platform,
  ways: Ways,
): Promise<CallResult> {
  if (body.kind !== 'whole') {
    note(exchange, 'bypass', null)
    exchange.warnings.push(BODY_TOO_LARGE)
    return (await ways.admit()) ?? (await ways.call())
  }
  const client = watchClient(exchange.request)
  const startedAtMs = elapsed(exchange)
  const consulted = await consult(exchange, policy, body.bytes, platform, client)
  exchange.cacheMs = elapsed(exchange) - startedAtMs
  noteFaults(exchange, consulted.faults)
  switch (consulted.kind) {
    case 'pass':
      note(exchange, 'bypass', consulted)
      return (await ways.admit()) ?? (await ways.call())
    case 'lead':
      return await leadCall(exchange, consulted, consulted.lead, ways, client)
    case 'hit': {
      const refusal = await admitReplay(exchange, consulted, ways)
      return refusal ?? giveStored(exchange, 'hit', consulted, consulted.answer)
    }
    case 'follow': {
      const refusal = await admitReplay(exchange, consulted, ways)
      if (refusal === null) return await follow(exchange, policy, consulted, ways, client)
      client.leave()
      consulted.leave()
      return refusal
    }
  }
}

/** What else decides what comes of a call: only the like share one, or somebody would get what another asked for. */
function mannerOf({ headers, time }: Exchange, policy: CachePolicy): string {
  const own = [...headers.policy].filter(([name]) => /^helicone-(?:retry|fallbacks)/.test(name))
  return JSON.stringify([own, time, policy.staleIfErrorSeconds > 0])
}

async function consult(
  exchange: Exchange,
  policy: CachePolicy,
  bytes: Uint8Array | null,
  platform: Platform,
  client: ClientWatch,
): Promise<CacheAnswer> {
  const { dialect, id, plan, principal, request, time, url } = exchange
  const [step] = plan
  if (step === undefined || principal === null) return NO_PART
  const { background, edge, responses } = platform
  return await consultCache(
    {
      policy,
      orgId: principal.orgId,
      rowId: id,
      dialect,
      method: request.method,
      url: step.target.url,
      headers: step.headers ?? request.headers,
      body: bodyFor(step, bytes) ?? NO_BYTES,
      manner: mannerOf(exchange, policy),
      get clientSignal() {
        return client.signal()
      },
    },
    {
      store: createResponseStore({
        edge,
        responses,
        origin: url.origin,
        background: (work) => background('cache_edge', work),
      }),
      responses,
      background,
      idleTimeoutMs: time.idleMs,
    },
  )
}

async function follow(
  exchange: Exchange,
  policy: CachePolicy,
  consulted: Consulted<'follow'>,
  ways: Ways,
  client: ClientWatch,
): Promise<CallResult> {
  const startedAtMs = elapsed(exchange)
  // One attempt's timers are the leader's business where another attempt, or a stored answer, may follow.
  const isOneAttempt = !ways.mayRepeat && policy.staleIfErrorSeconds === 0
  const waiting = consulted.wait()
  const followed = await inTime(exchange, waiting, isOneAttempt)
  exchange.cacheMs = (exchange.cacheMs ?? 0) + elapsed(exchange) - startedAtMs
  switch (followed?.kind) {
    case undefined:
      client.leave()
      waiting.then(dismiss).catch(() => undefined)
      return await giveStaleOr(exchange, consulted, { kind: 'timeout' })
    case 'promoted':
      return await leadCall(exchange, consulted, followed.lead, ways, client)
    case 'failed': {
      const { reason } = followed
      if (reason !== 'leader') return await giveStaleOr(exchange, consulted, { kind: reason })
      note(exchange, 'miss', consulted)
      return { kind: 'client_abort' }
    }
    case 'answer': {
      const { head, response } = followed
      // The leader may have had none that it could give, or have asked for fresher ones.
      const stale = response.status >= 500 ? await consulted.stale() : null
      if (stale !== null) {
        response.body?.cancel().catch(() => undefined)
        return giveStored(exchange, 'stale', consulted, stale)
      }
      note(exchange, head.source === 'live' ? 'coalesced' : 'stale', consulted, head.referenceId)
      if (head.source === 'live') exchange.answered = exchange.plan[head.step] ?? null
      return { kind: 'answer', response }
    }
  }
}

/** It was given to who had just left: its place is another's. */
function dismiss(followed: Followed): void {
  if (followed.kind === 'answer') followed.response.body?.cancel().catch(() => undefined)
  if (followed.kind === 'promoted') followed.lead.fail('leader')
}

/** A stored answer that may stand in, else what became of the call. */
async function giveStaleOr(
  exchange: Exchange,
  consulted: CacheAnswer,
  failure: CallResult,
): Promise<CallResult> {
  const stale = await consulted.stale()
  if (stale !== null) return giveStored(exchange, 'stale', consulted, stale)
  note(exchange, 'miss', consulted)
  return failure
}

/** Null when one of this call's own timers fired first; the exchange then names it. */
async function inTime(
  exchange: Exchange,
  followed: Promise<Followed>,
  isOneAttempt: boolean,
): Promise<Followed | null> {
  const { time } = exchange
  const totalLeftMs = (time.totalMs ?? Infinity) - elapsed(exchange)
  const first = isOneAttempt
    ? headersTimer(time, totalLeftMs)
    : { name: 'total' as const, limitMs: Math.max(0, totalLeftMs) }
  const late = Promise.withResolvers<null>()
  const timer =
    first.limitMs === Infinity ? null : setTimeout(() => late.resolve(null), first.limitMs)
  try {
    const result = await Promise.race([followed, late.promise])
    if (result === null) exchange.timer = first.name
    return result
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}

/** A refusal is a miss to its caller: no stored answer was given. */
async function admitReplay(
  exchange: Exchange,
  consulted: CacheAnswer,
  { admit }: Ways,
): Promise<LimitRefusal | null> {
  if (exchange.principal?.settings.limits_on_cache_hits !== true) return null
  const refusal = await admit()
  if (refusal !== null) note(exchange, 'miss', consulted)
  return refusal
}

const NO_BYTES = new Uint8Array(0)
const NO_PART: CacheAnswer = {
  kind: 'pass',
  key: null,
  slot: 0,
  faults: [],
  stale: () => Promise.resolve(null),
}

const BODY_TOO_LARGE = {
  code: 'body_too_large_for_cache',
  header: null,
  message:
    'The body could not be compared with stored ones, for its size or for want of memory: the cache took no part.',
}
