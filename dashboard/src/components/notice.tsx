import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '../lib/cx.ts'

const KINDS = {
  info: { Icon: Info, box: 'border-line bg-sunken', icon: 'text-faint' },
  ok: { Icon: CircleCheck, box: 'border-ok/25 bg-ok-wash', icon: 'text-ok-ink' },
  warn: { Icon: TriangleAlert, box: 'border-warn/30 bg-warn-wash', icon: 'text-warn-ink' },
  bad: { Icon: CircleAlert, box: 'border-bad/25 bg-bad-wash', icon: 'text-bad-ink' },
}

export interface NoticeProps {
  kind?: keyof typeof KINDS
  title?: ReactNode
  children?: ReactNode
  className?: string
  testId?: string
}

export function Notice({ kind = 'info', title, children, className, testId }: NoticeProps) {
  const { Icon, box, icon } = KINDS[kind]
  return (
    <div
      data-testid={testId}
      role={kind === 'bad' ? 'alert' : undefined}
      className={cx('flex gap-2.5 rounded-lg border px-3 py-2.5 text-sm', box, className)}
    >
      <Icon className={cx('mt-0.5 size-4 shrink-0', icon)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        {title !== undefined && <p className="font-medium text-ink">{title}</p>}
        {children !== undefined && <div className="wrap-anywhere-text text-muted">{children}</div>}
      </div>
    </div>
  )
}
