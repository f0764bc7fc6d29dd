import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  adopt,
  advance,
  charge,
  CLOCK_PATIENCE_MS,
  fullBucket,
  msUntil,
} from '../../src/lib/token-bucket.ts'
import type { Bucket } from '../../src/lib/token-bucket.ts'

const HOURLY = { capacity: 100, windowMs: 3_600_000 }
const T0 = 1_800_000_000_000

function at(bucket: Bucket, now: number): Bucket {
  advance(bucket, now)
  return bucket
}

describe('a bucket', () => {
  test('starts full, refills evenly, and never holds more than its capacity', () => {
    const bucket = fullBucket(HOURLY, T0)
    charge(bucket, 100)
    expect(at(bucket, T0 + 35_999).level).toBe(0)
    expect(at(bucket, T0 + 36_000).level).toBe(1)
    expect(at(bucket, T0 + 3_600_000).level).toBe(100)
    expect(at(bucket, T0 + 99_000_000).level).toBe(100)
  })

  test('may be charged below zero, and comes back', () => {
    const bucket = fullBucket(HOURLY, T0)
    charge(bucket, 150)
    expect(bucket.level).toBe(-50)
    expect(msUntil(bucket, 1)).toBe(51 * 36_000)
    expect(at(bucket, T0 + 51 * 36_000).level).toBe(1)
  })

  test('keeps what it holds under another policy, up to the new capacity', () => {
    const bucket = fullBucket(HOURLY, T0)
    charge(bucket, 60)
    expect(adopt(bucket, { capacity: 30, windowMs: 60_000 })).toBe(true)
    expect(bucket.level).toBe(30)
    expect(adopt(bucket, { capacity: 1_000, windowMs: 60_000 })).toBe(true)
    expect(bucket.level).toBe(30)
    expect(adopt(bucket, { capacity: 1_000, windowMs: 60_000 })).toBe(false)
  })

  test('a clock that went back a little is waited for', () => {
    const bucket = fullBucket(HOURLY, T0)
    charge(bucket, 100)
    at(bucket, T0 + 36_000)
    at(bucket, T0 + 36_000 - CLOCK_PATIENCE_MS)
    expect(at(bucket, T0 + 36_000).level).toBe(1)
    expect(at(bucket, T0 + 72_000).level).toBe(2)
  })

  test('a clock that went back far is believed', () => {
    const bucket = fullBucket(HOURLY, T0)
    charge(bucket, 100)
    at(bucket, T0 - 86_400_000)
    expect(at(bucket, T0 - 86_400_000 + 36_000).level).toBe(1)
  })

  test('knows what it can never hold', () => {
    const bucket = fullBucket({ capacity: 500, windowMs: 60_000 }, T0)
    expect(msUntil(bucket, 1_000)).toBe(Number.POSITIVE_INFINITY)
  })
})

const policy = fc.record({
  capacity: fc.integer({ min: 1, max: 1_000_000 }),
  /** Such that capacity × window stays within exact integers. */
  windowMs: fc.integer({ min: 60, max: 2_000_000 }).map((seconds) => seconds * 1_000),
})

describe('laws', () => {
  test('asking often or once refills the same, to the unit', () => {
    fc.assert(
      fc.property(
        policy,
        fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 50 }),
        (policy, steps) => {
          const often = fullBucket(policy, T0)
          const once = fullBucket(policy, T0)
          charge(often, policy.capacity)
          charge(once, policy.capacity)
          let now = T0
          for (const step of steps) at(often, (now += step))
          at(once, now)
          expect(often).toEqual(once)
        },
      ),
    )
  })

  test('msUntil is the first millisecond at which the level is there', () => {
    fc.assert(
      fc.property(
        policy,
        fc.integer({ min: 0, max: 2_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.nat({ max: 1_000_000 }),
        (policy, spent, waited, wanted) => {
          const bucket = fullBucket(policy, T0)
          charge(bucket, spent)
          at(bucket, T0 + waited)
          const level = Math.min(wanted, policy.capacity)
          const wait = msUntil(bucket, level)
          const before = at({ ...bucket }, T0 + waited + wait - 1)
          const then = at({ ...bucket }, T0 + waited + wait)
          expect(then.level).toBeGreaterThanOrEqual(level)
          if (wait > 0) expect(before.level).toBeLessThan(level)
        },
      ),
    )
  })
})
