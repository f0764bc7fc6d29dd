import type { ReactNode } from 'react'
import { cx } from '../lib/cx.ts'

export interface PageProps {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  /** For tables with many columns. */
  isWide?: boolean
  children: ReactNode
}

/** A page that is read from top to bottom. */
export function Page({ title, lead, actions, isWide = false, children }: PageProps) {
  return (
    <div className="h-full overflow-y-auto bg-surface">
      <div
        className={cx(
          'mx-auto w-full px-5 pt-10 pb-20 sm:px-8',
          isWide ? 'max-w-[70rem]' : 'max-w-[56rem]',
        )}
      >
        <header className="mb-8 flex flex-wrap items-end justify-between gap-4">
          <div className="min-w-0">
            <h1 className="text-xl font-semibold tracking-[-0.015em]">{title}</h1>
            {lead !== undefined && <p className="mt-1 max-w-[60ch] text-base text-muted">{lead}</p>}
          </div>
          {actions}
        </header>
        {children}
      </div>
    </div>
  )
}

/** A page for those who are not signed in: one card under the name. */
export function DoorPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex h-full flex-col items-center overflow-y-auto bg-canvas px-4 pt-[max(3rem,14vh)] pb-10">
      <div className="w-full max-w-[26rem]">{children}</div>
      <h1 className="sr-only">{title}</h1>
    </main>
  )
}
