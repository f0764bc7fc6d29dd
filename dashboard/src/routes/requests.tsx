/** The request explorer. Its whole state is in the address: reload keeps it, back undoes it. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { ArrowUp, RefreshCw } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { IconButton } from '../components/button.tsx'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Spinner } from '../components/skeleton.tsx'
import { ColumnsMenu } from '../features/requests/columns-menu.tsx'
import { FacetMenu } from '../features/requests/facet-menu.tsx'
import { FilterBar } from '../features/requests/filter-bar.tsx'
import { formatToken } from '../features/requests/filter.ts'
import type { Token } from '../features/requests/filter.ts'
import { LiveToggle } from '../features/requests/live-toggle.tsx'
import { NoRequests } from '../features/requests/no-requests.tsx'
import { RequestTable } from '../features/requests/request-table.tsx'
import { rangeOf, sortOf, tokensOf } from '../features/requests/search.ts'
import type { DrawerTab, RequestsSearch, SortKey } from '../features/requests/search.ts'
import { TimeMenu } from '../features/requests/time-menu.tsx'
import { useHiddenColumns } from '../features/requests/use-hidden-columns.ts'
import { useListKeys } from '../features/requests/use-list-keys.ts'
import { rangeFilterOf, useRequests } from '../features/requests/use-requests.ts'
import { api } from '../lib/api.ts'
import { cx } from '../lib/cx.ts'
import { formatCount } from '../lib/format.ts'

const loadDrawer = () => import('../features/inspect/request-drawer.tsx')
const RequestDrawer = lazy(() => loadDrawer().then((module) => ({ default: module.RequestDrawer })))
/** The list comes first; by the time that somebody clicks, the drawer is there too. */
const DRAWER_PRELOAD_MS = 600

const route = getRouteApi('/shell/')

