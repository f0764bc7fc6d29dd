/** That the overview costs what its calls cost, and other calls cost nothing for it. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { readCacheBuckets, readTopAnswers } from '../../src/store/cache-overview.ts'
import { insertRows } from '../../src/store/logs-writer.ts'
import { buildRow } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'

const AT = Date.UTC(2026, 0, 15, 12)
const KEY = `${'0'.repeat(16)}-${'a'.repeat(64)}`

/** The database, with what each statement said of itself. */
function watched(db: D1Database): { db: D1Database; statements: Watched[] } {
  const statements: Watched[] = []
  const bind = (sql: string, statement: D1PreparedStatement) => ({
    bind: (...values: unknown[]) => {
      const bound = statement.bind(...values)
      const run = async <T>(): Promise<D1Result<T>> => {
        const result = await bound.all<T>()
        statements.push({ sql, values, meta: result.meta })
        return result
      }
      return { all: run, run }
    },
  })
  const prepare = (sql: string): unknown => bind(sql, db.prepare(sql))
  return { db: { prepare } as unknown as D1Database, statements }
}

interface Watched {
  sql: string
  values: unknown[]
  meta: D1Meta
}

function hit(orgId: string, overrides: Partial<Row> = {}): Row {
  return buildRow(orgId, {
    createdAt: AT,
    cacheStatus: 'hit',
    cacheKey: KEY,
    savedMs: 1,
    savedNano: 1,
    ...overrides,
  })
}

test('only calls that asked for the cache, in the range, are read', async () => {
  const orgId = `org-${crypto.randomUUID()}`
  const plain = Array.from({ length: 2_000 }, () => buildRow(orgId, { createdAt: AT }))
  const elsewhen = Array.from({ length: 500 }, () => hit(orgId, { createdAt: AT - 1 }))
  const others = Array.from({ length: 500 }, () => hit(`${orgId}-other`))
  const wanted = Array.from({ length: 100 }, () => hit(orgId))
  await insertRows(env.LOGS, [...plain, ...elsewhen, ...others, ...wanted])
  const { db, statements } = watched(env.LOGS)
  const range = { from: AT, to: AT + 60_000 }
  const [bucket] = await readCacheBuckets(db, orgId, range, [AT], 60_000)
  const [answer] = await readTopAnswers(db, orgId, range, 50)
  expect(bucket).toMatchObject({ hits: 100, savedNano: 100 })
  expect(answer).toMatchObject({ key: KEY, hits: 100 })
  const read = statements.map(({ meta }) => meta.rows_read)
  expect(read).toHaveLength(2)
  // Grouping by key looks at each call once more.
  for (const rows of read) expect(rows).toBeLessThan(250)
})

test('the sums come out of the index; a row is opened by its key alone', async () => {
  const { db, statements } = watched(env.LOGS)
  const range = { from: AT, to: AT + 60_000 }
  await readCacheBuckets(db, 'org', range, [AT], 60_000)
  await readTopAnswers(db, 'org', range, 50)
  expect(statements).toHaveLength(2)
  for (const { sql, values } of statements) {
    const plan = await env.LOGS.prepare(`explain query plan ${sql}`)
      .bind(...values)
      .all<{ detail: string }>()
    const steps = plan.results
      .map(({ detail }) => detail)
      .filter((detail) => /\brequests\b/.test(detail))
    expect(steps[0]).toBe(
      'SEARCH requests USING COVERING INDEX requests_by_cache (org_id=? AND created_at>? AND created_at<?)',
    )
    for (const step of steps.slice(1)) {
      expect(step).toBe('SEARCH requests USING PRIMARY KEY (org_id=? AND id=?)')
    }
  }
})

test('a call without the cache is written once, one with it twice', async () => {
  const orgId = `org-${crypto.randomUUID()}`
  const { db, statements } = watched(env.LOGS)
  await insertRows(
    db,
    Array.from({ length: 10 }, () => buildRow(orgId)),
  )
  await insertRows(
    db,
    Array.from({ length: 10 }, () => hit(orgId)),
  )
  expect(statements.map(({ meta }) => meta.rows_written)).toEqual([10, 20])
})
