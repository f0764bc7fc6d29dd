import type { ReactNode } from 'react'
import { cx } from '../../lib/cx.ts'

export interface TableRowProps {
  id: string
  index: number
  topPx: number
  heightPx: number
  /** Grid tracks; null on a phone. */
  tracks: string | null
  isOpen: boolean
  /** The keyboard is on it. */
  isCursor: boolean
  /** It has just come in. */
  isFresh: boolean
  onOpen: (id: string) => void
  children: ReactNode
}

/** Id of the row's element, for `aria-activedescendant`. */
export function rowDomId(id: string): string {
  return `request-${id}`
}

export function TableRow(props: TableRowProps) {
  const { id, isOpen, isCursor, tracks } = props
  return (
    <div
      id={rowDomId(id)}
      role="row"
      aria-rowindex={props.index + 1}
      aria-selected={isOpen}
      data-testid="request-row"
      data-request-id={id}
      data-cursor={isCursor || undefined}
      onClick={() => props.onOpen(id)}
      className={cx(
        'absolute inset-x-0 top-0 cursor-default whitespace-nowrap border-b border-line/70 text-sm transition-colors duration-75',
        tracks === null ? 'px-4 py-2' : 'grid items-center gap-x-4 px-4',
        isOpen
          ? 'bg-accent-wash before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent'
          : 'hover:bg-hover data-[cursor]:bg-hover',
        !isOpen &&
          isCursor &&
          '-outline-offset-2 outline-focus group-focus-visible/grid:outline-2 before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-line-strong',
        props.isFresh && 'animate-row',
      )}
      style={{
        height: props.heightPx,
        transform: `translateY(${String(props.topPx)}px)`,
        ...(tracks === null ? {} : { gridTemplateColumns: tracks }),
      }}
    >
      {props.children}
    </div>
  )
}
