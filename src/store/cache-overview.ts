/**
 * Sums over the calls that asked for the response cache. All of it comes out of the index `requests_by_cache`, which
 * holds these calls only: neither the calls without the cache nor any row itself is read, except one per listed answer.
 */

/** What a span of time, or an answer, saved. */
interface Saved {
  /** Sum of the known prices in nano-dollars; null when none is known. */
  savedNano: number | null
  savedMs: number
}

export interface CacheBucket extends Saved {
  /** Epoch ms at which it begins. */
  at: number
  hits: number
  coalesced: number
  stale: number
  misses: number
  bypassed: number
  /** Answers given again whose price is unknown. */
  unpriced: number
}

export interface CachedAnswer extends Saved {
  key: string
  /** Times that it was given again. */
  hits: number
  requests: number
  /** Epoch ms of the first and the last call with this key. */
  firstAt: number
  lastAt: number
  /** Of the newest call that it was given to. */
  model: string | null
  provider: string
  preview: string | null
  referenceId: string | null
}

/** Epoch ms, `from` inclusive, `to` exclusive. */
export interface TimeRange {
  from: number
  to: number
}

// Not an IN list: SQLite looks three names up in a table of their own, and D1 bills that as reads.
const REPLAYED = `(cache_status = 'hit' or cache_status = 'coalesced' or cache_status = 'stale')`
// The index is named, so that this fails where it would be slow.
const CALLS = `requests indexed by requests_by_cache where org_id = ?1 and cache_status is not null`

// One range of the index per bucket: grouping by a computed time would sort every call first.
const BUCKETS = `select bucket.value as at, (
    select json_array(sum(cache_status = 'hit'), sum(cache_status = 'coalesced'),
      sum(cache_status = 'stale'), sum(cache_status = 'miss'), sum(cache_status = 'bypass'),
      sum(saved_nano), sum(saved_ms), sum(${REPLAYED} and saved_nano is null))
    from ${CALLS} and created_at >= max(bucket.value, ?3)
      and created_at < min(bucket.value + ?5, ?4)
  ) as sums
  from json_each(?2) as bucket`

const TOP = `with used as materialized (
    select cache_key as key, sum(${REPLAYED}) as hits, count(*) as requests,
      sum(saved_nano) as savedNano, coalesce(sum(saved_ms), 0) as savedMs,
      min(created_at) as firstAt, max(created_at) as lastAt,
      max(case when ${REPLAYED} then id end) as newestId
    from ${CALLS} and cache_key is not null and created_at >= ?2 and created_at < ?3
    group by cache_key having hits > 0 order by hits desc, lastAt desc limit ?4
  )
  select key, hits, requests, savedNano, savedMs, firstAt, lastAt,
    model, provider, request_preview as preview, cache_reference_id as referenceId
  from used cross join requests on org_id = ?1 and id = newestId
  order by hits desc, lastAt desc`

/** One line per start in `starts` (epoch ms, ascending), for `bucketMs` each, as far as it is within the range. */
export async function readCacheBuckets(
  db: D1Database,
  orgId: string,
  { from, to }: TimeRange,
  starts: readonly number[],
  bucketMs: number,
): Promise<CacheBucket[]> {
  const { results } = await db
    .prepare(BUCKETS)
    .bind(orgId, JSON.stringify(starts), from, to, bucketMs)
    .all<{ at: number; sums: string }>()
  return results.map(({ at, sums }) => toBucket(at, JSON.parse(sums) as (number | null)[]))
}

function toBucket(at: number, sums: (number | null)[]): CacheBucket {
  const [hits, coalesced, stale, misses, bypassed] = sums.map((sum) => sum ?? 0)
  const [savedNano, savedMs, unpriced] = sums.slice(5)
  return {
    at,
    hits: hits ?? 0,
    coalesced: coalesced ?? 0,
    stale: stale ?? 0,
    misses: misses ?? 0,
    bypassed: bypassed ?? 0,
    savedNano: savedNano ?? null,
    savedMs: savedMs ?? 0,
    unpriced: unpriced ?? 0,
  }
}

/** Answers that were given again in the range, the most used first. */
export async function readTopAnswers(
  db: D1Database,
  orgId: string,
  { from, to }: TimeRange,
  limit: number,
): Promise<CachedAnswer[]> {
  const { results } = await db.prepare(TOP).bind(orgId, from, to, limit).all<CachedAnswer>()
  return results
}
