/** The time that the cache page looks at, in the address as on the requests page, but with two ends always. */
import type { CacheStatus } from '../requests/cache-status.ts'
import { formatToken } from '../requests/filter.ts'
import { rangeOf, validateRangeSearch } from '../requests/search.ts'
import type { RangeSearch, RequestsSearch } from '../requests/search.ts'
import { boundsOf } from '../requests/time-range.ts'

/** Where a fixed range has no start. */
const LONGEST_MS = 90 * 86_400_000

export function validateCacheSearch(raw: Record<string, unknown>): RangeSearch {
  const search = validateRangeSearch(raw)
  if (search.range === 'all') delete search.range
  return search
}

/** Epoch ms; `from` is inclusive, `to` is exclusive. */
export function cacheBounds(search: RangeSearch, now = Date.now()): { from: number; to: number } {
  const bounds = boundsOf(rangeOf(search), now)
  // The newest call belongs to it.
  const to = Math.max(0, bounds.to ?? now + 1)
  return { from: Math.max(0, Math.min(bounds.from ?? to - LONGEST_MS, to)), to }
}

/** The requests page over the same time, with only the calls that the cache answered in one of these ways. */
export function requestsSearch(
  range: RangeSearch,
  statuses: readonly CacheStatus[],
): RequestsSearch {
  const tokens = statuses.map((value) =>
    formatToken({ field: 'cache', key: null, value, excluded: false }),
  )
  return { ...range, f: tokens }
}
