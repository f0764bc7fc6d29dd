/** A rule as the contract shows it (§4.6), and how its input becomes a row. */
import type { RateLimitRule, RateLimitRuleInput } from '../../contracts/api/rate-limits.ts'
import type { RateLimitRuleRow } from '../../store/rate-limit-rules.ts'

/** Names of the organisation as a whole; stored as null. */
const WHOLE_ORGANIZATION: ReadonlySet<string> = new Set(['', 'global'])

export function presentRule(row: RateLimitRuleRow): RateLimitRule {
  const { id, name, quota, windowSeconds, unit, segment, createdAt, updatedAt } = row
  const unitPart = unit === 'request' ? '' : `;u=${unit}`
  return {
    id,
    name,
    quota,
    window_seconds: windowSeconds,
    unit,
    segment,
    policy: `${quota};w=${windowSeconds}${unitPart}${segment === null ? '' : `;s=${segment}`}`,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  }
}

export function rowFields(
  input: RateLimitRuleInput,
): Pick<RateLimitRuleRow, 'name' | 'quota' | 'windowSeconds' | 'unit' | 'segment'> {
  const segment = input.segment?.trim().toLowerCase() ?? ''
  return {
    name: input.name,
    quota: input.quota,
    windowSeconds: input.window_seconds,
    unit: input.unit,
    segment: WHOLE_ORGANIZATION.has(segment) ? null : segment,
  }
}
