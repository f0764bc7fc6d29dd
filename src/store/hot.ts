/** The few statements that the gateway runs itself: raw D1, because drizzle stays off the hot path. */

import { parseOrgSettings } from '../lib/org-settings.ts'
import type { OrgSettings } from '../lib/org-settings.ts'
import { parseRules, RULES_JSON } from './rate-limit-rules.ts'
import type { HotRule } from './rate-limit-rules.ts'

/** A key as the database knows it. */
export interface StoredKey {
  keyId: string
  orgId: string
  permissions: string
  isRevoked: boolean
  /** The organisation's own rate limit rules. */
  rules: HotRule[]
  settings: OrgSettings
}

const FIND_KEY = `select k.id, k.org_id, k.permissions, k.revoked_at, ${RULES_JSON} as rules,
  (select o.settings from organizations o where o.id = k.org_id) as settings
  from api_keys k where k.hash = ?1`

interface KeyRow {
  id: string
  org_id: string
  permissions: string
  revoked_at: number | null
  rules: string | null
  settings: string | null
}

/** Looks a key up by the SHA-256 of its text, in hex. Throws when D1 does. */
export async function findKeyByHash(db: D1Database, hash: string): Promise<StoredKey | null> {
  const row = await db.prepare(FIND_KEY).bind(hash).first<KeyRow>()
  if (row === null) return null
  return {
    keyId: row.id,
    orgId: row.org_id,
    permissions: row.permissions,
    isRevoked: row.revoked_at !== null,
    rules: parseRules(row.rules),
    settings: parseOrgSettings(row.settings),
  }
}
