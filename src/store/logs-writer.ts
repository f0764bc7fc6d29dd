/**
 * Writes the request index. Raw D1, because rows go in by the hundred: one bound JSON array per statement, where a
 * statement of placeholders would end at 100 values. Columns come from the table's definition, so the two cannot drift.
 */
import { getTableColumns } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import { requests } from './schema/requests.ts'

/** A row of `LOGS.requests`, complete. */
export type StoredRow = typeof requests.$inferSelect

/** What a row is known by. */
export type RowKey = Pick<StoredRow, 'orgId' | 'id'>

const MAX_ROWS = 500
/** D1 takes strings up to 2 MB. */
const MAX_STATEMENT_BYTES = 1_500_000
const MAX_KEYS = 5_000

const FIELDS = Object.keys(getTableColumns(requests)) as (keyof StoredRow)[]

// Not `insert or ignore`: that would also swallow a row that breaks a NOT NULL.
const INSERT = `insert into requests (${FIELDS.map(toSnakeCase).join(', ')})
  select ${FIELDS.map((_, index) => `value ->> ${index}`).join(', ')} from json_each(?1) where true
  on conflict (org_id, id) do nothing`

const FIND = `select requests.org_id as orgId, requests.id as id
  from json_each(?1) as asked cross join requests
  on requests.org_id = asked.value ->> 0 and requests.id = asked.value ->> 1`

/** Those of `keys` that have a row. Throws when D1 does. */
export async function findStored(db: D1Database, keys: readonly RowKey[]): Promise<RowKey[]> {
  const found: RowKey[] = []
  for (let start = 0; start < keys.length; start += MAX_KEYS) {
    const asked = keys.slice(start, start + MAX_KEYS).map(({ orgId, id }) => [orgId, id])
    const { results } = await db.prepare(FIND).bind(JSON.stringify(asked)).all<RowKey>()
    found.push(...results)
  }
  return found
}

/** Rows that shared one fate. */
export interface InsertResult {
  rows: StoredRow[]
  /** Null when they are in. */
  error: unknown
  /** The row itself is at fault: trying again will not help. */
  isFinal: boolean
}

/**
 * Inserts rows, in as few statements as D1 allows. A row that exists already stays as it is; one that breaks the table's
 * rules is found and named, and does not keep the others out. Never throws.
 */
export async function insertRows(
  db: D1Database,
  rows: readonly StoredRow[],
): Promise<InsertResult[]> {
  const results: InsertResult[] = []
  for (const { rows: part, json } of statementsOf(rows)) {
    results.push(...(await insertPart(db, part, json)))
  }
  return results
}

const BROKEN_RULE = /SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)|constraint failed|datatype mismatch/

async function insertPart(
  db: D1Database,
  rows: StoredRow[],
  json: string,
): Promise<InsertResult[]> {
  try {
    await db.prepare(INSERT).bind(json).run()
    return [{ rows, error: null, isFinal: false }]
  } catch (error) {
    const isFinal = BROKEN_RULE.test(String(error))
    if (!isFinal || rows.length === 1) return [{ rows, error: error ?? 'unknown', isFinal }]
    const middle = rows.length >> 1
    return [
      ...(await insertRows(db, rows.slice(0, middle))),
      ...(await insertRows(db, rows.slice(middle))),
    ]
  }
}

function statementsOf(rows: readonly StoredRow[]): { rows: StoredRow[]; json: string }[] {
  const groups: { rows: StoredRow[]; values: string[]; bytes: number }[] = []
  for (const row of rows) {
    const json = rowJson(row)
    const bytes = byteLength(json) + 1
    let group = groups.at(-1)
    if (!group || group.rows.length === MAX_ROWS || group.bytes + bytes > MAX_STATEMENT_BYTES) {
      group = { rows: [], values: [], bytes: 2 }
      groups.push(group)
    }
    group.rows.push(row)
    group.values.push(json)
    group.bytes += bytes
  }
  return groups.map(({ rows, values }) => ({ rows, json: `[${values.join(',')}]` }))
}

/** NUL ends a text in SQLite, and half a surrogate pair is no text at all; both show up in JSON as escapes. */
const SUSPECT = /\\u(?:0000|d[89a-f])/

function rowJson(row: StoredRow): string {
  const values = FIELDS.map((field) => row[field])
  const json = JSON.stringify(values)
  if (!SUSPECT.test(json)) return json
  return JSON.stringify(
    values.map((value) =>
      typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value,
    ),
  )
}

const encoder = new TextEncoder()

function byteLength(text: string): number {
  return encoder.encode(text).byteLength
}
