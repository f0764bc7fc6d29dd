/** The time that the cache page looks at, in the address as on the requests page, but with two ends always. */
import { rangeOf, validateRangeSearch } from '../requests/search.ts'
import type { RangeSearch } from '../requests/search.ts'
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
