/**
 * Retries and fallbacks: reads the retry headers, and drives a plan of targets until one answers. Everything here happens
 * before the first byte is sent to the client; what breaks later is not repeated. Contract §2.5.
 */
import type { Warning } from '../../contracts/log-record.ts'
import { badHeader } from '../bad-header.ts'
import { readFlag } from '../header-flag.ts'
import type { AttemptResult } from './attempt.ts'
import { nextWaitMs } from './backoff.ts'
import type { Failure, Odds, RetryPolicy } from './backoff.ts'
import { readNumber, wholeNumber } from './header-number.ts'

export type { RetryPolicy } from './backoff.ts'

/** Most ms that one call waits between its attempts, all waits together. */
const WAIT_BUDGET_MS = 120_000

const NUM = wholeNumber('Helicone-Retry-Num', 1, 20)
const FACTOR = { ...wholeNumber('Helicone-Retry-Factor', 1, 10), isWhole: false }
const MIN_TIMEOUT = wholeNumber('Helicone-Retry-Min-Timeout', 0, 60_000)
const MAX_TIMEOUT = wholeNumber('Helicone-Retry-Max-Timeout', 0, 60_000)

/**
 * The caller's retry policy, or null when retries are off. `policy` holds values by lower-cased header name. Bad values
 * leave a warning and the default; the other headers alone switch nothing on.
 */
export function parseRetryPolicy(
  policy: ReadonlyMap<string, string>,
  warnings: Warning[],
): RetryPolicy | null {
  const enabled = policy.get('helicone-retry-enabled')
  if (!readFlag('Helicone-Retry-Enabled', enabled, warnings)) return null
  const minTimeoutMs = readNumber(policy, MIN_TIMEOUT, warnings)
  const maxTimeoutMs = readNumber(policy, MAX_TIMEOUT, warnings) ?? 10_000
  if (minTimeoutMs !== null && minTimeoutMs > maxTimeoutMs) {
    const expected = `at most the longest wait, ${maxTimeoutMs}`
    warnings.push(badHeader(MIN_TIMEOUT.header, String(minTimeoutMs), expected))
  }
  return {
    attempts: readNumber(policy, NUM, warnings) ?? 5,
    factor: readNumber(policy, FACTOR, warnings) ?? 2,
    minTimeoutMs: minTimeoutMs ?? 1_000,
    maxTimeoutMs,
  }
}

/** One target of a plan. `movesOn`: go to the next one after this status; null is no answer at all. */
export interface Candidate {
  movesOn: (status: number | null) => boolean
}

export interface AttemptOptions extends Partial<Odds> {
  /** Attempts at each target; null is one. */
  retry: RetryPolicy | null
  /** Ms for the whole of it, waits included; `Infinity` when nobody set a limit. */
  budgetMs: number
  /** The client's going away. */
  signal: AbortSignal
  /** Ms, monotonic. */
  clock?: () => number
}

/** What a call is told about its place. `index` counts all attempts from 0; `number` those at this target from 1. */
export interface AttemptPlace {
  index: number
  targetIndex: number
  number: number
  waitMs: number
  budgetLeftMs: number
}

/** One attempt as it went. `startedAtMs` counts from the start of the run; `error` names what came instead of an answer. */
export interface AttemptRecord {
  targetIndex: number
  status: number | null
  error: string | null
  startedAtMs: number
  durationMs: number
  waitMs: number
}

export interface Attempted {
  /** Of the last attempt; its body is unread. */
  result: AttemptResult
  /** Target that it came from. */
  targetIndex: number
  records: AttemptRecord[]
}

/** Resolves after `ms`, or at once when the signal fires. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>

/**
 * Tries the targets in order, each with retries, and answers with the last result. `plan` must not be empty. Abandoned
 * answers are cancelled, so that their sockets are freed. Ends early when the client goes or the budget is spent.
 */
export async function runAttempts<T extends Candidate>(
  plan: readonly T[],
  options: AttemptOptions,
  call: (target: T, place: AttemptPlace) => Promise<AttemptResult>,
  sleep: Sleep = sleepFor,
): Promise<Attempted> {
  const clock = options.clock ?? (() => performance.now())
  const startedAt = clock()
  const records: AttemptRecord[] = []
  let waitMs = 0
  let targetIndex = 0
  let number = 1
  for (;;) {
    const target = plan[targetIndex]
    if (target === undefined) throw new RangeError('A plan needs a target.')
    const startedAtMs = clock() - startedAt
    const budgetLeftMs = options.budgetMs - startedAtMs
    const place = { index: records.length, targetIndex, number, waitMs, budgetLeftMs }
    const result = await call(target, place)
    const durationMs = clock() - startedAt - startedAtMs
    records.push({ targetIndex, ...outcomeOf(result), startedAtMs, durationMs, waitMs })
    if (result.kind === 'client_abort') return { result, targetIndex, records }

    const leftMs = budgetLeftMs - durationMs
    const failure = failureOf(result)
    const wait = waitAfter(failure, number, records, leftMs, options)
    if (wait !== null) {
      number += 1
    } else if (targetIndex + 1 < plan.length && leftMs > 0 && target.movesOn(failure.status)) {
      targetIndex += 1
      number = 1
    } else {
      return { result, targetIndex, records }
    }
    abandon(result)
    waitMs = wait ?? 0
    if (waitMs > 0) await sleep(waitMs, options.signal)
    if (options.signal.aborted) return { result: { kind: 'client_abort' }, targetIndex, records }
  }
}

/** Ms until the next attempt at the same target, or null when there shall be none. */
function waitAfter(
  failure: Failure,
  number: number,
  records: readonly AttemptRecord[],
  leftMs: number,
  { retry, random = Math.random, now = Date.now }: AttemptOptions,
): number | null {
  if (retry === null) return null
  const waitedMs = records.reduce((sum, record) => sum + record.waitMs, 0)
  return nextWaitMs(retry, number, failure, Math.min(leftMs, WAIT_BUDGET_MS - waitedMs), {
    random,
    now,
  })
}

/** A wait on the platform's timer. */
export function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const wake = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake, { once: true })
  })
}

function failureOf(result: AttemptResult): Failure {
  if (result.kind !== 'answer') return { status: null, headers: null }
  return { status: result.response.status, headers: result.response.headers }
}

function outcomeOf(result: AttemptResult): Pick<AttemptRecord, 'status' | 'error'> {
  if (result.kind === 'answer') return { status: result.response.status, error: null }
  return { status: null, error: result.kind }
}

/** Not awaited: a provider that hangs would hold the next attempt. */
function abandon(result: AttemptResult): void {
  if (result.kind !== 'answer') return
  result.response.body?.cancel().catch(() => undefined)
}
