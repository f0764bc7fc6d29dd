/** Shapes of rate limit rules (contract §4.6) and of the dashboard's view of limits at work. */

export type RateLimitUnit = 'request' | 'cents' | 'tokens'

/** Body of `POST /v1/rate-limits` and `PUT /v1/rate-limits/{ruleId}`. */
export interface RateLimitRuleInput {
  name: string
  /** Requests, cents or tokens per window. */
  quota: number
  /** 60 to 31536000. */
  window_seconds: number
  unit: RateLimitUnit
  /** `user`, `key`, or the name of a property. Absent, null or empty: the organisation as a whole. */
  segment?: string | null | undefined
}

export interface RateLimitRule extends RateLimitRuleInput {
  id: string
  segment: string | null
  /** The same rule as a policy header. */
  policy: string
  /** ISO 8601 in UTC. */
  created_at: string
  updated_at: string
}

/** One line of `GET /api/rate-limits/live`. Times in epoch ms. */
export interface LiveLimit {
  policy: string
  /** `organization`, `user:ann`, `key:<id>`, `<property>:<value>`. */
  segment: string
  unit: RateLimitUnit
  limit: number
  /**
   * As the limiter says now, never below 0: whole requests and tokens, cents with their decimals. Null when it did not
   * answer, or has another policy meanwhile.
   */
  remaining: number | null
  /** Until all of it is back. */
  resetSeconds: number | null
  /** Calls that await their settlement. */
  reservations: number | null
  /** Of the last hour, at most the newest 5000 requests. */
  calls: number
  denied: number
  /** Calls whose limiter did not answer. */
  unavailable: number
  lastAt: number
  lastDeniedAt: number | null
}
