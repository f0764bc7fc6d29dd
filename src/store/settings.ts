/** Deployment-wide values in `DB.settings`: made at first use, taken once, or counted. */

/** The stored value; the first of all callers at once decides it. */
export async function readOrMakeSetting(
  db: D1Database,
  key: string,
  make: () => string,
): Promise<string> {
  const known = await readSetting(db, key)
  if (known !== null) return known
  await db
    .prepare('insert or ignore into settings (key, value) values (?1, ?2)')
    .bind(key, make())
    .run()
  const stored = await readSetting(db, key)
  if (stored === null) throw new Error(`setting ${key} vanished while it was made`)
  return stored
}

export async function readSetting(db: D1Database, key: string): Promise<string | null> {
  return db.prepare('select value from settings where key = ?1').bind(key).first<string>('value')
}

/**
 * Counts one more use of `subject` in the time window that `now` is in, and answers the count. Windows that are over are
 * swept on the way, so the table does not grow.
 */
export async function countInWindow(
  db: D1Database,
  name: string,
  subject: string,
  now: number,
  windowMs: number,
): Promise<number> {
  const window = `${name}:${String(Math.floor(now / windowMs) * windowMs).padStart(16, '0')}:`
  const [, counted] = await db.batch<{ value: string }>([
    db.prepare('delete from settings where key >= ?1 and key < ?2').bind(`${name}:`, window),
    db
      .prepare(
        `insert into settings (key, value) values (?1, '1')
        on conflict (key) do update set value = cast(cast(value as integer) + 1 as text) returning value`,
      )
      .bind(`${window}${subject}`),
  ])
  return Number(counted?.results[0]?.value ?? 0)
}
