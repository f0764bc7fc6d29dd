import { useRouter } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { CloudOff, OctagonAlert, ServerCrash } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, buttonClass } from '../components/button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ApiError } from '../lib/api.ts'

export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const { icon, title, isOfPage } = lookOf(error)
  const retry = () => {
    reset()
    void router.invalidate()
  }
  return (
    <main className="h-full" data-testid="error-page">
      <EmptyState
        icon={icon}
        title={title}
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
        {isOfPage && (
          <p className="mt-2">
            Your requests are not affected: they are recorded apart from this page.
          </p>
        )}
      </EmptyState>
    </main>
  )
}

/** No answer, an answer that is a failure of the server, and what is left is ours. */
function lookOf(error: unknown): { icon: ReactNode; title: string; isOfPage: boolean } {
  const status = error instanceof ApiError ? error.status : null
  if (status === 0) {
    return { icon: <CloudOff />, title: 'The server cannot be reached', isOfPage: false }
  }
  if (status !== null && status >= 500) {
    return { icon: <ServerCrash />, title: 'Something failed on the server', isOfPage: false }
  }
  return { icon: <OctagonAlert />, title: 'Something broke on this page', isOfPage: true }
}
