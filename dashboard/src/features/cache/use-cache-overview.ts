/** What the cache did in a time. Follows the calls that ask for it, so that who sends one twice sees it here. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api } from '../../lib/api.ts'
import { useLiveRefresh } from '../../lib/use-live-refresh.ts'
import type { RangeSearch } from '../requests/search.ts'
import { cacheBounds } from './search.ts'

export function useCacheOverview(search: RangeSearch) {
  const queryKey = ['cache', search.range, search.from, search.to]
  const overview = useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      const { from, to } = cacheBounds(search)
      return api.cacheOverview(from, to, signal)
    },
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: true,
    staleTime: 0,
  })
  // A time that is over stays as it is.
  const isOver = () => search.to !== undefined && Date.parse(search.to) <= Date.now()
  useLiveRefresh(
    queryKey,
    overview.dataUpdatedAt,
    (row) => row.heliograph.cache_status !== null && !isOver(),
  )
  return overview
}
