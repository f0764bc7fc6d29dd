/** An organisation's settings, defaults filled in. */
import type { OrgSettings } from '../../contracts/api/settings.ts'
import { parseOrgSettings } from '../../lib/org-settings.ts'
import { findSettings } from '../../store/organizations.ts'

export async function readSettings(env: Env, orgId: string): Promise<OrgSettings> {
  return parseOrgSettings(await findSettings(env.DB, orgId))
}
