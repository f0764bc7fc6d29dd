/** Where the time went: one axis from the arrival of the request to the last byte. */
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { cx } from '../../lib/cx.ts'
import {
  formatBytes,
  formatCount,
  formatFullTime,
  formatMs,
  formatPercent,
} from '../../lib/format.ts'
import { AttemptList } from './attempt-list.tsx'
import { Facts, Section } from './section.tsx'

/** A quarter of less is no time that could be read. */
const COARSE_MS = 4

interface Phase {
  label: string
  hint: string
  from: number
  to: number
  ink: string
}

export function TimingView({ row }: { row: RequestRow }) {
  const { timing, attempts, is_stream: isStream, request_bytes, response_bytes } = row.heliograph
  const total = Math.max(timing.totalMs, 0.001)
  const phases = phasesOf(row)
  const tokens = row.completion_tokens
  const writing = timing.firstByteMs === null ? null : timing.totalMs - timing.firstByteMs
  const speed =
    isStream && tokens !== null && writing !== null && writing > 50
      ? tokens / (writing / 1000)
      : null
  return (
    <div className="pb-10" data-testid="timing">
      <Section title="Phases">
        <ol className="flex flex-col gap-1">
          {phases.map((phase) => (
            <li
              key={phase.label}
              className="grid grid-cols-[5.5rem_1fr_4.5rem] sm:grid-cols-[8.5rem_1fr_5rem] items-center gap-3"
              title={phase.hint}
            >
              <span className="truncate text-muted">{phase.label}</span>
              <span className="relative h-4 rounded-sm bg-sunken" aria-hidden="true">
                <span
                  className={cx('absolute inset-y-0 min-w-[2px] rounded-sm', phase.ink)}
                  style={{
                    left: `${String((phase.from / total) * 100)}%`,
                    width: `${String(((phase.to - phase.from) / total) * 100)}%`,
                  }}
                />
              </span>
              <span className="text-right text-ink">{formatMs(phase.to - phase.from)}</span>
            </li>
          ))}
          <li className="mt-1 grid grid-cols-[5.5rem_1fr_4.5rem] sm:grid-cols-[8.5rem_1fr_5rem] items-center gap-3 border-t pt-2 font-medium">
            <span>Total</span>
            <span
              className="flex justify-between whitespace-nowrap text-2xs font-normal text-faint"
              aria-hidden="true"
            >
              {(total < COARSE_MS ? [0, 1] : [0, 0.25, 0.5, 0.75, 1]).map((share) => (
                <span key={share} className={cx(share % 1 !== 0 && 'max-sm:hidden')}>
                  {share === 0 ? '0' : formatMs(total * share)}
                </span>
              ))}
            </span>
            <span className="text-right">{formatMs(timing.totalMs)}</span>
          </li>
        </ol>
      </Section>
      <Section title="Facts">
        <Facts
          rows={[
            { label: 'Arrived', value: formatFullTime(row.request_created_at) },
            {
              label: 'Added by the gateway',
              value: `${formatMs(timing.gatewayMs)} · ${formatPercent(timing.gatewayMs / total)} of the whole`,
            },
            { label: 'Key check', value: formatMs(timing.authMs) },
            { label: 'Time to first token', value: formatMs(row.time_to_first_token) },
            ...(speed === null
              ? []
              : [{ label: 'Writing speed', value: `${speed.toFixed(0)} tokens/s` }]),
            ...(isStream
              ? [
                  { label: 'Chunks', value: formatCount(timing.chunks) },
                  { label: 'Longest gap between chunks', value: formatMs(timing.maxGapMs) },
                  { label: 'Mean gap', value: formatMs(timing.meanGapMs) },
                ]
              : []),
            { label: 'Sent', value: formatBytes(request_bytes) },
            { label: 'Received', value: formatBytes(response_bytes) },
          ]}
        />
      </Section>
      <Section title={attempts.length > 1 ? `${String(attempts.length)} attempts` : 'Attempt'}>
        <AttemptList attempts={attempts} />
      </Section>
    </div>
  )
}

function phasesOf({ heliograph: { timing, is_stream: isStream } }: RequestRow): Phase[] {
  const { gatewayMs, upstreamHeadersMs, firstByteMs, totalMs } = timing
  const phases: Phase[] = [
    {
      label: 'Gateway',
      hint: 'Our own work before the provider was called',
      from: 0,
      to: gatewayMs,
      ink: 'bg-teal',
    },
  ]
  if (upstreamHeadersMs === null) {
    phases.push({
      label: 'Waiting',
      hint: 'No answer came',
      from: gatewayMs,
      to: totalMs,
      ink: 'bg-bad',
    })
    return phases
  }
  phases.push({
    label: 'Provider',
    hint: 'Until its response headers',
    from: gatewayMs,
    to: upstreamHeadersMs,
    ink: 'bg-info',
  })
  const first = firstByteMs ?? totalMs
  if (isStream && first > upstreamHeadersMs) {
    phases.push({
      label: 'First token',
      hint: 'From the headers to the first content',
      from: upstreamHeadersMs,
      to: first,
      ink: 'bg-accent',
    })
  }
  const start = isStream ? first : upstreamHeadersMs
  phases.push({
    label: isStream ? 'Writing' : 'Transfer',
    hint: 'Until the last byte',
    from: start,
    to: totalMs,
    ink: 'bg-ok',
  })
  return phases.map((phase) => ({
    ...phase,
    to: Math.max(phase.from, Math.min(phase.to, totalMs)),
  }))
}
