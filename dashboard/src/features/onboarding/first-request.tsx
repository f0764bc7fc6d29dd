/** Waits for a request and says so when it came: over the live feed, and by asking when that is away. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { useState } from 'react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { buttonClass } from '../../components/button.tsx'
import { LiveDot } from '../../components/live-dot.tsx'
import { api } from '../../lib/api.ts'
import { cx } from '../../lib/cx.ts'
import { formatAgo, formatMs } from '../../lib/format.ts'
import { useLiveFeed, useLiveState } from '../../lib/live.ts'
import { ProviderTile } from '../requests/provider-tile.tsx'
import { lookOfRow } from '../requests/status.ts'
import { Status } from '../requests/status-dot.tsx'

const POLL_LIVE_MS = 10_000
const POLL_OFFLINE_MS = 2_000
const NEWEST_KEY = ['newest-request']

export function FirstRequest() {
  const client = useQueryClient()
  const liveState = useLiveState()
  const [pushed, setPushed] = useState<RequestRow | null>(null)
  const newest = useQuery({
    queryKey: NEWEST_KEY,
    queryFn: ({ signal }) =>
      api.queryRequests({ filter: 'all', limit: 1, sort: { created_at: 'desc' } }, signal),
    refetchInterval: liveState === 'live' ? POLL_LIVE_MS : POLL_OFFLINE_MS,
    staleTime: 0,
  })
  useLiveFeed(
    (rows) => setPushed(rows.at(-1) ?? null),
    () => void client.invalidateQueries({ queryKey: NEWEST_KEY }),
  )
  const asked = newest.data?.[0] ?? null
  const row = newer(pushed, asked)
  // It asks on and on: between two failures nothing is known either.
  const isUnread = newest.isError || (newest.isPending && newest.errorUpdateCount > 0)
  const state = row !== null ? 'received' : isUnread ? 'unread' : 'waiting'
  const isGood = row !== null && lookOfRow(row).tone === 'ok'
  return (
    <section
      aria-label="Your first request"
      aria-live="polite"
      data-testid="first-request-status"
      data-state={state === 'waiting' && newest.isPending ? 'loading' : state}
      className={cx(
        'flex min-h-16 flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border px-4 py-3 transition-colors',
        isGood ? 'border-ok/30 bg-ok-wash' : 'bg-canvas',
      )}
    >
      <LiveDot state={row !== null ? 'live' : isUnread ? 'off' : 'waiting'} />
      {row === null ? (
        <div className="min-w-0 flex-1">
          <p className="font-medium text-ink">
            {isUnread ? 'Your requests could not be read' : 'Waiting for your first request…'}
          </p>
          <p className="text-muted">
            {isUnread
              ? 'It is not known whether one came. This asks again by itself.'
              : 'Run the snippet; this turns by itself.'}
          </p>
        </div>
      ) : (
        <Received row={row} />
      )}
    </section>
  )
}

function Received({ row }: { row: RequestRow }) {
  return (
    <>
      <div key={row.heliograph.id} className="min-w-0 flex-1 animate-fade">
        <p className="font-medium text-ink">
          Received{' '}
          <span className="font-normal text-muted">{formatAgo(row.request_created_at)}</span>
        </p>
        <p className="flex flex-wrap items-center gap-x-3 text-muted">
          <span className="inline-flex min-w-0 items-center gap-1.5">
            <ProviderTile provider={row.heliograph.provider} />
            <span className="truncate">{row.model}</span>
          </span>
          <Status look={lookOfRow(row)} />
          <span>{formatMs(row.delay_ms)}</span>
        </p>
      </div>
      <Link
        to="/"
        search={{ request: row.heliograph.id }}
        data-testid="open-first-request"
        className={buttonClass('primary')}
      >
        Open request <ArrowRight className="size-4" aria-hidden="true" />
      </Link>
    </>
  )
}

/** Row ids begin with the arrival time. */
function newer(a: RequestRow | null, b: RequestRow | null): RequestRow | null {
  if (a === null || b === null) return a ?? b
  return a.heliograph.id > b.heliograph.id ? a : b
}
