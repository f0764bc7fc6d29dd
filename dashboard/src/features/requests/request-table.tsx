/** The virtualised list of requests: a grid on wide screens, two lines each on a phone. */
import { useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import type { ReactNode, RefObject } from 'react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { cx } from '../../lib/cx.ts'
import { useWidth } from '../../lib/use-width.ts'
import { columns, features, lookOf, visibilityFor } from './columns.tsx'
import { PhoneRow } from './phone-row.tsx'
import type { Sort, SortKey } from './search.ts'
import { HeaderRow } from './header-row.tsx'
import { rowDomId, TableRow } from './table-row.tsx'
import { TableSkeleton } from './table-skeleton.tsx'

const ROW_PX = 34
const HEADER_PX = 32
const PHONE_ROW_PX = 64
const PHONE_WIDTH_PX = 520
const FETCH_AHEAD_ROWS = 25

export interface RequestTableProps {
  rows: RequestRow[]
  total: number | null
  sort: Sort
  hidden: ReadonlySet<string>
  fresh: ReadonlySet<string>
  /** The row that the keyboard is on, by row id. */
  cursor: string | null
  openId: string | null
  isLoading: boolean
  isStale: boolean
  isFetchingMore: boolean
  hasMore: boolean
  scrollRef: RefObject<HTMLDivElement | null>
  onScrollTop: (isAtTop: boolean) => void
  onFetchMore: () => void
  onOpen: (id: string) => void
  onSort: (key: SortKey) => void
  /** Shown instead of rows when there are none. */
  empty: ReactNode
}

export function RequestTable(props: RequestTableProps) {
  const { rows, scrollRef, hasMore, isFetchingMore, onFetchMore, cursor } = props
  const width = useWidth(scrollRef)
  const isPhone = width > 0 && width < PHONE_WIDTH_PX
  const columnVisibility = useMemo(() => visibilityFor(width, props.hidden), [width, props.hidden])
  const table = useTable({
    features,
    columns,
    data: rows,
    getRowId: (row) => row.heliograph.id,
    state: { columnVisibility },
  })
  const { rows: tableRows } = table.getRowModel()
  const rowPx = isPhone ? PHONE_ROW_PX : ROW_PX
  const headerPx = isPhone ? 0 : HEADER_PX
  const virtualizer = useVirtualizer({
    count: tableRows.length,
    getScrollElement: () => scrollRef.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => tableRows[index]?.id ?? index,
    overscan: 12,
    // The sticky header lies in front of the rows.
    scrollMargin: headerPx,
    scrollPaddingStart: headerPx,
  })
  useEffect(() => virtualizer.measure(), [virtualizer, rowPx])

  const items = virtualizer.getVirtualItems()
  const lastIndex = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && !isFetchingMore && lastIndex >= rows.length - FETCH_AHEAD_ROWS) onFetchMore()
  }, [hasMore, isFetchingMore, lastIndex, rows.length, onFetchMore])

  // Follows the keyboard, not the rows: new rows at the top must not move the list.
  const scrolledTo = useRef<string | null>(null)
  useEffect(() => {
    if (cursor === scrolledTo.current) return
    const index = rows.findIndex((row) => row.heliograph.id === cursor)
    if (index === -1) return
    scrolledTo.current = cursor
    virtualizer.scrollToIndex(index, { align: 'auto' })
  }, [cursor, rows, virtualizer])

  const tracks = table
    .getVisibleLeafColumns()
    .map((column) => lookOf(column.id).track)
    .join(' ')
  const isEmpty = !props.isLoading && rows.length === 0
  return (
    <div
      ref={scrollRef}
      role="grid"
      aria-label="Requests"
      aria-rowcount={props.total ?? rows.length}
      aria-busy={props.isLoading || props.isStale}
      aria-activedescendant={cursor === null ? undefined : rowDomId(cursor)}
      tabIndex={0}
      data-testid="request-table"
      onScroll={(event) => props.onScrollTop(event.currentTarget.scrollTop < ROW_PX)}
      className={cx(
        '@container relative min-h-0 flex-1 overflow-y-auto overflow-x-hidden overscroll-contain group/grid',
        // The row that the keyboard is on wears the ring; without one the grid does.
        cursor === null ? 'focus-visible:-outline-offset-2' : 'outline-none',
      )}
    >
      {!isPhone && !isEmpty && (
        <HeaderRow
          ids={table.getVisibleLeafColumns().map((column) => column.id)}
          tracks={tracks}
          sort={props.sort}
          onSort={props.onSort}
        />
      )}
      {props.isLoading && <TableSkeleton tracks={tracks} rowPx={rowPx} />}
      {isEmpty && props.empty}
      <div
        role="rowgroup"
        className={cx('relative transition-opacity', props.isStale && 'opacity-50')}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const row = tableRows[item.index]
          if (!row) return null
          return (
            <TableRow
              key={row.id}
              id={row.id}
              index={item.index}
              topPx={item.start - headerPx}
              heightPx={rowPx}
              tracks={isPhone ? null : tracks}
              isOpen={row.id === props.openId}
              isCursor={row.id === cursor}
              isFresh={props.fresh.has(row.id)}
              onOpen={props.onOpen}
            >
              {isPhone ? (
                <PhoneRow row={row.original} />
              ) : (
                row.getVisibleCells().map((cell) => (
                  <div
                    key={cell.id}
                    role="gridcell"
                    className={cx(
                      'min-w-0',
                      lookOf(cell.column.id).align === 'end' && 'text-right',
                    )}
                  >
                    <table.FlexRender cell={cell} />
                  </div>
                ))
              )}
            </TableRow>
          )
        })}
      </div>
      {isFetchingMore && <p className="py-3 text-center text-xs text-faint">Loading more…</p>}
    </div>
  )
}
