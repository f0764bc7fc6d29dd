import { Skeleton } from '../../components/skeleton.tsx'

const ROWS = 14
const WIDTHS = ['w-3/5', 'w-4/5', 'w-2/5', 'w-3/4', 'w-1/2']

/** Rows to come, in the columns that they will have. */
export function TableSkeleton({ tracks, rowPx }: { tracks: string; rowPx: number }) {
  const cells = tracks.split(' ')
  return (
    <div role="status" aria-label="Loading requests">
      {Array.from({ length: ROWS }, (_, row) => (
        <div
          key={row}
          className="grid items-center gap-x-4 border-b border-line/70 px-4"
          style={{ height: rowPx, gridTemplateColumns: tracks, opacity: 1 - row / ROWS }}
        >
          {cells.map((track, cell) => (
            <Skeleton
              key={`${track}${String(cell)}`}
              className={WIDTHS[(row + cell) % WIDTHS.length] ?? ''}
            />
          ))}
        </div>
      ))}
    </div>
  )
}
