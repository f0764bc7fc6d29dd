import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '../components/button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ErrorNotice } from '../components/error-notice.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { CreateKeyDialog } from '../features/keys/create-key-dialog.tsx'
import { KeyTable } from '../features/keys/key-table.tsx'
import { api } from '../lib/api.ts'

export function KeysPage() {
  const [isCreating, setIsCreating] = useState(false)
  const keys = useQuery({ queryKey: ['keys'], queryFn: ({ signal }) => api.keys(signal) })
  useEffect(() => {
    document.title = 'Keys · Heliograph'
  }, [])
  return (
    <Page
      title="Keys"
      lead="A key says which organisation a call belongs to. Only its hash is stored."
      actions={
        <Button variant="primary" onClick={() => setIsCreating(true)} data-testid="create-key">
          <Plus className="size-4" aria-hidden="true" /> Create key
        </Button>
      }
    >
      {keys.isError && (
        <ErrorNotice
          title="The keys could not be read"
          error={keys.error}
          onRetry={() => void keys.refetch()}
          className="mb-6"
        />
      )}
      {keys.isPending && (
        <div role="status" aria-label="Loading keys" className="flex flex-col gap-5 border-t pt-5">
          <Skeleton className="w-1/2" />
          <Skeleton className="w-2/3" />
        </div>
      )}
      {keys.data?.length === 0 && (
        <EmptyState icon={<KeyRound />} title="No keys yet">
          Create one for each application, so that each can be revoked alone.
        </EmptyState>
      )}
      {keys.data !== undefined && keys.data.length > 0 && <KeyTable keys={keys.data} />}
      {isCreating && <CreateKeyDialog onClose={() => setIsCreating(false)} />}
    </Page>
  )
}
