/** What the cache was worth: four figures over one line. */
import type { ReactNode } from 'react'
import type { CacheOverview } from '../../../../src/contracts/api/cache.ts'
import { Skeleton } from '../../components/skeleton.tsx'
import { formatCount, formatPercent, formatSpan, formatUsd, UNKNOWN } from '../../lib/format.ts'

/** Times that an answer was given again: fresh, shared or stale. */
export function givenAgain({
  hits,
  coalesced,
  stale,
}: Pick<CacheOverview, 'hits' | 'coalesced' | 'stale'>): number {
  return hits + coalesced + stale
}

export function Figures({ overview }: { overview: CacheOverview }) {
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
      />
      <Saved overview={overview} />
      <Figure
        label="Saved time"
        value={again === 0 ? UNKNOWN : formatSpan(savedMs)}
        note={again === 0 ? 'nothing was given again' : `${formatSpan(savedMs / again)} a call`}
        testId="saved-time"
      />
      <Figure
        label="Given again"
        value={formatCount(again)}
        note={`${formatCount(misses)} ${misses === 1 ? 'was' : 'were'} asked of a provider`}
        testId="given-again"
      />
    </Frame>
  )
}

/** What has no price is said to have none: it is not $0. */
function Saved({ overview: { savedUsd, savedUnpriced } }: { overview: CacheOverview }) {
  const unpriced = `${formatCount(savedUnpriced)} unpriced`
  return (
    <Figure
      label="Saved money"
      value={
        savedUsd === null ? <span className="text-warn-ink">Unpriced</span> : formatUsd(savedUsd)
      }
      note={
        savedUsd === null
          ? 'no price is known for these models'
          : savedUnpriced > 0
            ? `and ${unpriced}`
            : 'at list prices'
      }
      testId="saved-money"
    />
  )
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
}

function Figure({ label, value, note, testId }: FigureProps) {
  return (
    <div className="bg-surface px-4 py-3.5" data-testid={testId}>
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="mt-1 text-xl font-semibold tracking-[-0.02em] text-ink sm:text-2xl">
        {value}
      </dd>
      <dd className="mt-0.5 text-xs text-faint">{note}</dd>
    </div>
  )
}
