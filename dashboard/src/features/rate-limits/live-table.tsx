/** The busiest counters: what is left of each, and when it is whole again. */
import type { LiveLimit } from '../../../../src/contracts/api/rate-limits.ts'
import type { ApiKeyRow } from '../../../../src/contracts/api/session.ts'
import { cx } from '../../lib/cx.ts'
import { formatCount, formatWait, UNKNOWN } from '../../lib/format.ts'
import { useNow } from '../../lib/use-now.ts'
import { figureOf, sentenceOfPolicy } from './policy.ts'
import { readSegment } from './segment.ts'
import { SegmentName } from './segment-name.tsx'

const MOST_ROWS = 12
const GRID =
  'grid items-center gap-x-4 gap-y-1.5 md:grid-cols-[minmax(0,1fr)_10rem_4.5rem_3rem_3rem] lg:grid-cols-[minmax(0,1fr)_15rem_5rem_4rem_4rem] lg:gap-x-6'

export interface LiveTableProps {
  limits: readonly LiveLimit[]
  keys: readonly ApiKeyRow[]
  /** Epoch ms of the answer: the clocks run on from there. */
  readAt: number
}

export function LiveTable({ limits, keys, readAt }: LiveTableProps) {
  const now = useNow(1_000)
  const passed = Math.max(0, Math.round((now - readAt) / 1_000))
  const busiest = limits.toSorted((a, b) => b.calls - a.calls).slice(0, MOST_ROWS)
  return (
    <div role="table" aria-label="Limits at work" className="border-y text-sm">
      <div
        role="row"
        className={cx(GRID, 'h-8 border-b text-xs font-medium text-faint max-md:sr-only')}
      >
        <span role="columnheader">Who</span>
        <span role="columnheader">Left</span>
        <Head>Resets in</Head>
        <Head>Calls</Head>
        <Head>Denied</Head>
      </div>
      {busiest.map((limit) => (
        <LiveRow
          key={`${limit.policy} ${limit.segment}`}
          limit={limit}
          keys={keys}
          passed={passed}
        />
      ))}
    </div>
  )
}

function Head({ children }: { children: string }) {
  return (
    <span role="columnheader" className="whitespace-nowrap text-right">
      {children}
    </span>
  )
}

function LiveRow(props: { limit: LiveLimit; keys: readonly ApiKeyRow[]; passed: number }) {
  const { limit, keys, passed } = props
  const { resetSeconds, calls, denied } = limit
  const wait = resetSeconds === null ? null : Math.max(0, resetSeconds - passed)
  return (
    <div
      role="row"
      data-testid="live-limit"
      data-segment={limit.segment}
      className={cx(GRID, 'border-b py-2.5 last:border-b-0')}
    >
      <span role="cell" className="min-w-0">
        <SegmentName segment={readSegment(limit.segment, keys)} />
        <span className="block truncate pl-[22px] text-xs text-faint">
          {sentenceOfPolicy(limit.policy)}
        </span>
      </span>
      <span role="cell" className="max-md:pl-[22px]">
        <Meter limit={limit} />
      </span>
      <span role="presentation" className="flex gap-x-4 max-md:pl-[22px] md:contents">
        <Figure
          {...(wait === 0 ? {} : { before: 'resets in' })}
          isQuiet={wait === 0 || wait === null}
        >
          {wait === 0 ? 'full' : formatWait(wait)}
        </Figure>
        <Figure after="calls">{formatCount(calls)}</Figure>
        <Figure after="denied" isQuiet={denied === 0} isBad={denied > 0}>
          {formatCount(denied)}
        </Figure>
      </span>
    </div>
  )
}

interface FigureProps {
  /** Said where there is no head above. */
  before?: string
  after?: string
  isQuiet?: boolean
  isBad?: boolean
  children: string
}

function Figure({ before, after, isQuiet = false, isBad = false, children }: FigureProps) {
  const label = 'font-normal text-faint md:hidden'
  return (
    <span
      role="cell"
      className={cx(
        'whitespace-nowrap max-md:text-xs md:text-right',
        isBad ? 'font-medium text-bad-ink' : isQuiet ? 'text-faint' : 'text-ink',
      )}
    >
      {before !== undefined && <span className={label}>{before} </span>}
      {children}
      {after !== undefined && <span className={label}> {after}</span>}
    </span>
  )
}

/** A bar of what is left; a limiter that did not answer has none. */
function Meter({ limit: { remaining, limit, unit, segment } }: { limit: LiveLimit }) {
  if (remaining === null) {
    return (
      <span className="text-xs text-faint" title="Its calls go on, unless the settings say other">
        {UNKNOWN} the limiter does not answer
      </span>
    )
  }
  const share = limit <= 0 ? 0 : Math.min(1, remaining / limit)
  const ink = share === 0 ? 'bg-bad' : share < 0.2 ? 'bg-warn' : 'bg-teal'
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between text-xs">
        <span className={cx('font-medium', share === 0 ? 'text-bad-ink' : 'text-ink')}>
          {figureOf(remaining, unit)}
        </span>
        <span className="text-faint">of {figureOf(limit, unit)}</span>
      </span>
      <span
        role="meter"
        aria-label={`Left for ${segment}`}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={remaining}
        className="relative block h-1.5 overflow-hidden rounded-full bg-active"
      >
        <span
          className={cx('absolute inset-y-0 left-0 rounded-full transition-[width]', ink)}
          style={{ width: `${String(share * 100)}%` }}
        />
      </span>
    </span>
  )
}
