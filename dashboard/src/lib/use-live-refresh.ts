/**
 * Asks again for what the live feed says has changed. Reading costs the server something: not oftener than every five
 * seconds, however many calls come, one reading at a time, and never for a tab that nobody sees.
 */
import { useQueryClient } from '@tanstack/react-query'
import type { QueryKey } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { RequestRow } from '../../../src/contracts/api/requests.ts'
import { useLiveFeed, useLiveState } from './live.ts'

const SOONEST_MS = 5_000

/** `readAt` is when the data came, 0 before; `concerns` says which calls change it. */
export function useLiveRefresh(
  queryKey: QueryKey,
  readAt: number,
  concerns: (row: RequestRow) => boolean,
): void {
  const client = useQueryClient()
  const state = useLiveState()
  const stateBefore = useRef(state)
  const timer = useRef(0)
  // A timer outlives the render that set it: it asks for what is shown by then.
  const key = useRef(queryKey)
  useEffect(() => {
    key.current = queryKey
  })
  const askedAt = useRef(0)
  const refresh = () => {
    timer.current = 0
    // Whoever comes back to the tab reads again by that alone.
    if (document.visibilityState !== 'visible') return
    if (client.isFetching({ queryKey: key.current }) > 0) {
      // It may have begun before the call: once more, but not in its place, or a slow server would never be heard.
      timer.current = window.setTimeout(refresh, SOONEST_MS)
      return
    }
    askedAt.current = Date.now()
    void client.invalidateQueries({ queryKey: key.current })
  }
  const refreshSoon = () => {
    if (timer.current !== 0) return
    const since = Date.now() - Math.max(readAt, askedAt.current)
    timer.current = window.setTimeout(refresh, Math.max(0, SOONEST_MS - since))
  }
  useLiveFeed((rows) => {
    if (rows.some(concerns)) refreshSoon()
  }, refreshSoon)
  useEffect(() => {
    // The page is read before the feed is open: a call in between is in neither.
    if (state === 'live' && stateBefore.current !== 'live') refreshSoon()
    stateBefore.current = state
  })
  useEffect(() => () => window.clearTimeout(timer.current), [])
}
