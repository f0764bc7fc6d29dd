/** A limiter object's life around its ledger, and the model that it is held against. */
import { LimitLedger } from '../../src/lib/limit-ledger.ts'
import type { SavedSlot } from '../../src/lib/limit-ledger.ts'
import type { BucketView, Demand, TakeAnswer, TakeReceipt } from '../../src/lib/limiter-protocol.ts'

export const T0 = 1_800_000_000_000

/** What the object does: saves before it answers, when it must; forgets everything else when it is evicted. */
export class Host {
  disk: SavedSlot[] = []
  writes = 0
  #ledger: LimitLedger
  #calls = 0

  constructor(now = T0) {
    this.#ledger = new LimitLedger([], now)
  }

  take(demands: Demand[], now: number, isTentative = false, lend = 0): TakeAnswer {
    this.#calls += 1
    const answer = this.#ledger.take({ id: `call-${this.#calls}`, demands, isTentative, lend }, now)
    this.#save(now)
    return answer
  }

  settle(receipt: TakeReceipt, actual: number | null, now: number): void {
    this.#ledger.settle(receipt, actual, now)
    this.#save(now)
  }

  release(receipt: TakeReceipt, now: number): void {
    this.#ledger.release(receipt, now)
    this.#save(now)
  }

  evict(now: number): void {
    this.#ledger = new LimitLedger(structuredClone(this.disk), now)
  }

  level(now: number, slot = 0): number {
    return this.#ledger.view(now).buckets[slot]?.level ?? Number.NaN
  }

  buckets(now: number): BucketView[] {
    return this.#ledger.view(now).buckets
  }

  reservations(now: number): number {
    return this.#ledger.view(now).reservations
  }

  #save(now: number): void {
    if (!this.#ledger.needsSave(now)) return
    this.disk = structuredClone(this.#ledger.save(now))
    this.writes += 1
  }
}

export function requests(quota: number, windowSeconds: number): Demand {
  const windowMs = windowSeconds * 1_000
  return { capacity: quota * 1_000, windowMs, cost: 1_000, fallbackCost: 1_000, isReserved: false }
}

export function cents(quota: number, windowSeconds: number, guess: number | null = null): Demand {
  const cost = guess === null ? null : guess * 10_000_000
  const windowMs = windowSeconds * 1_000
  const capacity = quota * 10_000_000
  return { capacity, windowMs, cost, fallbackCost: 1_000_000, isReserved: true }
}

export function receiptOf(answer: TakeAnswer): TakeReceipt {
  if (answer.receipt === null) throw new Error('denied')
  return answer.receipt
}

/** How many of so many calls pass. */
export function passes(host: Host, demands: Demand[], calls: number, now = T0): number {
  const answers = Array.from({ length: calls }, () => host.take(demands, now))
  return answers.filter(({ isAllowed }) => isAllowed).length
}

/** Exact: fractions as numerator over `windowMs`, in BigInt. Time never runs backwards in it. */
export class Model {
  #level: bigint
  #at = T0
  readonly #full: bigint
  readonly capacity: number
  readonly windowMs: number

  constructor(capacity: number, windowMs: number) {
    this.capacity = capacity
    this.windowMs = windowMs
    this.#full = BigInt(capacity) * BigInt(windowMs)
    this.#level = this.#full
  }

  units(now: number): number {
    const elapsed = Math.max(0, now - this.#at)
    this.#at = Math.max(this.#at, now)
    const level = this.#level + BigInt(elapsed) * BigInt(this.capacity)
    this.#level = level > this.#full ? this.#full : level
    const window = BigInt(this.windowMs)
    return Number((this.#level - (((this.#level % window) + window) % window)) / window)
  }

  charge(units: number, now: number): void {
    this.units(now)
    const level = this.#level - BigInt(units) * BigInt(this.windowMs)
    this.#level = level > this.#full ? this.#full : level
  }
}
