/**
 * A token bucket in whole units: it starts full, refills `capacity / windowMs` per millisecond, and is reckoned lazily.
 * Integer arithmetic with a carry, so that no refill is lost or made by rounding however often it is asked (exact while
 * `capacity × windowMs` is below 2^53, within one unit above). `level` may be below zero: a settlement can be dearer
 * than what was reserved for it. Contract §2.4.
 */

export interface BucketPolicy {
  /** Units that the bucket holds, and that come back in one window. A whole number of at least 1. */
  capacity: number
  windowMs: number
}

export interface Bucket extends BucketPolicy {
  level: number
  /** Refill that is less than a unit yet, in units × ms of the window: 0 ≤ carry < windowMs. */
  carry: number
  /** Epoch ms up to which the refill is reckoned. */
  at: number
}

/**
 * A clock that went back by less than this is waited for: nothing is refilled until it has caught up, so no stretch of
 * time counts twice. One that went back further was wrong before, and waiting for it could block callers for days.
 */
export const CLOCK_PATIENCE_MS = 60_000

export function fullBucket({ capacity, windowMs }: BucketPolicy, now: number): Bucket {
  return { capacity, windowMs, level: capacity, carry: 0, at: now }
}

/** Refills up to `now`. */
export function advance(bucket: Bucket, now: number): void {
  const elapsed = now - bucket.at
  if (elapsed <= 0) {
    if (elapsed < -CLOCK_PATIENCE_MS) bucket.at = now
    return
  }
  const accrued = elapsed * bucket.capacity + bucket.carry
  bucket.at = now
  bucket.carry = accrued % bucket.windowMs
  bucket.level += Math.round((accrued - bucket.carry) / bucket.windowMs)
  clamp(bucket)
}

/** Takes on another policy: what is in the bucket stays, up to the new capacity. True when it was another one. */
export function adopt(bucket: Bucket, { capacity, windowMs }: BucketPolicy): boolean {
  if (bucket.capacity === capacity && bucket.windowMs === windowMs) return false
  bucket.capacity = capacity
  bucket.windowMs = windowMs
  bucket.carry = 0
  clamp(bucket)
  return true
}

/** Takes units out; a negative number puts them back. */
export function charge(bucket: Bucket, units: number): void {
  bucket.level -= units
  clamp(bucket)
}

/** ms until the bucket holds `level` if nothing is taken; 0 when it does, Infinity when it never can. */
export function msUntil(bucket: Bucket, level: number): number {
  if (bucket.level >= level) return 0
  if (level > bucket.capacity) return Number.POSITIVE_INFINITY
  const missing = (level - bucket.level) * bucket.windowMs - bucket.carry
  const whole = Math.floor(missing / bucket.capacity)
  return whole * bucket.capacity >= missing ? whole : whole + 1
}

/** Negative when `a` holds less than `b`. */
export function compareLevels(a: Bucket, b: Bucket): number {
  return a.level - b.level || a.carry - b.carry
}

function clamp(bucket: Bucket): void {
  if (bucket.level < bucket.capacity) return
  bucket.level = bucket.capacity
  bucket.carry = 0
}
