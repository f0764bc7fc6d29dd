/** What the response cache did for an organisation in a range of time: totals, a series for a chart, the top answers. */
import type {
  CacheCounts,
  CacheEntry,
  CacheOverview,
  CachePoint,
} from '../../contracts/api/cache.ts'
import { readCacheBuckets, readTopAnswers } from '../../store/cache-overview.ts'
import type { CacheBucket, CachedAnswer, TimeRange } from '../../store/cache-overview.ts'

const NANO_PER_USD = 1_000_000_000
const MOST_POINTS = 100
const MOST_ENTRIES = 50

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Spans that people read off a chart; longer ones are whole days. */
const BUCKETS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
]

/** `from` must not be later than `to`. */
export async function cacheOverview(
  env: Env,
  orgId: string,
  range: TimeRange,
): Promise<CacheOverview> {
  const bucketMs = bucketFor(range.to - range.from)
  const [buckets, answers] = await Promise.all([
    readCacheBuckets(env.LOGS, orgId, range, startsOf(range, bucketMs), bucketMs),
    readTopAnswers(env.LOGS, orgId, range, MOST_ENTRIES),
  ])
  const sum = (value: (bucket: CacheBucket) => number): number =>
    buckets.reduce((total, bucket) => total + value(bucket), 0)
  const counts: CacheCounts = {
    hits: sum(({ hits }) => hits),
    coalesced: sum(({ coalesced }) => coalesced),
    stale: sum(({ stale }) => stale),
    misses: sum(({ misses }) => misses),
    bypassed: sum(({ bypassed }) => bypassed),
  }
  const savedUnpriced = sum(({ unpriced }) => unpriced)
  return {
    requests: replays(counts) + counts.misses + counts.bypassed,
    ...counts,
    savedUsd: savedUsd(
      sum(({ savedNano }) => savedNano ?? 0),
      replays(counts) - savedUnpriced,
      savedUnpriced,
    ),
    savedUnpriced,
    savedMs: sum(({ savedMs }) => savedMs),
    series: buckets.map(presentPoint),
    bucketMs,
    top: answers.map(presentEntry),
  }
}

function bucketFor(spanMs: number): number {
  const fitting = BUCKETS_MS.find((bucketMs) => spanMs / bucketMs <= MOST_POINTS)
  return fitting ?? Math.ceil(spanMs / MOST_POINTS / DAY_MS) * DAY_MS
}

/** Aligned to the epoch, so that a range that moves on keeps its buckets. */
function startsOf({ from, to }: TimeRange, bucketMs: number): number[] {
  const starts: number[] = []
  if (from === to) return starts
  for (let at = Math.floor(from / bucketMs) * bucketMs; at < to; at += bucketMs) starts.push(at)
  return starts
}

function presentPoint({ at, savedNano, unpriced, ...bucket }: CacheBucket): CachePoint {
  const { hits, coalesced, stale, misses, bypassed } = bucket
  const known = replays(bucket) - unpriced
  const saved = savedUsd(savedNano ?? 0, known, unpriced)
  return { at, hits, coalesced, stale, misses, bypassed, savedUsd: saved }
}

function presentEntry({ savedNano, ...answer }: CachedAnswer): CacheEntry {
  return { ...answer, savedUsd: savedNano === null ? null : savedNano / NANO_PER_USD }
}

function replays({ hits, coalesced, stale }: CacheCounts): number {
  return hits + coalesced + stale
}

/** Nothing given again saved nothing; what has no price is not nothing. */
function savedUsd(nano: number, priced: number, unpriced: number): number | null {
  return priced === 0 && unpriced > 0 ? null : nano / NANO_PER_USD
}
