import { cx } from '../../lib/cx.ts'
import type { StatusLook } from './status.ts'

const DOTS: Record<StatusLook['tone'], string> = {
  ok: 'rounded-full bg-ok',
  warn: 'rotate-45 rounded-[1px] bg-warn',
  bad: 'rounded-[1px] bg-bad',
  neutral: 'rounded-full ring-[1.5px] ring-inset ring-control',
}

const INKS: Record<StatusLook['tone'], string> = {
  ok: 'text-muted',
  warn: 'text-warn-ink',
  bad: 'text-bad-ink',
  neutral: 'text-muted',
}

/** Shape and code carry the meaning as well as the colour. */
export function Status({ look, className }: { look: StatusLook; className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-2', className)} title={look.meaning}>
      <span aria-hidden="true" className={cx('size-[7px] shrink-0', DOTS[look.tone])} />
      <span className={INKS[look.tone]}>{look.code}</span>
    </span>
  )
}
