/** What the caller's headers ask of the rooms: each room reads its own, bad values leave warnings and nothing else. */
import type { Config } from '../env.ts'
import { DEFAULT_ORG_SETTINGS } from '../lib/org-settings.ts'
import type { OrgSettings } from '../lib/org-settings.ts'
import { parseCachePolicy } from './cache/policy.ts'
import type { CachePolicy } from './cache/policy.ts'
import { parseRetryPolicy } from './dispatch/retry.ts'
import type { RetryPolicy } from './dispatch/retry.ts'
import { parseTimePolicy } from './dispatch/time-policy.ts'
import type { TimeDefaults } from './dispatch/time-policy.ts'
import type { Exchange } from './exchange.ts'
import { readFlag } from './header-flag.ts'
import { parseContextHandler } from './policy/context-window.ts'
import type { ContextHandler } from './policy/context-window.ts'
import { parseLimitPolicies } from './policy/limit-grammar.ts'
import type { LimitPolicy } from './policy/limit-grammar.ts'
import { rulesToPolicies } from './policy/limit-rules.ts'
import { parseFallbacks } from './route/fallback-header.ts'
import type { Fallback } from './route/fallback-header.ts'

export interface Policies {
  cache: CachePolicy | null
  retry: RetryPolicy | null
  fallbacks: Fallback[] | null
  context: ContextHandler | null
  /** The provider is asked for the usage of a stream. */
  streamUsage: boolean
  /** Of the header, else of the organisation. */
  limits: readonly LimitPolicy[]
}

const NONE: Policies = {
  cache: null,
  retry: null,
  fallbacks: null,
  context: null,
  streamUsage: false,
  limits: [],
}

/** Longest body that is held to be sent again, or changed. */
const REPEATABLE_BYTES = 20 * 1024 * 1024
/** Longest body that the cache compares, or that is asked for its user. */
const READABLE_BYTES = 4 * 1024 * 1024

/** Fills `exchange.time` too. Costs nothing when nobody set a policy. */
export function readPolicies(exchange: Exchange, config: Config): Policies {
  const { headers, principal, request, warnings } = exchange
  const { policy, increaseTimeout } = headers
  const settings = principal?.settings ?? DEFAULT_ORG_SETTINGS
  if (policy.size === 0 && !increaseTimeout && settings === DEFAULT_ORG_SETTINGS) {
    const rules = principal?.rules ?? []
    return rules.length === 0 ? NONE : { ...NONE, limits: rulesToPolicies(rules) }
  }
  const defaults = defaultTimes(settings)
  exchange.time = parseTimePolicy(policy, increaseTimeout, defaults, config, warnings)
  return {
    cache: parseCachePolicy(policy, request.headers.get('cache-control'), warnings),
    retry: parseRetryPolicy(policy, warnings),
    fallbacks: parseFallbacks(policy, warnings),
    context: parseContextHandler(policy, warnings),
    streamUsage: readFlag('Helicone-Stream-Usage', policy.get('helicone-stream-usage'), warnings),
    limits: readLimits(exchange),
  }
}

function defaultTimes(settings: OrgSettings): TimeDefaults {
  return {
    headersMs: settings.timeout_connect_ms,
    firstTokenMs: settings.timeout_first_token_ms,
    idleMs: settings.timeout_idle_ms,
    totalMs: settings.timeout_total_ms,
  }
}

/** Without a readable policy of the caller's own, the organisation's rules apply. */
function readLimits({ headers, principal, warnings }: Exchange): readonly LimitPolicy[] {
  const text = headers.policy.get('helicone-ratelimit-policy')
  const asked = text === undefined ? [] : parseLimitPolicies(text, warnings)
  return asked.length > 0 ? asked : rulesToPolicies(principal?.rules ?? [])
}

/** Whether a policy may send the body again, or change it. */
export function mayRepeat({ retry, fallbacks, context, streamUsage }: Policies): boolean {
  return retry !== null || fallbacks !== null || context !== null || streamUsage
}

/** Whether a limit counts by user, and only the body can say who that is. */
export function asksBodyForUser({ limits }: Policies, { headers }: Exchange): boolean {
  return headers.userId === null && limits.some(({ segment }) => segment.kind === 'user')
}

/** How long a body may be and still be wanted whole; null when no policy wants it. */
export function holdBytes(policies: Policies, exchange: Exchange): number | null {
  if (mayRepeat(policies)) return REPEATABLE_BYTES
  const isRead = policies.cache !== null || asksBodyForUser(policies, exchange)
  return isRead ? READABLE_BYTES : null
}
