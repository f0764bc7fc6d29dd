/** What is left while nobody asks the limiter. */
import { expect, test } from 'vitest'
import type { LiveLimit } from '../../src/contracts/api/rate-limits.ts'
import { levelAfter } from '../../dashboard/src/features/rate-limits/level.ts'
import { figureOf } from '../../dashboard/src/features/rate-limits/policy.ts'

function live(facts: Partial<LiveLimit>): LiveLimit {
  return {
    policy: '60;w=60;s=user',
    segment: 'user:ann',
    unit: 'request',
    limit: 60,
    remaining: 0,
    resetSeconds: 60,
    reservations: 0,
    calls: 60,
    denied: 0,
    unavailable: 0,
    lastAt: 0,
    lastDeniedAt: null,
    ...facts,
  }
}

test('requests come back one by one, up to the limit', () => {
  const left = [0, 1, 30, 60, 900].map((passed) => levelAfter(live({}), passed).left)
  expect(left).toEqual([0, 1, 30, 60, 60])
  expect(levelAfter(live({}), 20).fullInSeconds).toBe(40)
  expect(levelAfter(live({}), 90).fullInSeconds).toBe(0)
})

test('it never falls below what the limiter said', () => {
  expect(levelAfter(live({ remaining: 31, resetSeconds: 30 }), 0).left).toBe(31)
})

test('with none left, the next one is waited for', () => {
  const slow = live({ policy: '2;w=3600;s=user', limit: 2, resetSeconds: 3_600 })
  expect(levelAfter(slow, 0)).toEqual({ left: 0, fullInSeconds: 3_600, nextInSeconds: 1_800 })
  expect(levelAfter(slow, 1_700).nextInSeconds).toBe(100)
  expect(levelAfter(slow, 1_800)).toMatchObject({ left: 1, nextInSeconds: null })
  const half = live({ policy: '0.5;w=60', limit: 0.5, resetSeconds: 60 })
  expect(levelAfter(half, 0).nextInSeconds).toBeNull()
})

test('an overdrawn counter stays empty for longer', () => {
  const cents = live({
    policy: '100;w=100;u=cents',
    unit: 'cents',
    limit: 100,
    remaining: 0,
    resetSeconds: 150,
  })
  expect(levelAfter(cents, 0)).toMatchObject({ left: 0, nextInSeconds: null })
  expect(levelAfter(cents, 49).left).toBe(0)
  expect(levelAfter(cents, 75).left).toBeCloseTo(25)
  expect(levelAfter(cents, 75.5).left).toBeCloseTo(25.5)
})

test('what is not known is not made up', () => {
  const silent = live({ remaining: null, resetSeconds: null })
  expect(levelAfter(silent, 10)).toEqual({ left: null, fullInSeconds: null, nextInSeconds: null })
  expect(levelAfter(live({ policy: 'odd', remaining: 7 }), 10).left).toBe(7)
})

test('money is more than whole cents', () => {
  expect(figureOf(0.5, 'cents')).toBe('$0.005')
  expect(figureOf(0.0004, 'cents')).toBe('<$0.0001')
  expect(figureOf(0, 'cents')).toBe('$0.00')
  expect(figureOf(1_250, 'cents')).toBe('$12.50')
  expect(figureOf(1_250, 'tokens')).toBe('1,250')
})
