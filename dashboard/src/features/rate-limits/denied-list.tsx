/** Who was told to wait, the most often first. */
import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import type { LiveLimit } from '../../../../src/contracts/api/rate-limits.ts'
import type { ApiKeyRow } from '../../../../src/contracts/api/session.ts'
import { buttonClass } from '../../components/button.tsx'
import { formatAgo, formatCount, formatFullTime } from '../../lib/format.ts'
import { sentenceOfPolicy } from './policy.ts'
import { deniedSearch, readSegment } from './segment.ts'
import { SegmentName } from './segment-name.tsx'

export interface DeniedListProps {
  limits: readonly LiveLimit[]
  keys: readonly ApiKeyRow[]
}

export function DeniedList({ limits, keys }: DeniedListProps) {
  const denied = limits.filter((limit) => limit.denied > 0).toSorted((a, b) => b.denied - a.denied)
  if (denied.length === 0) {
    return (
      <p className="border-y py-5 text-center text-muted" data-testid="nobody-denied">
        Nobody was denied in the last hour.
      </p>
    )
  }
  return (
    <ul className="divide-y border-y">
      {denied.map((limit) => {
        const segment = readSegment(limit.segment, keys)
        return (
          <li
            key={`${limit.policy} ${limit.segment}`}
            data-testid="denied-segment"
            className="flex items-center gap-x-4 py-2.5"
          >
            <span className="min-w-0 flex-1">
              <SegmentName segment={segment} />
              <span className="block truncate pl-[22px] text-xs text-faint">
                {sentenceOfPolicy(limit.policy)}
              </span>
            </span>
            <span className="shrink-0 text-right">
              <span className="block font-medium text-bad-ink">
                {formatCount(limit.denied)} denied
              </span>
              {limit.lastDeniedAt !== null && (
                <time
                  className="block text-xs text-faint"
                  dateTime={new Date(limit.lastDeniedAt).toISOString()}
                  title={formatFullTime(limit.lastDeniedAt)}
                >
                  last {formatAgo(limit.lastDeniedAt)}
                </time>
              )}
            </span>
            <Link
              to="/"
              search={deniedSearch(limit.segment)}
              data-testid="denied-requests"
              aria-label={`Denied requests of ${segment.value}`}
              className={buttonClass('ghost', 'sm', '-mr-2')}
            >
              <span className="max-sm:hidden">Requests</span>
              <ArrowRight className="size-3.5" aria-hidden="true" />
            </Link>
          </li>
        )
      })}
    </ul>
  )
}
