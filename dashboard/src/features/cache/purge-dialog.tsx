/** Takes stored answers out of use: all of them, those of a seed, or one. Says when it holds everywhere. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Input } from '../../components/field.tsx'
import { Notice } from '../../components/notice.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { api } from '../../lib/api.ts'
import { formatWait } from '../../lib/format.ts'

export interface PurgeDialogProps {
  /** Absent: the reader chooses between everything and a seed. */
  cacheKey?: string
  onClose: () => void
}

type Reach = 'all' | 'seed'

const REACHES: readonly { value: Reach; label: string }[] = [
  { value: 'all', label: 'Everything' },
  { value: 'seed', label: 'One seed' },
]
const DESCRIPTION =
  'The next such calls are asked of the provider again. Here it holds at once, other data centres follow shortly. The log keeps what it has.'

export function PurgeDialog({ cacheKey, onClose }: PurgeDialogProps) {
  const client = useQueryClient()
  const [reach, setReach] = useState<Reach>('all')
  const [seed, setSeed] = useState('')
  const isBySeed = cacheKey === undefined && reach === 'seed'
  const purge = useMutation({
    mutationFn: () => {
      if (cacheKey !== undefined) return api.purgeCacheKey(cacheKey)
      return isBySeed ? api.purgeCacheSeed(seed) : api.purgeCache()
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['cache'] }),
  })
  const confirm =
    cacheKey !== undefined ? 'Purge the answer' : isBySeed ? 'Purge the seed' : 'Purge everything'
  const outcome = purge.isSuccess
    ? { title: 'Purged', body: <Purged seconds={purge.data.settlesWithinSeconds} /> }
    : undefined
  return (
    <ConfirmDialog
      title={cacheKey === undefined ? 'Purge the cache' : 'Purge this answer?'}
      description={DESCRIPTION}
      confirm={confirm}
      isPending={purge.isPending}
      isIncomplete={isBySeed && seed === ''}
      error={purge.error}
      onConfirm={() => purge.mutate()}
      onClose={onClose}
      outcome={outcome}
      testId="purge-dialog"
    >
      {cacheKey === undefined && (
        <div className="mb-5 flex flex-col gap-2">
          <Segmented
            label="What to purge"
            size="md"
            className="self-start"
            value={reach}
            onChange={setReach}
            items={REACHES}
          />
          {isBySeed ? (
            <Input
              aria-label="Seed"
              data-testid="purge-seed"
              placeholder="As it was sent in Helicone-Cache-Seed"
              value={seed}
              maxLength={1_024}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setSeed(event.target.value)}
            />
          ) : (
            <p className="text-muted">Every stored answer of the organisation, of all seeds.</p>
          )}
        </div>
      )}
    </ConfirmDialog>
  )
}

function Purged({ seconds }: { seconds: number }) {
  return (
    <Notice kind="ok" title="Out of use here, now" testId="purged">
      {seconds === 0
        ? 'Every other data centre follows at once.'
        : `Other data centres follow within ${formatWait(seconds)}.`}
    </Notice>
  )
}
