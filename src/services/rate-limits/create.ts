/** Makes a rate limit rule. Gateways take it over with their next look at the caller's key, within a minute. */
import type { RateLimitRule, RateLimitRuleInput } from '../../contracts/api/rate-limits.ts'
import { uuidv7At } from '../../lib/ids.ts'
import { Refusal } from '../../lib/refusal.ts'
import { insertRule } from '../../store/rate-limit-rules.ts'
import { presentRule, rowFields } from './present.ts'

/** Every call without a policy of its own asks a limiter for each, so there are not many. */
export const MOST_RULES = 20

/** Throws `Refusal('invalid_body')` when the organisation has its twenty rules. */
export async function createRule(
  env: Env,
  orgId: string,
  input: RateLimitRuleInput,
): Promise<RateLimitRule> {
  const now = Date.now()
  const row = { id: uuidv7At(now), orgId, ...rowFields(input), createdAt: now, updatedAt: now }
  if (await insertRule(env.DB, row, MOST_RULES)) return presentRule(row)
  throw new Refusal(
    'invalid_body',
    `An organisation has at most ${MOST_RULES} rate limit rules. Change or delete one.`,
  )
}
