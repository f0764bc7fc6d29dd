/** Tells an organisation's viewers of their new rows. Fail-open: the rows are stored, a missed push only shows later. */
import type { RequestRow } from '../contracts/api/requests.ts'
import { logEvent, reasonOf } from '../lib/log.ts'
import { mapLimited } from '../lib/pool.ts'
import { presentRow } from '../services/requests/present.ts'
import type { StoredRow } from '../store/logs-writer.ts'

const MAX_ROWS_PER_CALL = 100
const CONCURRENT_ORGS = 4

/** What the ingest calls on `LiveTail`; the stub's own type wraps every field. */
interface LivePublisher {
  publish(rows: RequestRow[]): Promise<number>
}

export async function notify(env: Env, rows: readonly StoredRow[]): Promise<void> {
  const byOrg = Map.groupBy(rows, (row) => row.orgId)
  await mapLimited([...byOrg], CONCURRENT_ORGS, ([orgId, own]) => publish(env, orgId, own))
}

async function publish(env: Env, orgId: string, rows: readonly StoredRow[]): Promise<void> {
  try {
    const live = env.LIVE.getByName(orgId) as unknown as LivePublisher
    for (let start = 0; start < rows.length; start += MAX_ROWS_PER_CALL) {
      const part = rows.slice(start, start + MAX_ROWS_PER_CALL)
      await live.publish(part.map((row) => presentRow(row, { scores: null, signedBodyUrl: null })))
    }
  } catch (error) {
    logEvent('warn', 'live_publish_failed', { orgId, rows: rows.length, reason: reasonOf(error) })
  }
}
