/** What the policies did with a call, as quiet marks: denied, from the cache, tried again, fallen back. Nothing for the usual. */
import { Gauge, RotateCw, Split } from 'lucide-react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Badge } from '../../components/badge.tsx'
import { cx } from '../../lib/cx.ts'
import { CACHE_MEANINGS } from './cache-status.ts'
import type { CacheStatus } from './cache-status.ts'
import { RATE_LIMITED } from './filter.ts'

const INKS: Partial<Record<CacheStatus, string>> = {
  hit: 'text-teal-ink',
  coalesced: 'text-info-ink',
  stale: 'text-warn-ink',
}

export function CacheBadge({ status }: { status: CacheStatus }) {
  return (
    <Badge
      data-testid="cache-badge"
      title={CACHE_MEANINGS[status]}
      className="tracking-[0.04em] uppercase"
    >
      <span className={INKS[status]}>{status}</span>
    </Badge>
  )
}

/** True when another entry of the caller's list than the first one to be tried has answered. */
export function hasFallenBack({ heliograph: extra }: RequestRow): boolean {
  const { fallback_index: index, attempts } = extra
  return index !== null && (index > 0 || attempts.length > 1)
}

export function PolicyMarks({ row, className }: { row: RequestRow; className?: string }) {
  const { cache_status: status, attempts, fallback_index: index, error_code: code } = row.heliograph
  const isGivenAgain = status !== null && INKS[status] !== undefined
  const isFallback = hasFallenBack(row)
  const isDenied = code === RATE_LIMITED
  if (!isDenied && !isGivenAgain && attempts.length < 2 && !isFallback) return null
  return (
    <span className={cx('inline-flex shrink-0 items-center gap-2', className)}>
      {isDenied && (
        <Badge
          data-testid="limited"
          tone="warn"
          title="A rate limit of yours denied it; no provider was called"
        >
          <Gauge className="size-3" aria-hidden="true" />
          <span data-word>limited</span>
        </Badge>
      )}
      {attempts.length > 1 && (
        <span
          data-testid="retried"
          title={`Tried ${String(attempts.length)} times`}
          className="inline-flex items-center gap-0.5 text-2xs text-warn-ink"
        >
          <RotateCw className="size-3" aria-hidden="true" />
          {attempts.length}
          <span className="sr-only"> attempts</span>
        </span>
      )}
      {isFallback && (
        <span
          data-testid="fallen-back"
          title={`Answered by fallback ${String(index)}`}
          className="inline-flex items-center text-2xs text-warn-ink"
        >
          <Split className="size-3" aria-hidden="true" />
          <span className="sr-only">answered by a fallback</span>
        </span>
      )}
      {isGivenAgain && <CacheBadge status={status} />}
    </span>
  )
}