export function RequestsPage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [isAtTop, setIsAtTop] = useState(true)
  const [wantsFacets, setWantsFacets] = useState(false)
  const inputRef = useRef<HTMLInputElement>(null)
  const scrollRef = useRef<HTMLDivElement>(null)
  const { hidden, toggleHidden } = useHiddenColumns()
  const requests = useRequests(search, isAtTop)
  const { pages, rows } = requests
  const openId = search.request ?? null

  const update = useCallback(
    (change: Partial<Record<keyof RequestsSearch, unknown>>, replace = false) => {
      void navigate({
        search: (before) => ({ ...before, ...change }) as RequestsSearch,
        replace,
        resetScroll: false,
      })
    },
    [navigate],
  )
  const open = useCallback(
    (id: string | null) => update({ request: id ?? undefined }, openId !== null && id !== null),
    [update, openId],
  )
  const { cursor, setCursor, move } = useListKeys({
    rows,
    openId,
    onOpen: open,
    onFilter: () => inputRef.current?.focus(),
    onLive: () => toggleLive(),
    onRefresh: requests.refresh,
    onTab: (tab: DrawerTab) => update({ tab }, true),
  })
  const isLive = search.live !== 'off'
  const toggleLive = () => {
    update({ live: isLive ? 'off' : undefined }, true)
    if (!isLive) requests.refresh()
  }

  const range = rangeOf(search)
  const facets = useQuery({
    queryKey: ['facets', search.range, search.from, search.to],
    queryFn: ({ signal }) => api.facets(rangeFilterOf(search), signal),
    enabled: wantsFacets,
  })
  const tokens = tokensOf(search)
  const setTokens = (next: readonly Token[]) => update({ f: next.map(formatToken) })
  const sort = sortOf(search)
  const setSort = (key: SortKey) =>
    update({ sort: key === sort.key && sort.descending ? key : `-${key}` })
  const isFiltered = tokens.length > 0 || search.q !== undefined

  useEffect(() => {
    document.title = `${openId === null ? 'Requests' : 'Request'} · Heliograph`
  }, [openId])
  useEffect(() => {
    // A chunk that cannot be loaded now is asked for again by the click.
    const timer = window.setTimeout(() => void loadDrawer().catch(() => null), DRAWER_PRELOAD_MS)
    return () => window.clearTimeout(timer)
  }, [])
  const { fetchNextPage } = pages
  const fetchMore = useCallback(() => void fetchNextPage(), [fetchNextPage])

  return (
    <div className="flex h-full min-h-0">
      <section
        aria-label="Requests"
        className={cx(
          'relative flex min-w-0 flex-1 flex-col bg-surface',
          openId !== null && 'max-md:hidden',
        )}
      >
        <header className="flex h-12 shrink-0 items-center gap-2 bg-canvas pr-3 pl-4">
          <h1 className="text-base font-semibold tracking-[-0.01em]">Requests</h1>
          <span className="text-sm text-faint" data-testid="request-count">
            {requests.total !== null && formatCount(requests.total)}
          </span>
          <span className="flex-1" />
          <LiveToggle isOn={isLive} onToggle={toggleLive} />
          <TimeMenu
            range={range}
            onPreset={(preset) => update({ range: preset, from: undefined, to: undefined })}
            onFixed={(from, to) => update({ from, to, range: undefined })}
          />
        </header>
        <div
          className="flex shrink-0 items-start gap-2 border-b bg-canvas px-3 pb-2.5"
          onFocus={() => setWantsFacets(true)}
        >
          <FilterBar
            tokens={tokens}
            text={search.q ?? ''}
            facets={facets.data}
            inputRef={inputRef}
            onChange={(change, isTyping = false) =>
              update(
                {
                  ...(change.tokens === undefined ? {} : { f: change.tokens.map(formatToken) }),
                  ...(change.text === undefined ? {} : { q: change.text }),
                },
                isTyping,
              )
            }
          />
          <FacetMenu
            facets={facets.data}
            tokens={tokens}
            onChange={setTokens}
            onOpenChange={() => setWantsFacets(true)}
          />
          <ColumnsMenu hidden={hidden} onToggle={toggleHidden} />
          <IconButton
            label="Refresh"
            shortcut="r"
            className="size-8 max-md:hidden"
            onClick={requests.refresh}
          >
            <RefreshCw
              className={cx(pages.isFetching && !pages.isFetchingNextPage && 'animate-spin')}
            />
          </IconButton>
        </div>
        {pages.isError && (
          <ErrorNotice
            title="The requests could not be read"
            error={pages.error}
            onRetry={requests.refresh}
            className="m-3"
            testId="requests-error"
          />
        )}
        <div className="relative z-20 h-0 shrink-0">
          {requests.waiting > 0 && (
            <button
              type="button"
              data-testid="new-rows"
              onClick={() => {
                requests.showWaiting()
                scrollRef.current?.scrollTo({ top: 0, behavior: 'smooth' })
              }}
              className="absolute top-11 left-1/2 inline-flex h-7 -translate-x-1/2 items-center gap-1.5 rounded-full bg-ink px-3 text-xs font-medium text-inverse shadow-pop animate-pop hover:bg-ink/85"
            >
              <ArrowUp className="size-3.5" aria-hidden="true" />
              {formatCount(requests.waiting)} new
            </button>
          )}
        </div>
        <RequestTable
          rows={rows}
          total={requests.total}
          sort={sort}
          hidden={hidden}
          fresh={requests.fresh}
          cursor={cursor}
          openId={openId}
          isLoading={pages.isPending}
          isStale={pages.isPlaceholderData}
          isFetchingMore={pages.isFetchingNextPage}
          hasMore={pages.hasNextPage}
          scrollRef={scrollRef}
          onScrollTop={setIsAtTop}
          onFetchMore={fetchMore}
          onOpen={(id) => {
            setCursor(id)
            open(id)
          }}
          onSort={setSort}
          empty={
            pages.isError ? null : (
              <NoRequests
                isFiltered={isFiltered}
                isRanged={range.preset !== 'all'}
                onClear={() => update({ f: undefined, q: undefined })}
                onAllTime={() => update({ range: 'all', from: undefined, to: undefined })}
              />
            )
          }
        />
      </section>
      {openId !== null && (
        <Suspense
          fallback={
            <aside className="w-1/2 border-l p-6 max-md:w-full">
              <Spinner />
            </aside>
          }
        >
          <RequestDrawer
            id={openId}
            row={rows.find((row) => row.heliograph.id === openId)}
            tab={search.tab ?? 'chat'}
            onTab={(tab) => update({ tab: tab === 'chat' ? undefined : tab }, true)}
            onMove={move}
            onClose={() => open(null)}
          />
        </Suspense>
      )}
    </div>
  )
}
