import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  askedWaitMs,
  ceilingMs,
  isRetryable,
  nextWaitMs,
} from '../../../src/gateway/dispatch/backoff.ts'
import type { RetryPolicy } from '../../../src/gateway/dispatch/backoff.ts'

const policy: RetryPolicy = { attempts: 5, factor: 2, minTimeoutMs: 1_000, maxTimeoutMs: 10_000 }
const NOW = Date.parse('2026-01-02T03:04:05Z')
const most = { random: () => 0.999_999, now: () => NOW }
const failed = (status: number | null, headers: Record<string, string> = {}) => ({
  status,
  headers: status === null ? null : new Headers(headers),
})

test.each([
  [null, {}, true],
  [429, {}, true],
  [500, {}, true],
  [503, {}, true],
  [529, {}, true],
  [599, {}, true],
  [200, {}, false],
  [304, {}, false],
  [400, {}, false],
  [401, {}, false],
  [404, {}, false],
  [408, {}, false],
  [409, {}, false],
  [422, {}, false],
  [429, { 'x-should-retry': 'false' }, false],
  [503, { 'x-should-retry': 'false' }, false],
  [409, { 'x-should-retry': 'true' }, true],
  [200, { 'x-should-retry': 'true' }, false],
  [503, { 'x-should-retry': 'perhaps' }, true],
])('status %s with %o: retried is %s', (status, headers, expected) => {
  expect(isRetryable(failed(status, headers))).toBe(expected)
})

test.each([
  [{ 'retry-after-ms': '250' }, 250],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '1.5' }, 1_500],
  [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:12 GMT' }, 7_000],
  [{ 'retry-after': 'Fri, 02 Jan 2026 03:04:00 GMT' }, 0],
  [{ 'retry-after': '-1' }, null],
  [{ 'retry-after': 'later' }, null],
  [{ 'retry-after': '' }, null],
  [{ 'retry-after': 'NaN' }, null],
  [{}, null],
])('%o asks for %s ms', (headers, expected) => {
  expect(askedWaitMs(new Headers(headers as Record<string, string>), NOW)).toBe(expected)
})

describe('the wait', () => {
  test('its ceiling grows by the factor and stops at the most', () => {
    const ceilings = [1, 2, 3, 4, 5, 50].map((attempt) => ceilingMs(policy, attempt))
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
  })

  test('is anywhere between nothing and the ceiling', () => {
    const at = (random: number): number | null =>
      nextWaitMs(policy, 2, failed(500), Infinity, { random: () => random, now: () => NOW })
    expect(at(0)).toBe(0)
    expect(at(0.5)).toBe(1_000)
    expect(at(0.999)).toBeCloseTo(1_998)
  })

  test('is what the provider asks for, also beyond the most, but not beyond the budget', () => {
    const after = (seconds: number): number | null =>
      nextWaitMs(policy, 1, failed(429, { 'retry-after': String(seconds) }), 60_000, most)
    expect(after(3)).toBe(3_000)
    expect(after(30)).toBe(30_000)
    expect(after(61)).toBeNull()
  })

  test('there is none behind the last attempt, a client error or a spent budget', () => {
    expect(nextWaitMs(policy, 4, failed(500), 60_000, most)).not.toBeNull()
    expect(nextWaitMs(policy, 5, failed(500), 60_000, most)).toBeNull()
    expect(nextWaitMs(policy, 1, failed(400), 60_000, most)).toBeNull()
    expect(nextWaitMs(policy, 1, failed(500), 0, most)).toBeNull()
  })

  test('never exceeds the caps and leaves something of the budget, whatever happens', () => {
    const policies = fc.record({
      attempts: fc.integer({ min: 1, max: 20 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      minTimeoutMs: fc.integer({ min: 0, max: 60_000 }),
      maxTimeoutMs: fc.integer({ min: 0, max: 60_000 }),
    })
    const asked = fc.option(fc.oneof(fc.integer({ min: 0, max: 100 }).map(String), fc.string()))
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 25 }),
        fc.option(fc.integer({ min: 200, max: 599 })),
        asked,
        fc.double({ min: -10, max: 100_000, noNaN: true }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (policy, attempt, status, retryAfter, budget, random) => {
          const headers = new Headers()
          if (retryAfter !== null) setIfValid(headers, 'retry-after', retryAfter)
          const failure = { status, headers }
          const wait = nextWaitMs(policy, attempt, failure, budget, {
            random: () => random,
            now: () => NOW,
          })
          if (wait === null) return
          expect(attempt).toBeLessThan(policy.attempts)
          expect(wait).toBeGreaterThanOrEqual(0)
          expect(wait).toBeLessThan(budget)
          if (askedWaitMs(headers, NOW) === null) {
            expect(wait).toBeLessThanOrEqual(policy.maxTimeoutMs)
          }
        },
      ),
    )
  })
})

function setIfValid(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value)
  } catch {
    headers.delete(name)
  }
}
