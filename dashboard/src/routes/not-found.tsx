import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { buttonClass } from '../components/button.tsx'
import { EmptyState } from '../components/empty-state.tsx'

export function NotFoundPage() {
  return (
    <main className="h-full" data-testid="not-found">
      <EmptyState
        icon={<Compass />}
        title="There is no such page"
        actions={
          <Link to="/" className={buttonClass('secondary')}>
            Go to Requests
          </Link>
        }
      >
        The address may be mistyped, or the page has moved.
      </EmptyState>
    </main>
  )
}
