/** Replaces a rate limit rule. What its segments have left stays, up to the new quota. */
import type { RateLimitRule, RateLimitRuleInput } from '../../contracts/api/rate-limits.ts'
import { Refusal } from '../../lib/refusal.ts'
import { updateRule } from '../../store/rate-limit-rules.ts'
import { presentRule, rowFields } from './present.ts'

/** Throws `Refusal('not_found')` for a rule of nobody or of another organisation. */
export async function replaceRule(
  env: Env,
  orgId: string,
  id: string,
  input: RateLimitRuleInput,
): Promise<RateLimitRule> {
  const row = await updateRule(env.DB, { id, orgId, ...rowFields(input), updatedAt: Date.now() })
  if (row === null) throw new Refusal('not_found', `There is no rate limit rule with id "${id}".`)
  return presentRule(row)
}
