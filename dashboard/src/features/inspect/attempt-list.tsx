/** Every time that a provider was called for one request, in order. */
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Badge } from '../../components/badge.tsx'
import { formatMs } from '../../lib/format.ts'

export function AttemptList({ attempts }: { attempts: RequestRow['heliograph']['attempts'] }) {
  if (attempts.length === 0) {
    return <p className="text-sm text-faint">No provider was called.</p>
  }
  return (
    <ol className="flex flex-col gap-2">
      {attempts.map((attempt, index) => (
        <li key={index} data-testid="attempt" className="rounded-lg border px-3 py-2">
          <div className="flex items-center gap-2">
            <span className="font-medium">{attempt.provider}</span>
            <Badge tone={attempt.status !== null && attempt.status < 400 ? 'ok' : 'bad'}>
              {attempt.status ?? 'no answer'}
            </Badge>
            <span className="ml-auto">{formatMs(attempt.durationMs)}</span>
          </div>
          <p className="mt-1 font-mono text-xs [overflow-wrap:anywhere] text-faint">
            {attempt.targetUrl}
          </p>
          {attempt.error !== null && <p className="mt-1 text-bad-ink">{attempt.error}</p>}
          {attempt.waitMs > 0 && (
            <p className="mt-1 text-xs text-faint">after waiting {formatMs(attempt.waitMs)}</p>
          )}
        </li>
      ))}
    </ol>
  )
}
