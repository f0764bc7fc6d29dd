/** A request in two lines, for narrow lists. */
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { formatMs } from '../../lib/format.ts'
import { CostCell, ModelCell, PreviewCell, TimeCell } from './cells.tsx'
import { PolicyMarks } from './policy-marks.tsx'
import { lookOfRow } from './status.ts'
import { Status } from './status-dot.tsx'

export function PhoneRow({ row }: { row: RequestRow }) {
  return (
    <div role="gridcell" className="flex h-full flex-col justify-center gap-0.5">
      <div className="flex items-center gap-3">
        <Status look={lookOfRow(row)} className="shrink-0" />
        <span className="min-w-0 flex-1">
          <ModelCell row={row} />
        </span>
        <PolicyMarks row={row} />
        <span className="shrink-0 text-xs">
          <TimeCell row={row} />
        </span>
      </div>
      <div className="flex items-center gap-3 text-muted">
        <span className="min-w-0 flex-1">
          <PreviewCell row={row} isStacked />
        </span>
        <span className="shrink-0 text-xs">{formatMs(row.delay_ms)}</span>
        <span className="shrink-0 text-xs">
          <CostCell row={row} />
        </span>
      </div>
    </div>
  )
}
