import { cx } from '../lib/cx.ts'

/** The beacon: pulses while something is being waited for or watched. */
export function LiveDot({ state }: { state: 'live' | 'waiting' | 'off' }) {
  const colour = state === 'live' ? 'bg-ok' : state === 'waiting' ? 'bg-accent' : 'bg-control'
  return (
    <span className="relative inline-flex size-2 shrink-0" aria-hidden="true">
      {state !== 'off' && (
        <span className={cx('absolute inset-0 rounded-full animate-beacon', colour)} />
      )}
      <span className={cx('relative size-2 rounded-full', colour)} />
    </span>
  )
}
