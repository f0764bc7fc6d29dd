import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ApiKeyRow } from '../../../../src/contracts/api/session.ts'
import { Button } from '../../components/button.tsx'
import { CodeBlock } from '../../components/code-block.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field, Input } from '../../components/field.tsx'
import { Notice } from '../../components/notice.tsx'
import { api } from '../../lib/api.ts'
import { cx } from '../../lib/cx.ts'

const ACCESS = [
  { value: 'rw', label: 'Read and write', hint: 'Gateway and REST API. For servers.' },
  { value: 'w', label: 'Write only', hint: 'Gateway only: cannot read a single request.' },
] as const

export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [permissions, setPermissions] = useState<ApiKeyRow['permissions']>('rw')
  const create = useMutation({
    mutationFn: () => api.createKey({ name: name.trim(), permissions }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['keys'] }),
  })
  if (create.isSuccess) {
    return (
      <Dialog
        open
        sticky
        onOpenChange={onClose}
        title="Copy your new key"
        description="It is shown this once. Only its hash is stored, so nobody can look it up later."
        testId="created-key"
      >
        <CodeBlock code={create.data.key} label="Copy the key" wrap />
        <div className="mt-5 flex justify-end">
          <Button variant="primary" onClick={onClose}>
            I have copied it
          </Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog open onOpenChange={onClose} title="Create a key">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        {create.isError && <Notice kind="bad">{create.error.message}</Notice>}
        <Field label="Name" htmlFor="key-name" hint="Where it is used, such as production-api.">
          <Input
            id="key-name"
            data-testid="key-name"
            value={name}
            maxLength={80}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
            required
          />
        </Field>
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">Access</legend>
          <div className="grid gap-2 sm:grid-cols-2">
            {ACCESS.map(({ value, label, hint }) => (
              <label
                key={value}
                className={cx(
                  'flex cursor-pointer gap-2.5 rounded-lg border p-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-focus',
                  permissions === value ? 'border-ink' : 'border-line-strong hover:bg-hover',
                )}
              >
                <input
                  type="radio"
                  name="permissions"
                  value={value}
                  checked={permissions === value}
                  onChange={() => setPermissions(value)}
                  className="mt-[3px] size-3.5 accent-ink outline-none"
                />
                <span>
                  <span className="block font-medium">{label}</span>
                  <span className="block text-xs text-muted">{hint}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={create.isPending || name.trim() === ''}>
            Create key
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
