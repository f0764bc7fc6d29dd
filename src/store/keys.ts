/** API keys in `DB`. Only hashes are stored; every statement but the lookup by hash names the organisation. */

export interface KeyRow {
  id: string
  orgId: string
  name: string
  hash: string
  hint: string
  permissions: 'rw' | 'w'
  createdAt: number
  revokedAt: number | null
}

const COLUMNS =
  'id, org_id as orgId, name, hash, hint, permissions, created_at as createdAt, revoked_at as revokedAt'

export function insertKeyStatement(db: D1Database, key: KeyRow): D1PreparedStatement {
  return db
    .prepare(
      `insert into api_keys (id, org_id, name, hash, hint, permissions, created_at, revoked_at)
      values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    )
    .bind(
      key.id,
      key.orgId,
      key.name,
      key.hash,
      key.hint,
      key.permissions,
      key.createdAt,
      key.revokedAt,
    )
}

export async function findKey(db: D1Database, hash: string): Promise<KeyRow | null> {
  return db.prepare(`select ${COLUMNS} from api_keys where hash = ?1`).bind(hash).first<KeyRow>()
}

/** Newest first. */
export async function listKeyRows(db: D1Database, orgId: string): Promise<KeyRow[]> {
  const { results } = await db
    .prepare(`select ${COLUMNS} from api_keys where org_id = ?1 order by created_at desc, id desc`)
    .bind(orgId)
    .all<KeyRow>()
  return results
}

/** The key's hash, or null when the organisation has no such key. Revoking twice keeps the first time. */
export async function markRevoked(
  db: D1Database,
  orgId: string,
  keyId: string,
  now: number,
): Promise<string | null> {
  return db
    .prepare(
      `update api_keys set revoked_at = coalesce(revoked_at, ?3)
      where org_id = ?1 and id = ?2 returning hash`,
    )
    .bind(orgId, keyId, now)
    .first<string>('hash')
}
