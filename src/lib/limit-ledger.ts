/**
 * The books of one limiter object: a bucket per policy of its segment, reservations that await their settlement, and for
 * each bucket the copy that is on disk. Knows no storage and no clock, so that its laws can be tested.
 *
 * Invariant: once `needsSave` is false, no bucket on disk holds more than the one in memory. Whenever memory is lost the
 * limiter goes on from a state that has admitted everything it admitted, so it never overshoots. Where a policy refills
 * faster than its calls cost, the copy runs ahead by one second of refill, and a second of calls costs one write.
 */
import { adopt, advance, charge, compareLevels, fullBucket, msUntil } from './token-bucket.ts'
import type { Bucket, BucketPolicy } from './token-bucket.ts'
import type {
  BucketView,
  Demand,
  Loan,
  SlotState,
  TakeAnswer,
  TakeInput,
  TakeReceipt,
  Taken,
} from './limiter-protocol.ts'

/** A settlement that has not come by then never will: the units go back. */
export const RESERVATION_MS = 600_000
/** How long a tentative take or a loan may still be given back; denials are not to be repeated meanwhile. */
const TENTATIVE_MS = 2_000
const SHORT_REPEAT_MS = 1_000
const RESERVED_REPEAT_MS = 10_000
const LONGEST_REPEAT_MS = 60_000
/** One write per second, after twenty at once. */
const WRITE_BUDGET: BucketPolicy = { capacity: 20, windowMs: 20_000 }
/** The mean follows the last calls: each new one weighs this much. */
const MEAN_WEIGHT = 1 / 8
/** A loan is at most this part of what is left, so that near the limit every call is asked for. */
const LOAN_SHARE = 1 / 1_024
/** Takes remembered as done with; a settlement is repeated soon or never. */
const MOST_DONE = 2_000

/** What is kept on disk of one bucket. */
export interface SavedSlot {
  bucket: Bucket
  mean: number | null
}

interface Slot {
  bucket: Bucket
  saved: Bucket
  mean: number | null
  /** Units of the last take; Infinity before any, so that nothing is written ahead. */
  lastCost: number
  /** Units taken in the second that began at `since`, and in the one before. */
  meter: { since: number; units: number; before: number }
}

interface Held {
  taken: Taken[]
  expiresAt: number
}

export class LimitLedger {
  readonly #slots: Slot[]
  /** In order of expiry, for all live equally long. */
  readonly #held = new Map<string, Held>()
  /** What became of takes: a repeated settlement changes nothing, one that comes too late has nothing to give back. */
  readonly #done = new Map<string, 'settled' | 'expired'>()
  readonly #writeBudget: Bucket
  #softUntil = 0
  #isPolicyNew = false

  constructor(saved: readonly SavedSlot[], now: number) {
    this.#writeBudget = fullBucket(WRITE_BUDGET, now)
    this.#slots = saved.map(({ bucket, mean }) => openSlot({ ...bucket }, mean))
  }

