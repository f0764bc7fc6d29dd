/**
 * The rows of the page: pages from the API, and in front of them what the live feed brought. While the reader has
 * scrolled down or sorts by something else, live rows wait and are only counted.
 */
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import type { FilterNode } from '../../../../src/contracts/filter.ts'
import { api } from '../../lib/api.ts'
import { useLiveFeed } from '../../lib/live.ts'
import { buildFilter } from './filter.ts'
import { matchesSelection } from './match.ts'
import { rangeOf, sortOf, tokensOf } from './search.ts'
import type { RequestsSearch } from './search.ts'
import { boundsOf } from './time-range.ts'

const PAGE_ROWS = 100
/** Rows kept from the live feed: beyond them the list is long enough to be asked for again. */
const MOST_LIVE_ROWS = 2_000
const FRESH_MS = 700

export function useRequests(search: RequestsSearch, isAtTop: boolean) {
  const key = selectionKey(search)
  const sort = sortOf(search)
  const client = useQueryClient()
  const pages = useInfiniteQuery({
    queryKey: ['requests', key],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      api.queryRequests(
        {
          filter: filterOf(search),
          offset: pageParam,
          limit: PAGE_ROWS,
          sort: { [sort.key]: sort.descending ? 'desc' : 'asc' },
        },
        signal,
      ),
    getNextPageParam: (last, _all, offset) =>
      last.length < PAGE_ROWS ? undefined : offset + PAGE_ROWS,
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
  const count = useQuery({
    queryKey: ['request-count', key],
    queryFn: ({ signal }) => api.countRequests(filterOf(search), signal),
    staleTime: 0,
    placeholderData: keepPreviousData,
  })
  const refresh = useCallback(() => {
    void client.invalidateQueries({ queryKey: ['requests'] })
    void client.invalidateQueries({ queryKey: ['request-count'] })
  }, [client])
  const isNewestFirst = sort.key === 'created_at' && sort.descending
  const live = useLiveRows(search, key, isAtTop && isNewestFirst, refresh)
  const fetched = pages.data?.pages
  const rows = useMemo(
    () => mergeRows(live.shown, fetched ?? [], isNewestFirst),
    [live.shown, fetched, isNewestFirst],
  )
  const known = useMemo(
    () => new Set((fetched ?? []).flat().map((row) => row.heliograph.id)),
    [fetched],
  )
  const added = [...live.shown, ...live.waiting].filter((row) => !known.has(row.heliograph.id))
  return {
    rows,
    /** Rows that match in all; null while unknown. */
    total:
      count.data === undefined ? null : count.data + (count.isPlaceholderData ? 0 : added.length),
    fresh: live.fresh,
    waiting: live.waiting.length,
    showWaiting: live.showWaiting,
    refresh,
    pages,
  }
}

/** Live rows, split into those on show and those that wait. */
function useLiveRows(search: RequestsSearch, key: string, flows: boolean, refresh: () => void) {
  const [state, setState] = useState<{ key: string; shown: RequestRow[]; waiting: RequestRow[] }>({
    key,
    shown: [],
    waiting: [],
  })
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const flowing = useRef(flows)
  useEffect(() => {
    flowing.current = flows
  })
  const current = state.key === key ? state : { key, shown: NO_ROWS, waiting: NO_ROWS }

  useLiveFeed((rows) => {
    if (search.live === 'off') return
    const selection = {
      tokens: tokensOf(search),
      text: search.q ?? '',
      ...boundsOf(rangeOf(search)),
    }
    const matching = rows.filter((row) => matchesSelection(row, selection))
    if (matching.length === 0) return
    setState((before) => {
      const base = before.key === key ? before : { key, shown: [], waiting: [] }
      const place = flowing.current ? 'shown' : 'waiting'
      return { ...base, [place]: [...matching, ...base[place]].slice(0, MOST_LIVE_ROWS) }
    })
    if (flowing.current) setFresh(new Set(matching.map((row) => row.heliograph.id)))
  }, refresh)

  // A row slides in once; scrolled away and back again it is simply there.
  useEffect(() => {
    if (fresh.size === 0) return
    const timer = window.setTimeout(() => setFresh(new Set()), FRESH_MS)
    return () => window.clearTimeout(timer)
  }, [fresh])

  const showWaiting = useCallback(() => {
    setState((before) =>
      before.waiting.length === 0
        ? before
        : { ...before, shown: [...before.waiting, ...before.shown], waiting: [] },
    )
  }, [])
  // Back at the top, nothing waits any longer.
  const waits = current.waiting.length > 0
  useEffect(() => {
    if (flows && waits) showWaiting()
  }, [flows, waits, showWaiting])

  return { ...current, fresh, showWaiting }
}

const NO_ROWS: RequestRow[] = []

/** The API's filter as of now: relative ranges move. */
export function filterOf(search: RequestsSearch): FilterNode {
  const { from, to } = boundsOf(rangeOf(search))
  return buildFilter(tokensOf(search), search.q ?? '', iso(from), iso(to))
}

/** The time alone: what the filter menu offers does not shrink with what was chosen. */
export function rangeFilterOf(search: RequestsSearch): FilterNode {
  const { from, to } = boundsOf(rangeOf(search))
  return buildFilter([], '', iso(from), iso(to))
}

export function selectionKey({ q, f, range, from, to, sort }: RequestsSearch): string {
  return JSON.stringify([q, f, range, from, to, sort])
}

/** Each row once. Live rows win: pages that were read before a row came do not know it. */
function mergeRows(
  live: readonly RequestRow[],
  pages: readonly (readonly RequestRow[])[],
  isNewestFirst: boolean,
): RequestRow[] {
  const byId = new Map<string, RequestRow>()
  for (const row of isNewestFirst ? [...live, ...pages.flat()] : [...pages.flat(), ...live]) {
    if (!byId.has(row.heliograph.id)) byId.set(row.heliograph.id, row)
  }
  const rows = [...byId.values()]
  // Row ids begin with the arrival time.
  return isNewestFirst && live.length > 0
    ? rows.toSorted((a, b) => (a.heliograph.id < b.heliograph.id ? 1 : -1))
    : rows
}

function iso(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString()
}
