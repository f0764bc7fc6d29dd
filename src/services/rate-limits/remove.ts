/** Deletes a rate limit rule. */
import { Refusal } from '../../lib/refusal.ts'
import { deleteRule } from '../../store/rate-limit-rules.ts'

/** Throws `Refusal('not_found')` for a rule of nobody or of another organisation. */
export async function removeRule(env: Env, orgId: string, id: string): Promise<void> {
  if (await deleteRule(env.DB, orgId, id)) return
  throw new Refusal('not_found', `There is no rate limit rule with id "${id}".`)
}
