/** Changes an organisation's settings. Gateways take them over with their next look at the caller's key, within a minute. */
import type { OrgSettings, OrgSettingsPatch } from '../../contracts/api/settings.ts'
import { parseOrgSettings } from '../../lib/org-settings.ts'
import { Refusal } from '../../lib/refusal.ts'
import { mergeSettings } from '../../store/organizations.ts'

/** All settings as they are now. Throws `Refusal('not_found')` when the organisation is gone. */
export async function changeSettings(
  env: Env,
  orgId: string,
  patch: OrgSettingsPatch,
): Promise<OrgSettings> {
  const stored = await mergeSettings(env.DB, orgId, JSON.stringify(patch))
  if (stored === null) throw new Refusal('not_found', 'The organisation is gone.')
  return parseOrgSettings(stored)
}
