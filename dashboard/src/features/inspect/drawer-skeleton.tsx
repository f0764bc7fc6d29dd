import { Skeleton } from '../../components/skeleton.tsx'

export function DrawerSkeleton() {
  return (
    <div role="status" aria-label="Loading the request" className="flex flex-col gap-6 p-5">
      {['w-1/3', 'w-2/3', 'w-1/2'].map((width) => (
        <div key={width} className="flex flex-col gap-2.5">
          <Skeleton className="w-16" />
          <Skeleton className="w-full" />
          <Skeleton className={width} />
        </div>
      ))}
    </div>
  )
}
