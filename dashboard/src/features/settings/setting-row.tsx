/** One setting: what it does at the left, its control at the right, and how saving it went. */
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '../../lib/cx.ts'
import type { SettingName, SettingsState } from './use-settings.ts'

export function SettingGroup({
  title,
  lead,
  children,
}: {
  title: string
  lead: ReactNode
  children: ReactNode
}) {
  return (
    <section className="mt-10 first-of-type:mt-0">
      <h2 className="text-base font-semibold">{title}</h2>
      <p className="mt-0.5 mb-3 max-w-[64ch] text-pretty text-muted">{lead}</p>
      <div className="divide-y rounded-lg border">{children}</div>
    </section>
  )
}

export interface SettingRowProps {
  name: SettingName
  label: string
  hint: ReactNode
  last: SettingsState['last']
  /** The control is wide: on a phone it takes a line of its own. */
  isStacked?: boolean
  children: ReactNode
}

export function SettingRow({ name, label, hint, last, isStacked, children }: SettingRowProps) {
  return (
    <div
      data-testid={`setting-${name}`}
      className={cx(
        'flex items-center justify-between gap-x-8 gap-y-3 px-4 py-3.5 max-sm:items-start',
        isStacked === true && 'max-sm:flex-col',
      )}
    >
      <div className="min-w-0">
        <p className="flex items-center gap-2 font-medium text-ink">
          {label}
          <Outcome last={last?.name === name ? last : null} />
        </p>
        <p className="mt-0.5 max-w-[60ch] text-pretty text-muted">{hint}</p>
        {last?.name === name && last.state === 'failed' && (
          <p role="alert" data-testid="setting-error" className="mt-1 text-bad-ink">
            Not saved. {last.message}
          </p>
        )}
      </div>
      <div className="shrink-0">{children}</div>
    </div>
  )
}

function Outcome({ last }: { last: SettingsState['last'] }) {
  return (
    <span
      role="status"
      data-testid="setting-state"
      data-state={last?.state ?? 'idle'}
      className="inline-flex items-center gap-1 text-xs font-normal text-ok-ink"
    >
      {last?.state === 'saved' && (
        <>
          <Check className="size-3.5" aria-hidden="true" /> Saved
        </>
      )}
    </span>
  )
}