  /** Takes from every bucket, or from none. */
  take({ id, demands, isTentative, lend = 0 }: TakeInput, now: number): TakeAnswer {
    this.#expire(now)
    const slots = demands.map((demand, index) => this.#slotFor(index, demand, now))
    const asked = slots.map((slot, index) => ask(slot, demands[index]))
    if (asked.every(({ isAdmitted }) => isAdmitted)) {
      const taken = slots.map((slot, index) => spend(slot, asked[index]?.cost ?? 0, now))
      const expiresAt = now + RESERVATION_MS
      if (demands.some(({ isReserved }) => isReserved)) this.#held.set(id, { taken, expiresAt })
      if (isTentative) this.#softUntil = now + TENTATIVE_MS
      const receipt = { id, expiresAt, taken }
      const states = slots.map(({ bucket }) => stateOf(bucket, 0))
      const answer = { isAllowed: true, slots: states, receipt, repeatForMs: 0 }
      const loan = lend === 0 ? null : this.#lend(receipt, Math.floor(lend), now)
      return loan === null ? answer : { ...answer, loan }
    }
    const states = slots.map(({ bucket }, index) => {
      const { isAdmitted, needed } = asked[index] ?? { isAdmitted: true, needed: 0 }
      return stateOf(bucket, isAdmitted ? 0 : msUntil(bucket, needed))
    })
    return {
      isAllowed: false,
      slots: states,
      receipt: null,
      repeatForMs: this.#repeatFor(demands, states, now),
    }
  }

  /**
   * `actual` null: unknown, and what was reserved stays the charge. A take that memory has lost is still charged on disk;
   * one that has expired is not.
   */
  settle(receipt: TakeReceipt, actual: number | null, now: number): void {
    this.#expire(now)
    const isCharged = this.#isCharged(receipt, now)
    if (this.#done.get(receipt.id) === 'settled') return
    this.#close(receipt.id, 'settled')
    receipt.taken.forEach((taken, index) => {
      const slot = (this.#slots[index] ??= openSlot(fullBucket(taken, now), null))
      const due = actual ?? taken.units
      refill(slot, now)
      charge(slot.bucket, isCharged ? due - taken.units : due)
      if (actual === null) return
      const mean = slot.mean ?? actual
      slot.mean = Math.round(mean + (actual - mean) * MEAN_WEIGHT)
    })
  }

  release(receipt: TakeReceipt, now: number): void {
    this.#expire(now)
    if (!this.#isCharged(receipt, now)) return
    this.#close(receipt.id, 'settled')
    this.#giveBack(receipt.taken, now)
  }

  /** True while an answer must not leave before `save` is on disk; or when there is much to gain by it. */
  needsSave(now: number): boolean {
    if (this.#isPolicyNew) return true
    if (this.#slots.some(({ bucket, saved }) => compareLevels(bucket, saved) < 0)) return true
    advance(this.#writeBudget, now)
    return (
      this.#writeBudget.level >= 1 &&
      this.#slots.some((slot) => slot.bucket.level - slot.saved.level > this.#ahead(slot))
    )
  }

  /** What to put on disk now. */
  save(now: number): SavedSlot[] {
    advance(this.#writeBudget, now)
    for (const slot of this.#slots) {
      const ahead = Math.min(this.#ahead(slot), Math.max(0, slot.bucket.level))
      slot.saved = { ...slot.bucket, level: slot.bucket.level - ahead }
    }
    if (this.#writeBudget.level >= 1) charge(this.#writeBudget, 1)
    this.#isPolicyNew = false
    return this.#slots.map(({ saved, mean }) => ({ bucket: { ...saved }, mean }))
  }

  /** ms until every bucket is full and every reservation is over: then there is nothing worth keeping. */
  idleInMs(now: number): number {
    this.#expire(now)
    const waits = this.#slots.map((slot) => {
      refill(slot, now)
      return msUntil(slot.bucket, slot.bucket.capacity)
    })
    const last = [...this.#held.values()].at(-1)
    return Math.max(0, ...waits, last === undefined ? 0 : last.expiresAt - now)
  }

  view(now: number): { buckets: BucketView[]; reservations: number } {
    this.#expire(now)
    const buckets = this.#slots.map((slot) => {
      refill(slot, now)
      const { capacity, windowMs } = slot.bucket
      return {
        ...stateOf(slot.bucket, msUntil(slot.bucket, 1)),
        capacity,
        windowMs,
        meanCost: slot.mean,
      }
    })
    return { buckets, reservations: this.#held.size }
  }

  /** Takes for up to `most` more calls like the one of `receipt`, while the limit is far away. */
  #lend({ id, expiresAt, taken }: TakeReceipt, most: number, now: number): Loan | null {
    const calls = taken.reduce((least, { units }, index) => {
      const level = this.#slots[index]?.bucket.level ?? 0
      return Math.min(least, Math.floor((level * LOAN_SHARE) / units))
    }, most)
    if (!(calls >= 1)) return null
    this.#softUntil = now + TENTATIVE_MS
    const ahead = taken.map((each) => ({ ...each, units: each.units * calls }))
    ahead.forEach(({ units }, index) => {
      const slot = this.#slots[index]
      if (slot !== undefined) drain(slot, units, now)
    })
    return { calls, receipt: { id: `${id}:loan`, expiresAt, taken: ahead } }
  }

  #slotFor(index: number, policy: Demand, now: number): Slot {
    const known = this.#slots[index]
    if (known === undefined) {
      const slot = openSlot(fullBucket(policy, now), null)
      this.#slots[index] = slot
      return slot
    }
    refill(known, now)
    // On disk it would go on refilling under the old policy, perhaps faster than in memory: it must be written.
    if (adopt(known.bucket, policy)) this.#isPolicyNew = true
    adopt(known.saved, policy)
    return known
  }

  #isCharged({ id, expiresAt }: TakeReceipt, now: number): boolean {
    return this.#held.has(id) || (now < expiresAt && !this.#done.has(id))
  }

  #close(id: string, how: 'settled' | 'expired'): void {
    this.#held.delete(id)
    this.#done.set(id, how)
    const oldest = this.#done.keys().next()
    if (this.#done.size > MOST_DONE && !oldest.done) this.#done.delete(oldest.value)
  }

  #expire(now: number): void {
    for (const [id, { taken, expiresAt }] of this.#held) {
      if (expiresAt > now) break
      this.#close(id, 'expired')
      this.#giveBack(taken, now)
    }
  }

  #giveBack(taken: readonly Taken[], now: number): void {
    taken.forEach(({ units }, index) => {
      const slot = this.#slots[index]
      if (slot === undefined) return
      refill(slot, now)
      charge(slot.bucket, -units)
    })
  }

  #ahead({ bucket: { capacity, windowMs }, lastCost, meter }: Slot): number {
    const perSecond = Math.floor((capacity * 1_000) / windowMs)
    const isBusy = this.#writeBudget.level < 1
    const recent = isBusy ? Math.max(meter.units, meter.before) : 0
    const ahead = Math.max(perSecond, Math.min(recent, Math.floor(capacity / 100)))
    return ahead >= lastCost ? ahead : 0
  }

  #repeatFor(demands: readonly Demand[], states: readonly SlotState[], now: number): number {
    const retry = Math.max(...states.map(({ retryInMs }) => retryInMs))
    const isReserved = demands.some((demand) => demand.isReserved)
    // A settlement or a release may come any moment and let the next call in.
    const mayChange = now < this.#softUntil || (isReserved && this.#held.size > 0)
    if (mayChange) return Math.min(retry, SHORT_REPEAT_MS)
    return Math.min(retry, isReserved ? RESERVED_REPEAT_MS : LONGEST_REPEAT_MS)
  }
}

function openSlot(bucket: Bucket, mean: number | null): Slot {
  const meter = { since: bucket.at, units: 0, before: 0 }
  return { bucket, saved: { ...bucket }, mean, lastCost: Number.POSITIVE_INFINITY, meter }
}

/** Both copies refill alike. */
function refill({ bucket, saved }: Slot, now: number): void {
  advance(bucket, now)
  advance(saved, now)
}

function ask(
  { bucket, mean }: Slot,
  demand: Demand | undefined,
): { cost: number; needed: number; isAdmitted: boolean } {
  if (demand === undefined) return { cost: 0, needed: 0, isAdmitted: true }
  const wanted = demand.cost ?? mean ?? demand.fallbackCost
  // A guess above the whole limit would block the segment for longer than its window.
  const cost = demand.isReserved ? Math.min(Math.max(1, wanted), demand.capacity) : wanted
  const needed = demand.isReserved ? 1 : cost
  return { cost, needed, isAdmitted: bucket.level >= needed }
}

function spend(slot: Slot, units: number, now: number): Taken {
  drain(slot, units, now)
  slot.lastCost = Math.max(1, units)
  const { capacity, windowMs } = slot.bucket
  return { units, capacity, windowMs }
}

function drain({ bucket, meter }: Slot, units: number, now: number): void {
  charge(bucket, units)
  const age = now - meter.since
  if (age >= 1_000 || age < 0) {
    meter.before = age < 2_000 ? meter.units : 0
    meter.units = 0
    meter.since = now
  }
  meter.units += units
}

function stateOf(bucket: Bucket, retryInMs: number): SlotState {
  return { level: bucket.level, fullInMs: msUntil(bucket, bucket.capacity), retryInMs }
}
