import type { ComponentProps, ReactNode } from 'react'
import { cx } from '../lib/cx.ts'
import { Tooltip } from './tooltip.tsx'

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger'

const BASE =
  'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors duration-100 disabled:pointer-events-none disabled:opacity-50'

const VARIANTS: Record<Variant, string> = {
  primary: 'bg-ink text-inverse hover:bg-ink/85 active:bg-ink/75',
  secondary:
    'border border-line-strong bg-raised text-ink shadow-card hover:bg-hover active:bg-active',
  ghost:
    'text-muted hover:bg-hover hover:text-ink active:bg-active aria-pressed:bg-active aria-pressed:text-ink data-[state=open]:bg-hover data-[state=open]:text-ink',
  danger: 'bg-bad-ink text-inverse hover:opacity-90',
}

const SIZES = { sm: 'h-7 px-2 text-xs', md: 'h-8 px-3 text-sm', lg: 'h-10 px-4 text-base' }

export interface ButtonProps extends ComponentProps<'button'> {
  variant?: Variant
  size?: keyof typeof SIZES
}

export function Button({ variant = 'secondary', size = 'md', className, ...rest }: ButtonProps) {
  return <button type="button" className={buttonClass(variant, size, className)} {...rest} />
}

/** For links that look like buttons. */
export function buttonClass(
  variant: Variant = 'secondary',
  size: keyof typeof SIZES = 'md',
  className?: string,
): string {
  return cx(BASE, VARIANTS[variant], SIZES[size], className)
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  label: string
  /** Shown in the tooltip. */
  shortcut?: string
  side?: 'top' | 'right' | 'bottom' | 'left'
  children: ReactNode
}

/** A square button whose name is its tooltip. */
export function IconButton({ label, shortcut, side, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip label={label} shortcut={shortcut} side={side}>
      <button
        type="button"
        aria-label={label}
        className={cx(BASE, VARIANTS.ghost, 'size-7 [&>svg]:size-4', className)}
        {...rest}
      />
    </Tooltip>
  )
}
