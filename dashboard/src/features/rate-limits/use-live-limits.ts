/**
 * Limits at work. Reading them costs the server something, so it is asked when a call that drew from a limit comes over
 * the live feed, and else only now and then: for what refills by itself, and in case that the feed is away.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api } from '../../lib/api.ts'
import { useLiveFeed } from '../../lib/live.ts'

const LIVE_KEY = ['rate-limits', 'live']
/** Not oftener, however many calls come. */
const SOONEST_MS = 5_000
/** Rests by itself while the tab is hidden. */
const IDLE_MS = 30_000

export function useLiveLimits() {
  const client = useQueryClient()
  const timer = useRef(0)
  const limits = useQuery({
    queryKey: LIVE_KEY,
    queryFn: ({ signal }) => api.liveLimits(signal),
    refetchInterval: IDLE_MS,
    refetchOnWindowFocus: true,
    staleTime: 0,
  })
  const refresh = () => {
    timer.current = 0
    if (document.visibilityState === 'visible') {
      void client.invalidateQueries({ queryKey: LIVE_KEY })
    }
  }
  const refreshSoon = () => {
    if (timer.current !== 0) return
    const since = Date.now() - limits.dataUpdatedAt
    timer.current = window.setTimeout(refresh, Math.max(0, SOONEST_MS - since))
  }
  useLiveFeed((rows) => {
    if (rows.some((row) => row.heliograph.limits.length > 0)) refreshSoon()
  }, refreshSoon)
  useEffect(() => () => window.clearTimeout(timer.current), [])
  return limits
}
