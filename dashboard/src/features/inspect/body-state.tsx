/** Whatever stands between a request and its bodies: loading, failed, never kept. */
import { FileX, Unplug } from 'lucide-react'
import type { ReactNode } from 'react'
import type { BodyDocument, RequestRow } from '../../../../src/contracts/api/requests.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { DrawerSkeleton } from './drawer-skeleton.tsx'

export interface BodyStateProps {
  row: RequestRow
  isLoading: boolean
  error: Error | null
  body: BodyDocument | undefined
  children: (body: BodyDocument) => ReactNode
}

export function BodyState({ row, isLoading, error, body, children }: BodyStateProps) {
  if (body) return children(body)
  if (isLoading && error === null) return <DrawerSkeleton />
  if (error !== null) {
    return (
      <EmptyState icon={<Unplug />} title="The bodies could not be read" testId="body-error">
        {error.message}
      </EmptyState>
    )
  }
  return <NoBody row={row} />
}

export function NoBody({ row }: { row: RequestRow }) {
  return (
    <EmptyState icon={<FileX />} title="No body was kept" testId="body-missing">
      {isOmitted(row, 'request') || isOmitted(row, 'response')
        ? 'This call asked for its bodies not to be kept. Its tokens, cost and timing were.'
        : 'Neither the request nor the response had anything to keep, or it is past its retention.'}
    </EmptyState>
  )
}

/** True when the call asked for this body not to be kept. */
export function isOmitted({ heliograph }: RequestRow, side: 'request' | 'response'): boolean {
  return heliograph[`${side}_body_state`] === 'omitted'
}
