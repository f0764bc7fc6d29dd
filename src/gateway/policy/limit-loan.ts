/**
 * Calls that this isolate lets in by itself: where a segment is busy here and far from its limit, its limiter takes some
 * calls ahead, and for a moment they need not be asked for one by one. What is taken ahead is taken off the limit at once,
 * so isolates together never let in too many; near the limit a limiter lends nothing. Decision 14.
 */
import { limiterNamed } from '../../lib/limiter-protocol.ts'
import type { LimiterNamespace, TakeAnswer, TakeReceipt } from '../../lib/limiter-protocol.ts'
import { twice } from '../../lib/twice.ts'
import { advance, charge, msUntil } from '../../lib/token-bucket.ts'
import type { Bucket } from '../../lib/token-bucket.ts'
import type { LimitGroup } from './limit-bucket.ts'

/** After this what was not used goes back. */
const LOAN_MS = 200
const METER_MS = 100
/** Calls in `METER_MS` that make a segment busy. */
const BUSY_CALLS = 4
const MOST_CALLS = 512
const MOST_SEGMENTS = 1_000
/** Whoever asked for so long without an answer is gone: the runtime ended its request. */
const GONE_MS = 2_000

interface Loan {
  calls: number
  /** Epoch ms. */
  until: number
  /** As the limiter left them, and as they have gone on since. */
  buckets: Bucket[]
  receipt: TakeReceipt
  /** Units that one call takes of each bucket. */
  costs: number[]
}

/** What is known here of a segment under its policies. */
interface Segment {
  /** Calls of the stretch that began at `since`, and of the one before. */
  meter: { since: number; calls: number; before: number }
  /** Epoch ms of a question for a loan that is not answered yet; null when there is none. */
  askedAt: number | null
  loan: Loan | null
}

const segments = new Map<string, Segment>()

/** Whether calls of a group may be lent at all: what they take must be final. */
export function isLendable({ unit }: LimitGroup): boolean {
  return unit === 'request'
}

/** To be asked for every call, because it counts them too. Null: the limiter must be asked. */
export function takeLent(group: LimitGroup, now: number): TakeAnswer | null {
  const segment = segmentOf(group, now)
  count(segment.meter, now)
  return spendLoan(segment, now)
}

/** The lending side of one question to a limiter. */
export interface Lending {
  /** Calls to ask for beside the own one; 0 when the segment is quiet. */
  wish: () => number
  /** To be told once after `wish`, null when no answer came. */
  keep: (answer: TakeAnswer | null) => void
  /** As `takeLent`, for a call that has been counted. */
  take: () => TakeAnswer | null
}

/** `background` outlives the request: what is left over is given back behind it. */
export function lendingFor(
  group: LimitGroup,
  limiters: LimiterNamespace,
  background: (name: string, work: Promise<void>) => void,
): Lending {
  const segment = segmentOf(group, Date.now())
  let isAsker = false
  return {
    wish: () => {
      const now = Date.now()
      const { askedAt, loan, meter } = segment
      const busy = Math.max(meter.calls, meter.before)
      const isAsking = askedAt !== null && now - askedAt < GONE_MS
      const hasLoan = loan !== null && now < loan.until
      if (busy < BUSY_CALLS || isAsking || hasLoan) return 0
      isAsker = true
      segment.askedAt = now
      // Until it ends, at the pace that the segment has here.
      return Math.min(MOST_CALLS, (busy * LOAN_MS) / METER_MS)
    },
    keep: (answer) => {
      if (!isAsker) return
      segment.askedAt = null
      const loan = answer === null ? null : loanOf(answer, Date.now())
      if (loan === null) return
      segment.loan = loan
      background('limits_loan', giveBack(segment, loan, group.bucket, limiters))
    },
    take: () => spendLoan(segment, Date.now()),
  }
}

/** With the policies: a call under another one must ask. */
function segmentOf({ bucket, policies }: LimitGroup, now: number): Segment {
  const key = `${bucket} ${policies.map(({ text }) => text).join(',')}`
  const known = segments.get(key)
  if (known !== undefined) return known
  // Loans that are forgotten are given back all the same.
  if (segments.size >= MOST_SEGMENTS) segments.clear()
  const segment: Segment = {
    meter: { since: now, calls: 0, before: 0 },
    askedAt: null,
    loan: null,
  }
  segments.set(key, segment)
  return segment
}

function count(meter: Segment['meter'], now: number): void {
  const age = now - meter.since
  if (age >= METER_MS || age < 0) {
    meter.before = age < 2 * METER_MS ? meter.calls : 0
    meter.calls = 0
    meter.since = now
  }
  meter.calls += 1
}

function spendLoan(segment: Segment, now: number): TakeAnswer | null {
  const { loan } = segment
  if (loan === null || now >= loan.until) return null
  loan.calls -= 1
  if (loan.calls === 0) segment.loan = null
  const slots = loan.buckets.map((bucket, index) => {
    advance(bucket, now)
    charge(bucket, loan.costs[index] ?? 0)
    return { level: bucket.level, fullInMs: msUntil(bucket, bucket.capacity), retryInMs: 0 }
  })
  // What is lent is final: nothing is left to be settled or given back.
  return { isAllowed: true, slots, receipt: null, repeatForMs: 0 }
}

function loanOf({ loan, slots, receipt }: TakeAnswer, now: number): Loan | null {
  if (loan === undefined || receipt === null) return null
  const buckets = receipt.taken.map(({ capacity, windowMs }, index) => {
    return { capacity, windowMs, level: slots[index]?.level ?? 0, carry: 0, at: now }
  })
  return {
    calls: loan.calls,
    until: now + LOAN_MS,
    buckets,
    receipt: loan.receipt,
    costs: receipt.taken.map(({ units }) => units),
  }
}

async function giveBack(
  segment: Segment,
  loan: Loan,
  bucket: string,
  limiters: LimiterNamespace,
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LOAN_MS))
  if (segment.loan === loan) segment.loan = null
  if (loan.calls === 0) return
  const { calls, costs, receipt } = loan
  // Whoever still held it must not use it too.
  loan.calls = 0
  loan.until = 0
  const taken = receipt.taken.map((each, index) => ({
    ...each,
    units: (costs[index] ?? 0) * calls,
  }))
  await twice(() => limiterNamed(limiters, bucket).release({ ...receipt, taken }))
}
