import type { ReactNode } from 'react'

export interface EmptyStateProps {
  icon: ReactNode
  title: string
  children?: ReactNode
  actions?: ReactNode
  testId?: string
}

export function EmptyState({ icon, title, children, actions, testId }: EmptyStateProps) {
  return (
    <div
      data-testid={testId}
      className="flex h-full flex-col items-center justify-center gap-3 px-6 py-16 text-center"
    >
      <div className="flex size-10 items-center justify-center rounded-xl border border-line bg-raised text-faint shadow-card [&>svg]:size-[18px]">
        {icon}
      </div>
      <h2 className="text-base font-medium text-ink">{title}</h2>
      {children !== undefined && (
        <div className="w-full max-w-[44ch] text-sm text-balance text-muted">{children}</div>
      )}
      {actions !== undefined && (
        <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div>
      )}
    </div>
  )
}
