import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ApiKeyRow } from '../../../../src/contracts/api/session.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { cx } from '../../lib/cx.ts'
import { formatAgo, formatFullTime } from '../../lib/format.ts'
import { api } from '../../lib/api.ts'

/** Keys in use first, newest first. */
export function KeyTable({ keys }: { keys: readonly ApiKeyRow[] }) {
  const [revoking, setRevoking] = useState<ApiKeyRow | null>(null)
  const sorted = keys.toSorted(
    (a, b) =>
      Number(a.revokedAt !== null) - Number(b.revokedAt !== null) || b.createdAt - a.createdAt,
  )
  return (
    <>
      <table className="w-full border-y">
        <thead className="text-left text-xs text-faint">
          <tr className="border-b">
            <th scope="col" className="py-2 font-medium">
              Name
            </th>
            <th scope="col" className="py-2 pl-4 font-medium max-sm:hidden">
              Key
            </th>
            <th scope="col" className="py-2 pl-4 font-medium max-sm:hidden">
              Access
            </th>
            <th scope="col" className="py-2 pl-4 font-medium">
              Created
            </th>
            <th scope="col" className="w-20 py-2">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((key) => {
            const isRevoked = key.revokedAt !== null
            return (
              <tr key={key.id} data-testid="key-row" className="h-11 border-b last:border-b-0">
                <td
                  className={cx('font-medium', isRevoked ? 'text-faint line-through' : 'text-ink')}
                >
                  {key.name}
                </td>
                <td className="pl-4 font-mono text-xs text-muted max-sm:hidden">{key.hint}</td>
                <td className="pl-4 max-sm:hidden">
                  <Badge tone={key.permissions === 'w' ? 'info' : 'neutral'}>
                    {key.permissions === 'w' ? 'write only' : 'read and write'}
                  </Badge>
                </td>
                <td className="pl-4 text-muted" title={formatFullTime(key.createdAt)}>
                  {formatAgo(key.createdAt)}
                </td>
                <td className="text-right">
                  {isRevoked ? (
                    <span className="pr-2 text-xs text-faint">revoked</span>
                  ) : (
                    <Button
                      variant="ghost"
                      size="sm"
                      data-testid="revoke-key"
                      aria-label={`Revoke ${key.name}`}
                      onClick={() => setRevoking(key)}
                    >
                      Revoke
                    </Button>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  )
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKeyRow; onClose: () => void }) {
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => api.revokeKey(apiKey.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['keys'] })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={`Revoke “${apiKey.name}”?`}
      description="Calls with this key are refused within a minute. This cannot be undone; what was recorded stays."
      confirm="Revoke key"
      keep="Keep it"
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    />
  )
}
