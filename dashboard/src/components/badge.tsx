import type { ComponentProps } from 'react'
import { cx } from '../lib/cx.ts'

export type Tone = 'neutral' | 'ok' | 'warn' | 'bad' | 'info' | 'violet' | 'accent'

const TONES: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted ring-line',
  ok: 'bg-ok-wash text-ok-ink ring-ok/20',
  warn: 'bg-warn-wash text-warn-ink ring-warn/25',
  bad: 'bg-bad-wash text-bad-ink ring-bad/20',
  info: 'bg-info-wash text-info-ink ring-info/20',
  violet: 'bg-violet-wash text-violet-ink ring-violet/20',
  accent: 'bg-accent-wash text-accent-ink ring-accent/30',
}

export interface BadgeProps extends ComponentProps<'span'> {
  tone?: Tone
}

export function Badge({ tone = 'neutral', className, ...rest }: BadgeProps) {
  return (
    <span
      className={cx(
        'inline-flex h-[18px] shrink-0 items-center gap-1 rounded-sm px-1.5 text-2xs font-medium ring-1 ring-inset',
        TONES[tone],
        className,
      )}
      {...rest}
    />
  )
}
