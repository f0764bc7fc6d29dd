/**
 * The books of one limiter object: a bucket per policy of its segment, reservations that await their settlement, and for
 * each bucket the copy that is on disk. Knows no storage and no clock, so that its laws can be tested.
 *
 * Invariant: once `needsSave` is false, no bucket on disk holds more than the one in memory. Whenever memory is lost the
 * limiter goes on from a state that has admitted everything it admitted, so it never overshoots. Where a policy refills
 * faster than its calls cost, the copy runs ahead by one second of refill, and a second of calls costs one write.
 */
import { advance, charge, compareLevels, fullBucket, msUntil } from './token-bucket.ts'
import type { Bucket, BucketPolicy } from './token-bucket.ts'
import { aheadOf, ask, bucketAt, correct, drain, spend, stateOf } from './limit-slot.ts'
import type { SavedSlot, Slot } from './limit-slot.ts'
import { LimitSlots } from './limit-slots.ts'
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

export type { SavedSlot }

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

interface Held {
  taken: Taken[]
  expiresAt: number
}

export class LimitLedger {
  readonly #slots: LimitSlots
  /** In order of expiry, for all live equally long. */
  readonly #held = new Map<string, Held>()
  /** What became of takes: a repeated settlement changes nothing, one that comes too late has nothing to give back. */
  readonly #done = new Map<string, 'settled' | 'expired'>()
  readonly #writeBudget: Bucket
  #softUntil = 0

  constructor(saved: readonly SavedSlot[], now: number) {
    this.#writeBudget = fullBucket(WRITE_BUDGET, now)
    this.#slots = new LimitSlots(saved)
  }

  /** Takes from every bucket, or from none. */
  take({ id, demands, isTentative, lend = 0 }: TakeInput, now: number): TakeAnswer {
    this.#expire(now)
    const slots = this.#slots.claim(demands, now)
    const asked = askAll(slots, demands, now)
    // What its own books refuse changes nothing: a caller that is over its limit must not hold up others by asking again.
    if (!asked.every(({ isAdmitted }) => isAdmitted)) return this.#deny(slots, demands, now)
    this.#slots.enforce(slots, now)
    if (slots.some(({ bucket }, index) => bucket.level < (asked[index]?.needed ?? 0))) {
      return this.#deny(slots, demands, now)
    }
    const taken = slots.map((slot, index) => spend(slot, asked[index]?.cost ?? 0, now))
    const expiresAt = now + RESERVATION_MS
    if (demands.some(({ isReserved }) => isReserved)) this.#held.set(id, { taken, expiresAt })
    if (isTentative) this.#softUntil = now + TENTATIVE_MS
    const receipt = { id, expiresAt, taken }
    const states = slots.map(({ bucket }) => stateOf(bucket, 0))
    const answer = { isAllowed: true, slots: states, receipt, repeatForMs: 0 }
    const loan = lend === 0 ? null : this.#lend(slots, receipt, Math.floor(lend), now)
    return loan === null ? answer : { ...answer, loan }
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
    this.#slots.refillInForce(now)
    this.#slots.claim(receipt.taken, now).forEach((slot, index) => {
      this.#slots.keep(slot, now)
      const units = receipt.taken[index]?.units ?? 0
      const due = actual ?? units
      correct(slot, isCharged ? due - units : due, now)
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
    if (this.#slots.all.some(({ bucket, saved }) => compareLevels(bucket, saved) < 0)) return true
    advance(this.#writeBudget, now)
    return (
      this.#writeBudget.level >= 1 &&
      this.#slots.all.some((slot) => slot.bucket.level - slot.saved.level > this.#ahead(slot))
    )
  }

  /** What to put on disk now. */
  save(now: number): SavedSlot[] {
    advance(this.#writeBudget, now)
    for (const slot of this.#slots.all) {
      const ahead = Math.min(this.#ahead(slot), Math.max(0, slot.bucket.level))
      slot.saved = { ...slot.bucket, level: slot.bucket.level - ahead }
    }
    if (this.#writeBudget.level >= 1) charge(this.#writeBudget, 1)
    return this.#slots.all.map(({ saved, mean }) => ({ bucket: { ...saved }, mean }))
  }

  /** ms until every bucket is full and every reservation is over: then there is nothing worth keeping. */
  idleInMs(now: number): number {
    this.#expire(now)
    const waits = this.#slots.all.map((slot) => msUntil(bucketAt(slot, now), slot.bucket.capacity))
    const last = [...this.#held.values()].at(-1)
    return Math.max(0, ...waits, last === undefined ? 0 : last.expiresAt - now)
  }

  view(now: number): { buckets: BucketView[]; reservations: number } {
    this.#expire(now)
    const buckets = this.#slots.all.map((slot) => {
      const bucket = bucketAt(slot, now)
      const { capacity, windowMs } = bucket
      const state = stateOf(bucket, msUntil(bucket, 1))
      return { ...state, capacity, windowMs, meanCost: slot.mean }
    })
    return { buckets, reservations: this.#held.size }
  }

  /** Takes for up to `most` more calls like the one of `receipt`, while the limit is far away. */
  #lend(
    slots: readonly Slot[],
    { id, expiresAt, taken }: TakeReceipt,
    most: number,
    now: number,
  ): Loan | null {
    const calls = taken.reduce((least, { units }, index) => {
      const level = slots[index]?.bucket.level ?? 0
      return Math.min(least, Math.floor((level * LOAN_SHARE) / units))
    }, most)
    if (!(calls >= 1)) return null
    this.#softUntil = now + TENTATIVE_MS
    const ahead = taken.map((each) => ({ ...each, units: each.units * calls }))
    ahead.forEach(({ units }, index) => {
      const slot = slots[index]
      if (slot !== undefined) drain(slot, units, now)
    })
    return { calls, receipt: { id: `${id}:loan`, expiresAt, taken: ahead } }
  }

  #deny(slots: readonly Slot[], demands: readonly Demand[], now: number): TakeAnswer {
    const asked = askAll(slots, demands, now)
    const states = slots.map((slot, index) => {
      const bucket = bucketAt(slot, now)
      const { isAdmitted, needed } = asked[index] ?? { isAdmitted: true, needed: 0 }
      return stateOf(bucket, isAdmitted ? 0 : msUntil(bucket, needed))
    })
    const repeatForMs = this.#repeatFor(demands, states, now)
    return { isAllowed: false, slots: states, receipt: null, repeatForMs }
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
    this.#slots.refillInForce(now)
    this.#slots.claim(taken, now).forEach((slot, index) => {
      // One that is not known is full.
      correct(slot, -(taken[index]?.units ?? 0), now)
    })
  }

  #ahead(slot: Slot): number {
    return aheadOf(slot, this.#writeBudget.level < 1)
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

function askAll(
  slots: readonly Slot[],
  demands: readonly Demand[],
  now: number,
): ReturnType<typeof ask>[] {
  return slots.map((slot, index) => ask(slot.mean, bucketAt(slot, now), demands[index]))
}
