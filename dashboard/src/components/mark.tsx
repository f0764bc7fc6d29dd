/** The heliograph: a mirror's half disc on its stand, catching the sun. Stroke follows the text colour. */
import { cx } from '../lib/cx.ts'

export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <g className="text-accent" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round">
        <path d="M5 16.25a7 7 0 0 1 14 0" />
        <path d="M12 5.4V3.2M18.2 7.7l1.5-1.5M5.8 7.7 4.3 6.2" />
        <circle cx="12" cy="16.25" r="2.35" fill="currentColor" stroke="none" />
      </g>
      <path d="M4.5 20.6h15" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round" />
    </svg>
  )
}

export function Wordmark({ className }: { className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2 text-ink', className)}>
      <Mark />
      <span className="text-base font-semibold tracking-[-0.015em]">Heliograph</span>
    </span>
  )
}
