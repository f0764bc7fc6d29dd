/**
 * When to try again, and how long to wait before it: full jitter under an exponential ceiling, or what the provider
 * asks for by `retry-after-ms`, `Retry-After` (seconds or HTTP date) and `x-should-retry`. Contract §2.5.
 */

/** `attempts` is the total of one target, the first one included. Times in ms. */
export interface RetryPolicy {
  attempts: number
  factor: number
  minTimeoutMs: number
  maxTimeoutMs: number
}

/** What the last attempt came to; `status` is null when there was no answer at all. */
export interface Failure {
  status: number | null
  headers: Headers | null
}

/** Chance and time, given so that a test can choose them. */
export interface Odds {
  /** 0 (included) to 1 (excluded). */
  random: () => number
  /** Epoch ms: `Retry-After` may be a date. */
  now: () => number
}

/** 429, every 5xx, and no answer at all; the provider's own word (`x-should-retry`) wins over the status. */
export function isRetryable({ status, headers }: Failure): boolean {
  if (status === null) return true
  if (status < 400) return false
  const word = headers?.get('x-should-retry')?.trim().toLowerCase()
  if (word === 'true') return true
  if (word === 'false') return false
  return status === 429 || (status >= 500 && status <= 599)
}

/**
 * Ms to wait before the next attempt, or null when there shall be none. `attempt` is the number (from 1) of the one that
 * failed. Jitter stays under `maxTimeoutMs`; a wait that the provider asks for may be longer. A wait that would use up
 * `budgetLeftMs` is not begun: nothing would be left for the attempt behind it.
 */
export function nextWaitMs(
  policy: RetryPolicy,
  attempt: number,
  failure: Failure,
  budgetLeftMs: number,
  odds: Odds,
): number | null {
  if (attempt >= policy.attempts || budgetLeftMs <= 0 || !isRetryable(failure)) return null
  const asked = askedWaitMs(failure.headers, odds.now())
  const waitMs = asked ?? odds.random() * ceilingMs(policy, attempt)
  return waitMs < budgetLeftMs ? waitMs : null
}

/** Longest wait after the attempt with this number. */
export function ceilingMs(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.maxTimeoutMs, policy.minTimeoutMs * policy.factor ** (attempt - 1))
}

/** The provider's wish in ms, or null when it has none that can be read. */
export function askedWaitMs(headers: Headers | null, nowMs: number): number | null {
  const exact = decimal(headers?.get('retry-after-ms'))
  if (exact !== null) return exact
  const value = headers?.get('retry-after')?.trim() ?? ''
  const seconds = decimal(value)
  if (seconds !== null) return seconds * 1_000
  // An HTTP date names its day; Date.parse would also take `-1` or `5 apples` for one.
  if (!/^[A-Za-z]{3,9},/.test(value)) return null
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs)
}

function decimal(value: string | null | undefined): number | null {
  const text = value?.trim() ?? ''
  return /^\d{1,12}(?:\.\d{1,9})?$/.test(text) ? Number(text) : null
}
