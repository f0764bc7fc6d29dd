/** What the cache was worth: four figures over one line. */
import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import type { ReactNode } from 'react'
import type { CacheOverview } from '../../../../src/contracts/api/cache.ts'
import { buttonClass } from '../../components/button.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import {
  formatCount,
  formatPercent,
  formatSavedMs,
  formatSpan,
  formatUsd,
  UNKNOWN,
} from '../../lib/format.ts'
import { GIVEN_AGAIN } from '../requests/cache-status.ts'
import type { CacheStatus } from '../requests/cache-status.ts'
import type { RangeSearch } from '../requests/search.ts'
import { requestsSearch } from './search.ts'

/** Times that an answer was given again: fresh, shared or stale. */
export function givenAgain({
  hits,
  coalesced,
  stale,
}: Pick<CacheOverview, 'hits' | 'coalesced' | 'stale'>): number {
  return hits + coalesced + stale
}

const NOTHING_AGAIN = 'nothing was given again'

export interface FiguresProps {
  overview: CacheOverview
  /** The requests are looked at over the same time. */
  range: RangeSearch
}

export function Figures({ overview, range }: FiguresProps) {
  const { requests, bypassed, misses, savedMs } = overview
  const again = givenAgain(overview)
  const asked = requests - bypassed
  return (
    <Frame>
      <Figure
        label="Hit rate"
        value={asked === 0 ? UNKNOWN : formatPercent(again / asked)}
        note={`${formatCount(again)} of ${formatCount(asked)} calls`}
        testId="hit-rate"
        link={
          asked > 0 && (
            <ShowRequests of="Hit rate" range={range} statuses={[...GIVEN_AGAIN, 'miss']} />
          )
        }
      />
      <Saved overview={overview} />
      <Figure
        label="Saved time"
        value={formatSavedMs(savedMs)}
        note={savedTimeNote(again, savedMs)}
        testId="saved-time"
      />
      <Figure
        label="Given again"
        value={formatCount(again)}
        note={`${formatCount(misses)} ${misses === 1 ? 'was' : 'were'} asked of a provider`}
        testId="given-again"
        link={again > 0 && <ShowRequests of="Given again" range={range} statuses={GIVEN_AGAIN} />}
      />
    </Frame>
  )
}

function savedTimeNote(again: number, savedMs: number): string {
  if (again === 0) return NOTHING_AGAIN
  return savedMs === 0 ? 'too little to measure' : `${formatSpan(savedMs / again)} a call`
}

function Saved({ overview }: { overview: CacheOverview }) {
  return <Figure label="Saved money" {...savingOf(overview)} testId="saved-money" />
}

/** What has no price is said to have none, and nothing to save is no saving: neither is $0. */
function savingOf(overview: CacheOverview): { value: ReactNode; note: string } {
  const { savedUsd, savedUnpriced } = overview
  if (givenAgain(overview) === 0) return { value: UNKNOWN, note: NOTHING_AGAIN }
  if (savedUsd === null) {
    const value = <span className="text-warn-ink">Unpriced</span>
    return { value, note: 'no price is known for these models' }
  }
  if (savedUnpriced > 0) {
    return { value: formatUsd(savedUsd), note: `and ${formatCount(savedUnpriced)} unpriced` }
  }
  const note = isAllSandbox(overview) ? 'sandbox calls are free' : 'at list prices'
  return { value: formatUsd(savedUsd), note }
}

/** False also when more was given again than is listed. */
function isAllSandbox(overview: CacheOverview): boolean {
  const free = overview.top.filter(({ provider }) => provider === 'sandbox')
  return free.reduce((sum, { hits }) => sum + hits, 0) === givenAgain(overview)
}

export function FiguresSkeleton() {
  return (
    <Frame>
      {Array.from({ length: 4 }, (_, at) => (
        <div key={at} className="flex flex-col gap-3 bg-surface px-4 py-4">
          <Skeleton className="w-20" />
          <Skeleton className="h-6 w-24" />
          <Skeleton className="w-28" />
        </div>
      ))}
    </Frame>
  )
}

/** The lines between the figures are the ground that shows through. */
function Frame({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border bg-line lg:grid-cols-4">
      {children}
    </dl>
  )
}

interface FigureProps {
  label: string
  value: ReactNode
  note: string
  testId: string
  link?: ReactNode
}

function Figure({ label, value, note, testId, link }: FigureProps) {
  return (
    <div className="bg-surface px-4 py-3.5" data-testid={testId}>
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="mt-1 text-xl font-semibold tracking-[-0.02em] text-ink sm:text-2xl">
        {value}
      </dd>
      <dd className="mt-0.5 text-xs text-faint">{note}</dd>
      {link && <dd className="mt-1 -mb-1.5 -ml-2">{link}</dd>}
    </div>
  )
}

interface ShowRequestsProps {
  /** The figure's label. */
  of: string
  range: RangeSearch
  statuses: readonly CacheStatus[]
}

function ShowRequests({ of, range, statuses }: ShowRequestsProps) {
  return (
    <Link
      to="/"
      search={requestsSearch(range, statuses)}
      data-testid="show-requests"
      aria-label={`Show these requests: ${of}`}
      className={buttonClass('ghost', 'sm')}
    >
      Show these requests
      <ArrowRight className="size-3.5 max-[360px]:hidden" aria-hidden="true" />
    </Link>
  )
}
