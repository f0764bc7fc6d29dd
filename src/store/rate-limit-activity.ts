/**
 * Which segments were busy lately, and who was denied, read from the newest rows of the request index: denials that were
 * answered from an isolate's memory are in there too. A row's limits are `detail.limits`, facts of the log record.
 */
import { uuidv7Floor } from '../lib/ids.ts'

export interface SegmentActivity {
  policy: string
  segment: string
  calls: number
  denied: number
  /** Calls whose limiter did not answer. */
  unavailable: number
  /** Epoch ms. */
  lastAt: number
  /** Epoch ms; null when nobody was denied. */
  lastDeniedAt: number | null
}

/** Rows looked at: enough for a page that shows what goes on now, and bounded however busy it is. */
const NEWEST_ROWS = 5_000

/** Denied ones first, then the busiest. `since` is epoch ms. */
export async function readSegmentActivity(
  db: D1Database,
  orgId: string,
  since: number,
  limit: number,
): Promise<SegmentActivity[]> {
  const { results } = await db
    .prepare(
      `with newest as (
        select created_at, detail from requests
        where org_id = ?1 and id >= ?2 order by id desc limit ${NEWEST_ROWS}
      )
      select fact.value ->> '$.policy' as policy, fact.value ->> '$.segment' as segment,
        count(*) as calls, sum(fact.value ->> '$.denied') as denied,
        sum(fact.value ->> '$.unavailable') as unavailable, max(created_at) as lastAt,
        max(case when fact.value ->> '$.denied' then created_at end) as lastDeniedAt
      from newest, json_each(newest.detail, '$.limits') as fact
      where segment is not null
      group by policy, segment
      order by denied desc, calls desc, lastAt desc
      limit ?3`,
    )
    .bind(orgId, uuidv7Floor(since), limit)
    .all<SegmentActivity>()
  return results
}
