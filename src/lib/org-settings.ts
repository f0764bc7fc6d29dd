/**
 * What an organisation decides for all of its calls, stored as JSON in `organizations.settings` under the names of the API.
 * Read on the hot path, so it is read by hand: a value that this version does not know counts as its default.
 */

/** Whether a call goes on when its rate limit cannot be checked: `spend` stops it where money is limited. */
export type FailClosed = 'never' | 'spend' | 'always'

export interface OrgSettings {
  /** A header value that cannot be used is a 400 in place of a warning. */
  strict_headers: boolean
  /** Answers from the cache count against rate limits too. */
  limits_on_cache_hits: boolean
  limits_fail_closed: FailClosed
  /** Timers where the call brings none of its own, in ms; null leaves the operator's. */
  timeout_connect_ms: number | null
  timeout_first_token_ms: number | null
  timeout_idle_ms: number | null
  timeout_total_ms: number | null
}

export const DEFAULT_ORG_SETTINGS: OrgSettings = Object.freeze({
  strict_headers: false,
  limits_on_cache_hits: false,
  limits_fail_closed: 'never',
  timeout_connect_ms: null,
  timeout_first_token_ms: null,
  timeout_idle_ms: null,
  timeout_total_ms: null,
})

/** Longest timer that may be set, by header or by an organisation. */
export const MAX_TIMEOUT_MS = 60 * 60_000

/** Settings of a parsed JSON value, whatever it is. Never throws. All defaults are `DEFAULT_ORG_SETTINGS` itself. */
export function readOrgSettings(value: unknown): OrgSettings {
  if (typeof value !== 'object' || value === null) return DEFAULT_ORG_SETTINGS
  const settings = readFields(value as Record<string, unknown>)
  const isDefault = NAMES.every((name) => settings[name] === DEFAULT_ORG_SETTINGS[name])
  return isDefault ? DEFAULT_ORG_SETTINGS : settings
}

const NAMES = Object.keys(DEFAULT_ORG_SETTINGS) as (keyof OrgSettings)[]

function readFields(stored: Record<string, unknown>): OrgSettings {
  return {
    strict_headers: stored['strict_headers'] === true,
    limits_on_cache_hits: stored['limits_on_cache_hits'] === true,
    limits_fail_closed: failClosed(stored['limits_fail_closed']),
    timeout_connect_ms: timeout(stored['timeout_connect_ms']),
    timeout_first_token_ms: timeout(stored['timeout_first_token_ms']),
    timeout_idle_ms: timeout(stored['timeout_idle_ms']),
    timeout_total_ms: timeout(stored['timeout_total_ms']),
  }
}

/** The same for the text of the column. */
export function parseOrgSettings(json: string | null): OrgSettings {
  if (json === null || json === '' || json === '{}') return DEFAULT_ORG_SETTINGS
  try {
    return readOrgSettings(JSON.parse(json))
  } catch {
    return DEFAULT_ORG_SETTINGS
  }
}

function failClosed(value: unknown): FailClosed {
  return value === 'spend' || value === 'always' ? value : 'never'
}

function timeout(value: unknown): number | null {
  const isUsable = typeof value === 'number' && Number.isInteger(value)
  return isUsable && value >= 1 && value <= MAX_TIMEOUT_MS ? value : null
}
