import type { ComponentProps, ReactNode } from 'react'
import { cx } from '../lib/cx.ts'

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      className={cx(
        'h-9 w-full rounded-md border border-control bg-surface px-3 text-sm text-ink transition-colors focus-visible:border-focus focus-visible:outline-1 focus-visible:outline-offset-0 disabled:opacity-60',
        className,
      )}
      {...rest}
    />
  )
}

export interface FieldProps {
  label: string
  hint?: ReactNode
  htmlFor: string
  children: ReactNode
}

export function Field({ label, hint, htmlFor, children }: FieldProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={htmlFor} className="text-sm font-medium text-ink">
        {label}
      </label>
      {children}
      {hint !== undefined && <p className="text-xs text-faint">{hint}</p>}
    </div>
  )
}
