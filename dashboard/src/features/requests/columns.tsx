/** The table's columns: what they show, how wide they are, and which give way first when room is short. */
import { columnVisibilityFeature, createColumnHelper, tableFeatures } from '@tanstack/react-table'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import {
  CostCell,
  LatencyCell,
  ModelCell,
  PreviewCell,
  TextCell,
  TimeCell,
  TokensCell,
} from './cells.tsx'
import type { SortKey } from './search.ts'
import { lookOfRow } from './status.ts'
import { Status } from './status-dot.tsx'

export const features = tableFeatures({ columnVisibilityFeature })

const helper = createColumnHelper<typeof features, RequestRow>()

export const COLUMN_IDS = [
  'time',
  'status',
  'model',
  'preview',
  'tokens',
  'cost',
  'latency',
  'user',
  'session',
] as const
export type ColumnId = (typeof COLUMN_IDS)[number]

export interface ColumnLook {
  label: string
  /** A grid track. */
  track: string
  align: 'start' | 'end'
  sort: SortKey | null
  /** Shown from this width of the table on, in px. */
  from: number
}

export const COLUMN_LOOKS: Readonly<Record<ColumnId, ColumnLook>> = {
  time: { label: 'Time', track: '88px', align: 'start', sort: 'created_at', from: 0 },
  status: { label: 'Status', track: '92px', align: 'start', sort: null, from: 0 },
  model: { label: 'Model', track: 'minmax(156px,0.6fr)', align: 'start', sort: null, from: 0 },
  preview: {
    label: 'Request and response',
    track: 'minmax(0,2fr)',
    align: 'start',
    sort: null,
    from: 0,
  },
  tokens: { label: 'Tokens', track: '114px', align: 'end', sort: 'total_tokens', from: 900 },
  cost: { label: 'Cost', track: '82px', align: 'end', sort: 'cost', from: 620 },
  latency: { label: 'Latency', track: '112px', align: 'end', sort: 'latency', from: 720 },
  user: { label: 'User', track: 'minmax(108px,0.35fr)', align: 'start', sort: null, from: 1140 },
  session: {
    label: 'Session',
    track: 'minmax(108px,0.35fr)',
    align: 'start',
    sort: null,
    from: 1300,
  },
}

export const columns = helper.columns([
  helper.display({ id: 'time', cell: ({ row }) => <TimeCell row={row.original} /> }),
  helper.display({
    id: 'status',
    cell: ({ row }) => <Status look={lookOfRow(row.original)} />,
  }),
  helper.display({ id: 'model', cell: ({ row }) => <ModelCell row={row.original} /> }),
  helper.display({ id: 'preview', cell: ({ row }) => <PreviewCell row={row.original} /> }),
  helper.display({ id: 'tokens', cell: ({ row }) => <TokensCell row={row.original} /> }),
  helper.display({ id: 'cost', cell: ({ row }) => <CostCell row={row.original} /> }),
  helper.display({ id: 'latency', cell: ({ row }) => <LatencyCell row={row.original} /> }),
  helper.display({
    id: 'user',
    cell: ({ row }) => <TextCell text={row.original.request_user_id} />,
  }),
  helper.display({
    id: 'session',
    cell: ({ row }) => <TextCell text={row.original.heliograph.session_id} />,
  }),
])

export function lookOf(id: string): ColumnLook {
  return COLUMN_LOOKS[id as ColumnId]
}

/** What fits, minus what the reader has hidden. */
export function visibilityFor(width: number, hidden: ReadonlySet<string>): Record<string, boolean> {
  return Object.fromEntries(
    COLUMN_IDS.map((id) => [id, width >= COLUMN_LOOKS[id].from && !hidden.has(id)]),
  )
}
