/** What the table shows in each column. */
import { ArrowRight, CornerDownRight, Wrench } from 'lucide-react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Badge } from '../../components/badge.tsx'
import { cx } from '../../lib/cx.ts'
import {
  formatCount,
  formatFullTime,
  formatMs,
  formatPercent,
  formatRowTime,
  formatShortCount,
  formatShortUsd,
  formatUsd,
  UNKNOWN,
} from '../../lib/format.ts'
import { PolicyMarks } from './policy-marks.tsx'
import { providerName, ProviderTile } from './provider-tile.tsx'
import { carriesError } from './status.ts'

export function TimeCell({ row }: { row: RequestRow }) {
  const { day, time } = formatRowTime(row.request_created_at)
  return (
    <time
      dateTime={row.request_created_at}
      title={formatFullTime(row.request_created_at)}
      className="text-muted"
    >
      {day !== null && <span className="text-faint">{day} </span>}
      {time}
    </time>
  )
}

export function ModelCell({ row }: { row: RequestRow }) {
  return (
    <span
      className="flex min-w-0 items-center gap-2"
      title={`${row.model} · ${providerName(row.heliograph.provider)}`}
    >
      <ProviderTile provider={row.heliograph.provider} />
      <span className="truncate text-ink">{row.model}</span>
      <span className="sr-only">{providerName(row.heliograph.provider)}</span>
    </span>
  )
}

/** One line each way; what went wrong replaces an answer that never came, or that it is the end of. */
export function PreviewCell({ row, isStacked = false }: { row: RequestRow; isStacked?: boolean }) {
  const {
    request_preview: request,
    response_preview: response,
    error_message: error,
  } = row.heliograph
  const hasFailed = error !== null && (response === null || carriesError(row))
  const answer = hasFailed ? error : response
  return (
    <span className={cx('flex min-w-0', isStacked ? 'flex-col' : 'items-center gap-3')}>
      <span dir="auto" className={cx('truncate text-ink', !isStacked && 'flex-1 basis-0')}>
        {request ?? <span className="text-faint">{row.request_path}</span>}
      </span>
      {!isStacked && (
        <span
          className={cx(
            'flex min-w-0 flex-1 basis-0 items-center gap-1.5',
            // Where room is short, one half says more than two quarters; failures always show.
            hasFailed ? '@max-2xl:flex-[1.4]' : '@max-2xl:flex-none',
            hasFailed ? 'text-bad-ink' : 'text-muted',
          )}
        >
          {answer !== null && (
            <CornerDownRight
              className={cx('size-3 shrink-0 text-faint', !hasFailed && '@max-2xl:hidden')}
              aria-hidden="true"
            />
          )}
          <span dir="auto" className={cx('truncate', !hasFailed && '@max-2xl:hidden')}>
            {answer}
          </span>
          <ToolCount count={row.heliograph.tool_calls} />
          {/* Where room is short, the error says more than the word for it. */}
          <PolicyMarks row={row} className="ml-auto @max-2xl:[&_[data-word]]:sr-only" />
        </span>
      )}
    </span>
  )
}

function ToolCount({ count }: { count: number }) {
  if (count === 0) return null
  return (
    <span
      className="inline-flex shrink-0 items-center gap-0.5 text-2xs text-violet-ink"
      title={`${String(count)} tool ${count === 1 ? 'call' : 'calls'}`}
    >
      <Wrench className="size-3" aria-hidden="true" />
      {count}
      <span className="sr-only"> tool calls</span>
    </span>
  )
}

export function TokensCell({ row }: { row: RequestRow }) {
  const { prompt_tokens: input, completion_tokens: output, prompt_cache_read_tokens: read } = row
  if (input === null && output === null) return <span className="text-faint">{UNKNOWN}</span>
  const share = input === null || input === 0 || read === null ? null : read / input
  const title = [
    `${formatCount(input)} in`,
    `${formatCount(output)} out`,
    ...(read === null ? [] : [`${formatCount(read)} of the input read from the provider's cache`]),
  ].join(', ')
  return (
    <span className="flex items-center justify-end gap-1 text-muted" title={title}>
      {share !== null && share > 0 && (
        <span className="mr-1 text-2xs text-teal-ink">
          {formatPercent(share)}
          <span className="sr-only"> cached</span>
        </span>
      )}
      <span>{formatShortCount(input)}</span>
      <ArrowRight className="size-2.5 text-faint" role="img" aria-label="to" />
      <span className="min-w-8 text-right">{formatShortCount(output)}</span>
    </span>
  )
}

export function CostCell({ row }: { row: RequestRow }) {
  const { source, priceModel, priceVersion } = row.heliograph.cost
  if (source === 'unpriced') {
    return (
      <Badge tone="warn" title={`No price is known for ${row.model}; this is not $0.`}>
        unpriced
      </Badge>
    )
  }
  if (source === 'free') return <span className="text-faint">free</span>
  if (row.cost === null) {
    return (
      <span className="text-faint" title="The provider reported no usage">
        {UNKNOWN}
      </span>
    )
  }
  if (source === 'cached') {
    return (
      <span className="text-faint" title={savingOf(row)}>
        {formatUsd(row.cost)}
      </span>
    )
  }
  const origin =
    source === 'provider'
      ? 'As the provider reported it'
      : `${priceModel ?? ''} · ${priceVersion ?? ''}`
  return (
    <span className="text-ink" title={`${formatUsd(row.cost)} · ${origin}`}>
      {formatShortUsd(row.cost)}
    </span>
  )
}

function savingOf({ heliograph: { saved_usd: usd } }: RequestRow): string {
  return usd === null
    ? 'Answered from the cache; what it saved is unpriced'
    : `Answered from the cache, saved ${formatUsd(usd)}`
}

const LONGEST_BAR_MS = 30_000
const SLOW_MS = 20_000

/** Square root, so that 200 ms and 20 s both show on one short track. */
export function LatencyCell({ row }: { row: RequestRow }) {
  const total = row.delay_ms
  if (total === null) return <span className="text-faint">{UNKNOWN}</span>
  const ttft = row.time_to_first_token
  const width = Math.max(0.06, Math.min(1, Math.sqrt(total / LONGEST_BAR_MS)))
  const tick = ttft === null || total === 0 ? null : Math.min(1, ttft / total)
  const title = `${formatMs(total)} in all${ttft === null ? '' : `, first token after ${formatMs(ttft)}`}`
  return (
    <span className="flex items-center justify-end gap-2" title={title}>
      <span className="relative h-2.5 w-8 shrink-0" aria-hidden="true">
        <span className="absolute inset-x-0 top-[3px] h-1 rounded-full bg-active" />
        <span
          className={cx(
            'absolute top-[3px] left-0 h-1 rounded-full',
            total > SLOW_MS ? 'bg-warn' : 'bg-control',
          )}
          style={{ width: `${String(width * 100)}%` }}
        />
        {tick !== null && (
          <span
            className="absolute inset-y-0 w-[2px] rounded-full bg-accent"
            style={{ left: `${String(width * tick * 100)}%` }}
          />
        )}
      </span>
      <span className="w-14 text-right text-ink">{formatMs(total)}</span>
    </span>
  )
}

export function TextCell({ text }: { text: string | null }) {
  return text === null ? (
    <span className="text-faint">{UNKNOWN}</span>
  ) : (
    <span className="block truncate text-muted" title={text}>
      {text}
    </span>
  )
}
