import { useRouter } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { CloudOff, OctagonAlert } from 'lucide-react'
import { Button, buttonClass } from '../components/button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ApiError } from '../lib/api.ts'

export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const isAway = error instanceof ApiError && (error.status === 0 || error.status >= 500)
  const retry = () => {
    reset()
    void router.invalidate()
  }
  return (
    <main className="h-full" data-testid="error-page">
      <EmptyState
        icon={isAway ? <CloudOff /> : <OctagonAlert />}
        title={isAway ? 'The server cannot be reached' : 'Something broke on this page'}
        actions={
          <>
            <Button variant="primary" onClick={retry}>
              Try again
            </Button>
            <a href="/" className={buttonClass('secondary')}>
              Start over
            </a>
          </>
        }
      >
        <p>{error instanceof Error ? error.message : 'The cause is not known.'}</p>
        {!isAway && (
          <p className="mt-2">
            Your requests are not affected: they are recorded apart from this page.
          </p>
        )}
      </EmptyState>
    </main>
  )
}
