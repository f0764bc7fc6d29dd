/** How the cache answered a call that asked for it: the statuses that rows carry and filters name, and what they mean. */
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'

export type CacheStatus = NonNullable<RequestRow['heliograph']['cache_status']>

export const CACHE_MEANINGS: Readonly<Record<CacheStatus, string>> = {
  hit: 'Answered from the cache',
  coalesced: 'Shared the answer of an identical call that was under way',
  stale: 'The provider failed, and an expired answer stood in',
  miss: 'Nothing was stored for it: the provider was asked',
  bypass: 'Asked for the cache, but could not take part',
}

export const CACHE_STATUSES = Object.keys(CACHE_MEANINGS) as CacheStatus[]

/** The statuses of answers that no provider gave for this call. */
export const GIVEN_AGAIN: readonly CacheStatus[] = ['hit', 'coalesced', 'stale']

/** In any case of letters, since the header says `HIT`. Null for anything else. */
export function readCacheStatus(value: string): CacheStatus | null {
  const lower = value.toLowerCase()
  return CACHE_STATUSES.find((status) => status === lower) ?? null
}
