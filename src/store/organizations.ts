/** Organisations in `DB`, and the first of them: made by whoever holds the set-up token. */
import { insertKeyStatement } from './keys.ts'
import type { KeyRow } from './keys.ts'
import { insertSessionStatement } from './sessions.ts'
import type { SessionRow } from './sessions.ts'

export interface OrganizationRow {
  id: string
  name: string
}

/** `settings` key under which the deploy leaves the SHA-256 of the set-up token. */
export const SETUP_TOKEN_SETTING = 'setup_token_hash'

export async function findOrganization(
  db: D1Database,
  orgId: string,
): Promise<OrganizationRow | null> {
  return db
    .prepare('select id, name from organizations where id = ?1')
    .bind(orgId)
    .first<OrganizationRow>()
}

/** Settings as they are stored, JSON; null for an organisation that is not there. */
export async function findSettings(db: D1Database, orgId: string): Promise<string | null> {
  return db
    .prepare('select settings from organizations where id = ?1')
    .bind(orgId)
    .first<string>('settings')
}

/**
 * Merges the JSON object `changes` into the stored settings and answers all of them; null when the organisation is not
 * there. Two at once do not undo each other. A null takes the name out: it then has its default.
 */
export async function mergeSettings(
  db: D1Database,
  orgId: string,
  changes: string,
): Promise<string | null> {
  return db
    .prepare(
      `update organizations
      set settings = json_patch(case when json_valid(settings) then settings else '{}' end, ?2)
      where id = ?1 returning settings`,
    )
    .bind(orgId, changes)
    .first<string>('settings')
}

/**
 * Makes organisation, key and session, and uses the token up, all or nothing. Of any number of callers at once exactly
 * one gets true: without the token the organisation has no name, which rolls the whole batch back.
 */
export async function setUpOnce(
  db: D1Database,
  tokenHash: string,
  organization: OrganizationRow & { createdAt: number },
  key: KeyRow,
  session: SessionRow,
): Promise<boolean> {
  const guardedName = `(select ?2 from settings where key = '${SETUP_TOKEN_SETTING}' and value = ?4)`
  try {
    await db.batch([
      db
        .prepare(`insert into organizations (id, name, created_at) values (?1, ${guardedName}, ?3)`)
        .bind(organization.id, organization.name, organization.createdAt, tokenHash),
      insertKeyStatement(db, key),
      insertSessionStatement(db, session),
      db
        .prepare('delete from settings where key = ?1 and value = ?2')
        .bind(SETUP_TOKEN_SETTING, tokenHash),
    ])
    return true
  } catch (error) {
    if (String(error).includes('NOT NULL constraint failed: organizations.name')) return false
    throw error
  }
}
