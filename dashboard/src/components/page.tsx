import type { ReactNode } from 'react'

export interface PageProps {
  title: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** A page that is read from top to bottom. */
export function Page({ title, lead, actions, children }: PageProps) {
  return (
    <div className="h-full overflow-y-auto bg-surface">
      <div className="mx-auto w-full max-w-[56rem] px-5 pt-10 pb-20 sm:px-8">
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
