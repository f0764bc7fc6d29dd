/**
 * An organisation's rate limit rules in `DB`. Every statement names the organisation. The gateway never asks for them by
 * themselves: `RULES_JSON` goes into the statement that looks a key up, so that a call costs one read or none.
 */

export interface RateLimitRuleRow {
  id: string
  orgId: string
  name: string
  quota: number
  windowSeconds: number
  unit: 'request' | 'cents' | 'tokens'
  segment: string | null
  createdAt: number
  updatedAt: number
}

/** A rule as far as the gateway needs it. */
export interface HotRule {
  quota: number
  windowSeconds: number
  unit: string
  segment: string | null
}

const COLUMNS = `id, org_id as orgId, name, quota, window_seconds as windowSeconds, unit, segment,
  created_at as createdAt, updated_at as updatedAt`

/** An SQL expression: the rules of the organisation in `k.org_id` as a JSON array. Read it with `parseRules`. */
export const RULES_JSON = `(select json_group_array(json_array(r.quota, r.window_seconds, r.unit, r.segment))
  from rate_limit_rules r where r.org_id = k.org_id)`

/** What `RULES_JSON` made; anything else is no rules. */
export function parseRules(json: string | null): HotRule[] {
  if (json === null || json === '[]') return []
  const rows: unknown = JSON.parse(json)
  if (!Array.isArray(rows)) return []
  return rows.flatMap((row: unknown) => {
    if (!Array.isArray(row)) return []
    const [quota, windowSeconds, unit, segment] = row as unknown[]
    if (typeof quota !== 'number' || typeof windowSeconds !== 'number') return []
    if (typeof unit !== 'string') return []
    return [{ quota, windowSeconds, unit, segment: typeof segment === 'string' ? segment : null }]
  })
}

/** Oldest first. */
export async function rulesOf(db: D1Database, orgId: string): Promise<RateLimitRuleRow[]> {
  const { results } = await db
    .prepare(`select ${COLUMNS} from rate_limit_rules where org_id = ?1 order by id`)
    .bind(orgId)
    .all<RateLimitRuleRow>()
  return results
}

/** False when the organisation has `most` rules already. */
export async function insertRule(
  db: D1Database,
  rule: RateLimitRuleRow,
  most: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `insert into rate_limit_rules
        (id, org_id, name, quota, window_seconds, unit, segment, created_at, updated_at)
      select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
      where (select count(*) from rate_limit_rules where org_id = ?2) < ?10`,
    )
    .bind(
      rule.id,
      rule.orgId,
      rule.name,
      rule.quota,
      rule.windowSeconds,
      rule.unit,
      rule.segment,
      rule.createdAt,
      rule.updatedAt,
      most,
    )
    .run()
  return meta.changes > 0
}

/** The rule as it is now, or null when the organisation has no such rule. */
export async function updateRule(
  db: D1Database,
  rule: Omit<RateLimitRuleRow, 'createdAt'>,
): Promise<RateLimitRuleRow | null> {
  return db
    .prepare(
      `update rate_limit_rules
      set name = ?3, quota = ?4, window_seconds = ?5, unit = ?6, segment = ?7, updated_at = ?8
      where org_id = ?1 and id = ?2 returning ${COLUMNS}`,
    )
    .bind(
      rule.orgId,
      rule.id,
      rule.name,
      rule.quota,
      rule.windowSeconds,
      rule.unit,
      rule.segment,
      rule.updatedAt,
    )
    .first<RateLimitRuleRow>()
}

/** False when the organisation has no such rule. */
export async function deleteRule(db: D1Database, orgId: string, id: string): Promise<boolean> {
  const { meta } = await db
    .prepare('delete from rate_limit_rules where org_id = ?1 and id = ?2')
    .bind(orgId, id)
    .run()
  return meta.changes > 0
}
