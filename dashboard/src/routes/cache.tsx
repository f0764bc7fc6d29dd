/** The response cache: what it saved, over time and by answer. The time range is in the address. */
import { getRouteApi } from '@tanstack/react-router'
import { Eraser, RefreshCw } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { CacheOverview } from '../../../src/contracts/api/cache.ts'
import { Button, IconButton } from '../components/button.tsx'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { CacheChart } from '../features/cache/chart.tsx'
import { Figures, FiguresSkeleton } from '../features/cache/figures.tsx'
import { NoCache } from '../features/cache/no-cache.tsx'
import { PurgeDialog } from '../features/cache/purge-dialog.tsx'
import { TopEntries } from '../features/cache/top-entries.tsx'
import { useCacheOverview } from '../features/cache/use-cache-overview.ts'
import { rangeOf } from '../features/requests/search.ts'
import type { RangeSearch } from '../features/requests/search.ts'
import { TimeMenu } from '../features/requests/time-menu.tsx'
import { cx } from '../lib/cx.ts'
import { useHotkeys } from '../lib/hotkeys.ts'

const route = getRouteApi('/shell/cache')

export function CachePage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const [isPurging, setIsPurging] = useState(false)
  const overview = useCacheOverview(search)
  const refresh = () => void overview.refetch()
  useHotkeys({ r: refresh })
  useEffect(() => {
    document.title = 'Cache · Heliograph'
  }, [])
  const show = (next: RangeSearch) => void navigate({ search: next, resetScroll: false })
  return (
    <Page
      isWide
      title="Cache"
      lead="Answers that were given again instead of being asked for again."
      actions={
        <div className="flex flex-wrap items-center gap-2">
          <IconButton label="Refresh" shortcut="r" className="size-8" onClick={refresh}>
            <RefreshCw className={cx(overview.isFetching && 'animate-spin')} />
          </IconButton>
          <TimeMenu
            isBounded
            range={rangeOf(search)}
            onPreset={(range) => show({ range })}
            onFixed={(from, to) =>
              show({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
            }
          />
          <Button onClick={() => setIsPurging(true)} data-testid="purge-cache">
            <Eraser className="size-4 text-faint" aria-hidden="true" /> Purge
          </Button>
        </div>
      }
    >
      {overview.isError && (
        <ErrorNotice
          title="The cache could not be read"
          error={overview.error}
          onRetry={refresh}
          className="mb-6"
        />
      )}
      {overview.isPending && <Waiting />}
      {overview.data?.requests === 0 && <NoCache />}
      {overview.data !== undefined && overview.data.requests > 0 && (
        <Overview overview={overview.data} range={search} isStale={overview.isPlaceholderData} />
      )}
      {isPurging && <PurgeDialog onClose={() => setIsPurging(false)} />}
    </Page>
  )
}

interface OverviewProps {
  overview: CacheOverview
  range: RangeSearch
  /** Of the range that was shown before. */
  isStale: boolean
}

function Overview({ overview, range, isStale }: OverviewProps) {
  return (
    <div
      aria-busy={isStale}
      data-testid="cache-overview"
      className={cx('flex flex-col gap-10 transition-opacity', isStale && 'opacity-50')}
    >
      <Figures overview={overview} range={range} />
      <section>
        <h2 className="mb-2 text-base font-semibold">Over time</h2>
        <CacheChart overview={overview} />
      </section>
      <section>
        <h2 className="mb-3 text-base font-semibold">Top entries</h2>
        {overview.top.length === 0 ? (
          <p className="border-y py-5 text-center text-muted">
            No answer was given again yet. The second call that asks the same will be.
          </p>
        ) : (
          <TopEntries entries={overview.top} range={range} />
        )}
      </section>
    </div>
  )
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading the cache" className="flex flex-col gap-10">
      <FiguresSkeleton />
      <Skeleton className="h-44 rounded-lg" />
      <div className="flex flex-col gap-5 border-t pt-5">
        <Skeleton className="w-2/3" />
        <Skeleton className="w-1/2" />
        <Skeleton className="w-3/5" />
      </div>
    </div>
  )
}
