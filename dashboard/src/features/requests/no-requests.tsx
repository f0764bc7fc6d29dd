import { Link } from '@tanstack/react-router'
import { Inbox, SearchX } from 'lucide-react'
import { Button, buttonClass } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { LiveDot } from '../../components/live-dot.tsx'

export interface NoRequestsProps {
  isFiltered: boolean
  isRanged: boolean
  onClear: () => void
  onAllTime: () => void
}

export function NoRequests({ isFiltered, isRanged, onClear, onAllTime }: NoRequestsProps) {
  if (isFiltered) {
    return (
      <EmptyState
        icon={<SearchX />}
        title="No request matches"
        testId="no-match"
        actions={
          <>
            <Button onClick={onClear}>Clear the filter</Button>
            {isRanged && <Button onClick={onAllTime}>Search all time</Button>}
          </>
        }
      >
        Nothing in this time range fits all conditions. New requests that do will appear here.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={<Inbox />}
      title="No requests yet"
      testId="no-requests"
      actions={
        <>
          <Link to="/get-started" className={buttonClass('primary')}>
            Send your first request
          </Link>
          {isRanged && <Button onClick={onAllTime}>Search all time</Button>}
        </>
      }
    >
      <p>Change one base URL, and every call of your application shows up here.</p>
      <p className="mt-3 inline-flex items-center gap-2 text-faint">
        <LiveDot state="waiting" /> Listening
      </p>
    </EmptyState>
  )
}
