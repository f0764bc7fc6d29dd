import { Mark } from '../components/mark.tsx'

export function PendingPage() {
  return (
    <div role="status" className="flex h-full items-center justify-center text-muted">
      <span className="animate-shimmer">
        <Mark size={28} />
      </span>
      <span className="sr-only">Loading</span>
    </div>
  )
}
