/** What the caller's headers ask of the rooms: each room reads its own, bad values leave warnings and nothing else. */
import type { Config } from '../env.ts'
import { parseRetryPolicy } from './dispatch/retry.ts'
import type { RetryPolicy } from './dispatch/retry.ts'
import { parseTimePolicy } from './dispatch/time-policy.ts'
import type { Exchange } from './exchange.ts'
import { parseContextHandler } from './policy/context-window.ts'
import type { ContextHandler } from './policy/context-window.ts'
import { parseLimitPolicies } from './policy/limit-grammar.ts'
import type { LimitPolicy } from './policy/limit-grammar.ts'
import { rulesToPolicies } from './policy/limit-rules.ts'
import { parseFallbacks } from './route/fallback-header.ts'
import type { Fallback } from './route/fallback-header.ts'

export interface Policies {
  retry: RetryPolicy | null
  fallbacks: Fallback[] | null
  context: ContextHandler | null
  /** Of the header, else of the organisation. */
  limits: readonly LimitPolicy[]
}

const NONE: Policies = { retry: null, fallbacks: null, context: null, limits: [] }

/** Fills `exchange.time` too. Costs nothing when no policy header was sent. */
export function readPolicies(exchange: Exchange, config: Config): Policies {
  const { headers, warnings } = exchange
  const { policy, increaseTimeout } = headers
  if (policy.size === 0 && !increaseTimeout) {
    const rules = exchange.principal?.rules ?? []
    return rules.length === 0 ? NONE : { ...NONE, limits: rulesToPolicies(rules) }
  }
  exchange.time = parseTimePolicy(policy, increaseTimeout, null, config, warnings)
  return {
    retry: parseRetryPolicy(policy, warnings),
    fallbacks: parseFallbacks(policy, warnings),
    context: parseContextHandler(policy, warnings),
    limits: readLimits(exchange),
  }
}

/** Without a readable policy of the caller's own, the organisation's rules apply. */
function readLimits({ headers, principal, warnings }: Exchange): LimitPolicy[] {
  const text = headers.policy.get('helicone-ratelimit-policy')
  const asked = text === undefined ? [] : parseLimitPolicies(text, warnings)
  return asked.length > 0 ? asked : rulesToPolicies(principal?.rules ?? [])
}

/** Whether a policy may send the body again, or change it. */
export function needsWholeBody({ retry, fallbacks, context }: Policies): boolean {
  return retry !== null || fallbacks !== null || context !== null
}
