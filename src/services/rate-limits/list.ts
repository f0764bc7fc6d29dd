/** An organisation's rate limit rules, oldest first. */
import type { RateLimitRule } from '../../contracts/api/rate-limits.ts'
import { rulesOf } from '../../store/rate-limit-rules.ts'
import { presentRule } from './present.ts'

export async function listRules(env: Env, orgId: string): Promise<RateLimitRule[]> {
  return (await rulesOf(env.DB, orgId)).map(presentRule)
}
