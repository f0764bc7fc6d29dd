import type { ReactNode } from 'react'

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="px-5 pt-5">
      <h3 className="mb-2 text-xs font-semibold text-muted">{title}</h3>
      {children}
    </section>
  )
}

export interface FactRow {
  label: ReactNode
  value: ReactNode
}

export function Facts({ rows }: { rows: readonly FactRow[] }) {
  return (
    <dl className="divide-y divide-line/70 border-y border-line/70">
      {rows.map(({ label, value }, index) => (
        <div key={index} className="flex items-baseline justify-between gap-6 py-1.5">
          <dt className="shrink-0 text-muted">{label}</dt>
          <dd className="min-w-0 text-right [overflow-wrap:anywhere] text-ink">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
