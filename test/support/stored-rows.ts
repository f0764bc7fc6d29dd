/** Rows of the log as a system test sees them: read from D1 beside the running Worker. */
import { vi } from 'vitest'

/** A row of `LOGS.requests`, by column name. */
export type LogRow = Record<string, string | number | null>

/** Longest wait for a row to come through queue and consumer. */
const LIMIT_MS = 20_000

/** Resolves to the one row of this request (its `Helicone-Id`), and fails when there are several. */
export async function rowOf(env: Env, requestId: string): Promise<LogRow> {
  const [row] = await rowsWhere(env, 'coalesce(request_id, id) = ?1', requestId, 1)
  if (!row) throw new Error('no row')
  return row
}

/** Resolves to all rows under the condition, oldest first, as soon as there are `count`. */
export async function rowsWhere(
  env: Env,
  condition: string,
  value: string,
  count: number,
): Promise<LogRow[]> {
  return await vi.waitFor(
    async () => {
      const { results } = await env.LOGS.prepare(
        `select * from requests where ${condition} order by id`,
      )
        .bind(value)
        .all<LogRow>()
      if (results.length !== count) {
        throw new Error(
          `${results.length} rows where ${condition} is '${value}', expected ${count}`,
        )
      }
      return results
    },
    { timeout: LIMIT_MS, interval: 50 },
  )
}

/** One row each for many tests at once: one query at a time serves all who wait. */
export function followRows(env: Env): (orgId: string, requestId: string) => Promise<LogRow> {
  const wanted = new Map<string, { readonly orgId: string; readonly requestId: string }>()
  const found = new Map<string, LogRow>()
  let looking: Promise<void> | null = null
  const look = async (): Promise<void> => {
    const all = [...wanted.values()]
    const { results } = await env.LOGS.prepare(
      `select * from requests where org_id in (select value from json_each(?1))
        and coalesce(request_id, id) in (select value from json_each(?2))`,
    )
      .bind(
        JSON.stringify(all.map(({ orgId }) => orgId)),
        JSON.stringify(all.map(({ requestId }) => requestId)),
      )
      .all<LogRow>()
    for (const row of results) found.set(`${row['org_id']} ${row['request_id'] ?? row['id']}`, row)
  }
  return async (orgId, requestId) => {
    const key = `${orgId} ${requestId}`
    wanted.set(key, { orgId, requestId })
    const row = await vi.waitFor(
      async () => {
        looking ??= look().finally(() => {
          looking = null
        })
        await looking
        const row = found.get(key)
        if (row === undefined) throw new Error(`no row of ${requestId}`)
        return row
      },
      { timeout: LIMIT_MS, interval: 50 },
    )
    wanted.delete(key)
    return row
  }
}

/** The pack that the row points at, read as a reader would: record, request and response bytes. */
export async function bodiesOf(
  env: Env,
  row: LogRow,
): Promise<{ record: Record<string, unknown>; request: Buffer; response: Buffer }> {
  const lengths = [row['record_length'], row['request_length'], row['response_length']].map(Number)
  const [record = 0, request = 0, response = 0] = lengths
  const object = await env.BODIES.get(String(row['pack_key']), {
    range: { offset: Number(row['pack_offset']), length: record + request + response },
  })
  if (!object) throw new Error(`no object ${row['pack_key']}`)
  const bytes = Buffer.from(await object.arrayBuffer())
  return {
    record: JSON.parse(bytes.subarray(0, record).toString()) as Record<string, unknown>,
    request: bytes.subarray(record, record + request),
    response: bytes.subarray(record + request),
  }
}
