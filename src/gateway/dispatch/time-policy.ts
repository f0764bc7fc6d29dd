/**
 * How long a call may take, by the caller's headers, else the organisation's defaults, else the operator's settings.
 * The platform's fetch cannot tell connecting from waiting for headers, so both are one timer:
 * `Helicone-Timeout-Connect` sets `headersMs`. A model that answers whole sends its headers only when it is done.
 */
import type { Config } from '../../env.ts'
import type { Warning } from '../../contracts/log-record.ts'
import { MAX_TIMEOUT_MS } from '../../lib/org-settings.ts'
import { readNumber, wholeNumber } from './header-number.ts'

const INCREASED_TIMEOUT_MS = 30 * 60_000

/** The timers, as the log names them. */
export type TimerName = 'headers' | 'first_token' | 'idle' | 'total'

/** All in ms; null is no limit. `headersMs` and `firstTokenMs` count from the attempt's start, `totalMs` from arrival. */
export interface TimePolicy {
  /** Connection and response headers of one attempt. */
  headersMs: number
  /** First bytes of one attempt's answer that say something. */
  firstTokenMs: number | null
  /** Silence between two chunks. */
  idleMs: number
  /** The whole call, attempts and waits included. */
  totalMs: number | null
}

/** What an organisation set beforehand. */
export type TimeDefaults = Record<keyof TimePolicy, number | null>

const CONNECT = wholeNumber('Helicone-Timeout-Connect', 1, MAX_TIMEOUT_MS)
const FIRST_TOKEN = wholeNumber('Helicone-Timeout-First-Token', 1, MAX_TIMEOUT_MS)
const IDLE = wholeNumber('Helicone-Timeout-Idle', 1, MAX_TIMEOUT_MS)
const TOTAL = wholeNumber('Helicone-Timeout-Total', 1, MAX_TIMEOUT_MS)

/** `policy` holds values by lower-cased header name; `isIncreased` is `Helicone-Increase-Timeout: true`. */
export function parseTimePolicy(
  policy: ReadonlyMap<string, string>,
  isIncreased: boolean,
  defaults: TimeDefaults | null,
  config: Pick<Config, 'upstreamTimeoutMs' | 'idleTimeoutMs'>,
  warnings: Warning[],
): TimePolicy {
  const usual = defaults?.headersMs ?? config.upstreamTimeoutMs
  return {
    headersMs:
      readNumber(policy, CONNECT, warnings) ??
      (isIncreased ? Math.max(usual, INCREASED_TIMEOUT_MS) : usual),
    firstTokenMs: readNumber(policy, FIRST_TOKEN, warnings) ?? defaults?.firstTokenMs ?? null,
    idleMs: readNumber(policy, IDLE, warnings) ?? defaults?.idleMs ?? config.idleTimeoutMs,
    totalMs: readNumber(policy, TOTAL, warnings) ?? defaults?.totalMs ?? null,
  }
}

/** The timer that ends the wait for headers first, and when, in ms from now. `budgetLeftMs` is what `totalMs` leaves. */
export function headersTimer(
  time: TimePolicy,
  budgetLeftMs: number,
): { name: TimerName; limitMs: number } {
  const { headersMs } = time
  const firstTokenMs = time.firstTokenMs ?? Infinity
  if (budgetLeftMs <= Math.min(firstTokenMs, headersMs)) {
    return { name: 'total', limitMs: Math.max(0, budgetLeftMs) }
  }
  if (firstTokenMs <= headersMs) return { name: 'first_token', limitMs: firstTokenMs }
  return { name: 'headers', limitMs: headersMs }
}
