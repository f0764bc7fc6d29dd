/** Dashboard sessions and one-time sign-in links in `DB`, by the SHA-256 of their tokens. Times in epoch ms. */

export interface SessionRow {
  tokenHash: string
  orgId: string
  createdAt: number
  expiresAt: number
  lastSeenAt: number
}

export function insertSessionStatement(db: D1Database, session: SessionRow): D1PreparedStatement {
  return db
    .prepare(
      `insert into sessions (token_hash, org_id, created_at, expires_at, last_seen_at)
      values (?1, ?2, ?3, ?4, ?5)`,
    )
    .bind(
      session.tokenHash,
      session.orgId,
      session.createdAt,
      session.expiresAt,
      session.lastSeenAt,
    )
}

export async function findSession(db: D1Database, tokenHash: string): Promise<SessionRow | null> {
  return db
    .prepare(
      `select token_hash as tokenHash, org_id as orgId, created_at as createdAt,
        expires_at as expiresAt, last_seen_at as lastSeenAt
      from sessions where token_hash = ?1`,
    )
    .bind(tokenHash)
    .first<SessionRow>()
}

export async function touchSession(db: D1Database, tokenHash: string, now: number): Promise<void> {
  await db
    .prepare('update sessions set last_seen_at = max(last_seen_at, ?2) where token_hash = ?1')
    .bind(tokenHash, now)
    .run()
}

export async function deleteSession(db: D1Database, tokenHash: string): Promise<void> {
  await db.prepare('delete from sessions where token_hash = ?1').bind(tokenHash).run()
}

/** Sessions that nobody can use any more. */
export function deleteExpiredStatement(db: D1Database, now: number): D1PreparedStatement {
  return db.prepare('delete from sessions where expires_at <= ?1').bind(now)
}

export async function insertLink(
  db: D1Database,
  link: { tokenHash: string; orgId: string; createdAt: number; expiresAt: number },
): Promise<void> {
  await db
    .prepare(
      `insert into sign_in_links (token_hash, org_id, created_at, expires_at, used_at)
      values (?1, ?2, ?3, ?4, null)`,
    )
    .bind(link.tokenHash, link.orgId, link.createdAt, link.expiresAt)
    .run()
}

/** Takes a link: of any number of callers at once, exactly one gets its organisation. */
export async function takeLink(
  db: D1Database,
  tokenHash: string,
  now: number,
): Promise<string | null> {
  return db
    .prepare(
      `update sign_in_links set used_at = ?2
      where token_hash = ?1 and used_at is null and expires_at > ?2 returning org_id`,
    )
    .bind(tokenHash, now)
    .first<string>('org_id')
}

/** Takes a token that was never stored as a link, once per value, for the oldest organisation. */
export async function takeUnstoredToken(
  db: D1Database,
  tokenHash: string,
  now: number,
): Promise<string | null> {
  return db
    .prepare(
      `insert or ignore into sign_in_links (token_hash, org_id, created_at, expires_at, used_at)
      select ?1, id, ?2, ?2, ?2 from organizations order by created_at, id limit 1
      returning org_id`,
    )
    .bind(tokenHash, now)
    .first<string>('org_id')
}
