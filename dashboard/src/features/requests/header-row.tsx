import { ArrowDown, ArrowUp } from 'lucide-react'
import { cx } from '../../lib/cx.ts'
import { lookOf } from './columns.tsx'
import type { Sort, SortKey } from './search.ts'

export interface HeaderRowProps {
  ids: readonly string[]
  tracks: string
  sort: Sort
  onSort: (key: SortKey) => void
}

/** Stays at the top; the sortable columns are buttons. */
export function HeaderRow({ ids, tracks, sort, onSort }: HeaderRowProps) {
  return (
    <div
      role="row"
      className="sticky top-0 z-10 grid h-8 items-center gap-x-4 border-b bg-canvas px-4 text-xs font-medium text-faint"
      style={{ gridTemplateColumns: tracks }}
    >
      {ids.map((id) => {
        const { label, align, sort: key } = lookOf(id)
        const isSorted = key !== null && key === sort.key
        const order = isSorted ? (sort.descending ? 'descending' : 'ascending') : undefined
        const Arrow = sort.descending ? ArrowDown : ArrowUp
        return (
          <div
            key={id}
            role="columnheader"
            aria-sort={order}
            className={cx('flex min-w-0', align === 'end' && 'justify-end')}
          >
            {key === null ? (
              <span className="truncate">{label}</span>
            ) : (
              <button
                type="button"
                onClick={() => onSort(key)}
                className={cx(
                  '-mx-1 inline-flex items-center gap-1 rounded-sm px-1 hover:text-ink',
                  isSorted && 'text-ink',
                )}
              >
                {label}
                {isSorted && <Arrow className="size-3" aria-hidden="true" />}
              </button>
            )}
          </div>
        )
      })}
    </div>
  )
}
