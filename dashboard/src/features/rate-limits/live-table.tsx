/** The busiest counters: what is left of each, and when it is full again. */
import type { LiveLimit } from '../../../../src/contracts/api/rate-limits.ts'
import type { ApiKeyRow } from '../../../../src/contracts/api/session.ts'
import { cx } from '../../lib/cx.ts'
import { formatCount, formatWait, UNKNOWN } from '../../lib/format.ts'
import { useNow } from '../../lib/use-now.ts'
import { levelAfter } from './level.ts'
import type { Level } from './level.ts'
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
        <Head>Full in</Head>
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
  const { calls, denied } = limit
  const level = levelAfter(limit, passed)
  const wait = level.fullInSeconds
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
        <Meter limit={limit} level={level} />
      </span>
      <span role="presentation" className="flex gap-x-4 max-md:pl-[22px] md:contents">
        <Figure
          {...(wait === 0 ? {} : { before: 'full in' })}
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
function Meter({ limit: { limit, unit, segment }, level }: { limit: LiveLimit; level: Level }) {
  const { left, fullInSeconds, nextInSeconds } = level
  if (left === null) {
    return (
      <span className="text-xs text-faint" title="Its calls go on, unless the settings say other">
        {UNKNOWN} the limiter does not answer
      </span>
    )
  }
  // A limit below one has nothing to give, and is full all the same.
  const share = fullInSeconds === 0 ? 1 : limit <= 0 ? 0 : Math.min(1, left / limit)
  const ink = share === 0 ? 'bg-bad' : share < 0.2 ? 'bg-warn' : 'bg-teal'
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between text-xs">
        <span className={cx('font-medium', share === 0 ? 'text-bad-ink' : 'text-ink')}>
          {figureOf(left, unit)}
          {nextInSeconds !== null && (
            <span className="ml-2 font-normal text-faint" data-testid="next-in">
              next in {formatWait(nextInSeconds)}
            </span>
          )}
        </span>
        <span className="text-faint">of {figureOf(limit, unit)}</span>
      </span>
      <span
        role="meter"
        aria-label={`Left for ${segment}`}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={left}
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
