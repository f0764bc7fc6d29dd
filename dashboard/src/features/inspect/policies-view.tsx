/** What the policies did with one call: cache, limits, retries, fallbacks, timers, and what they could not read. */
import { useQuery } from '@tanstack/react-query'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Badge } from '../../components/badge.tsx'
import { Notice } from '../../components/notice.tsx'
import { api } from '../../lib/api.ts'
import { formatMs, UNKNOWN } from '../../lib/format.ts'
import { figureOf, parsePolicy, sentenceOfPolicy } from '../rate-limits/policy.ts'
import { readSegment } from '../rate-limits/segment.ts'
import { SegmentName } from '../rate-limits/segment-name.tsx'
import { AttemptList } from './attempt-list.tsx'
import { CacheFacts } from './cache-facts.tsx'
import { Facts, Section } from './section.tsx'

const TIMERS: Readonly<Record<string, string>> = {
  headers: 'Connect: no response headers came in time',
  first_token: 'First token: the first piece of the answer did not come in time',
  idle: 'Idle: the answer fell silent for too long',
  total: 'Total: the whole call took too long',
}

export function PoliciesView({ row }: { row: RequestRow }) {
  const { attempts, fallback_index: fallback, timer, warnings } = row.heliograph
  const waitedMs = attempts.reduce((sum, { waitMs }) => sum + waitMs, 0)
  return (
    <div className="pb-10" data-testid="policies">
      {timer !== null && (
        <Notice kind="bad" title="A timer ended the call" className="mx-5 mt-5" testId="timer">
          {TIMERS[timer] ?? timer}
        </Notice>
      )}
      <Section title="Cache">
        <CacheFacts row={row} />
      </Section>
      <Section title="Rate limits">
        <Limits row={row} />
      </Section>
      <Section title="Retries and fallbacks">
        {(attempts.length > 1 || fallback !== null) && (
          <div className="mb-3">
            <Facts
              rows={[
                { label: 'Attempts', value: String(attempts.length) },
                {
                  label: 'Waited between them',
                  value: waitedMs === 0 ? UNKNOWN : formatMs(waitedMs),
                },
                ...(fallback === null
                  ? []
                  : [
                      {
                        label: 'Answered by',
                        value: `entry ${String(fallback)} of the fallbacks`,
                      },
                    ]),
              ]}
            />
          </div>
        )}
        <AttemptList attempts={attempts} />
      </Section>
      {warnings.length > 0 && (
        <Section title="Warnings">
          <div className="flex flex-col gap-2">
            {warnings.map((warning, index) => (
              <Notice
                key={index}
                kind="warn"
                title={warning.header ?? warning.code}
                testId="warning"
              >
                {warning.message}
              </Notice>
            ))}
          </div>
        </Section>
      )}
    </div>
  )
}

function Limits({ row }: { row: RequestRow }) {
  const { limits } = row.heliograph
  const hasKeys = limits.some(({ segment }) => segment?.startsWith('key:'))
  const keys = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => api.keys(signal),
    enabled: hasKeys,
  })
  if (limits.length === 0) return <p className="text-sm text-faint">No limit was asked.</p>
  return (
    <ul className="divide-y divide-line/70 border-y border-line/70">
      {limits.map((limit, index) => (
        <li key={index} data-testid="limit-fact" className="flex items-center gap-6 py-2">
          <span className="min-w-0 flex-1">
            {limit.segment === null ? (
              <span className="text-muted">Not counted: the call lacks what it counts by</span>
            ) : (
              <SegmentName segment={readSegment(limit.segment, keys.data)} />
            )}
            <span className="block truncate pl-[22px] text-xs text-faint" title={limit.policy}>
              {sentenceOfPolicy(limit.policy)}
            </span>
          </span>
          <Verdict limit={limit} />
        </li>
      ))}
    </ul>
  )
}

function Verdict({ limit }: { limit: RequestRow['heliograph']['limits'][number] }) {
  if (limit.denied) return <Badge tone="bad">denied</Badge>
  if (limit.unavailable) {
    return (
      <Badge tone="warn" title="The limiter did not answer">
        unavailable
      </Badge>
    )
  }
  if (limit.remaining === null) return null
  const policy = parsePolicy(limit.policy)
  const unit = policy?.unit ?? 'request'
  return (
    <span className="shrink-0 text-right">
      {figureOf(limit.remaining, unit)}
      <span className="text-faint">
        {policy === null ? '' : ` of ${figureOf(policy.quota, unit)}`} left
      </span>
    </span>
  )
}
