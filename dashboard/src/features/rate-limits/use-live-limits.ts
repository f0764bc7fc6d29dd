/**
 * Limits at work: read again when a call that drew from a limit comes over the live feed, and else only now and then:
 * for what refills by itself, and in case that the feed is away.
 */
import { useQuery } from '@tanstack/react-query'
import { api } from '../../lib/api.ts'
import { useLiveRefresh } from '../../lib/use-live-refresh.ts'

const LIVE_KEY = ['rate-limits', 'live']
/** Rests by itself while the tab is hidden. */
const IDLE_MS = 30_000

export function useLiveLimits() {
  const limits = useQuery({
    queryKey: LIVE_KEY,
    queryFn: ({ signal }) => api.liveLimits(signal),
    refetchInterval: IDLE_MS,
    refetchOnWindowFocus: true,
    staleTime: 0,
  })
  useLiveRefresh(LIVE_KEY, limits.dataUpdatedAt, (row) => row.heliograph.limits.length > 0)
  return limits
}
