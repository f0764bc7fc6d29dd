/** The organisation's rules, each in words and as the header that asks for the same. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { RefObject } from 'react'
import type { RateLimitRule } from '../../../../src/contracts/api/rate-limits.ts'
import { IconButton } from '../../components/button.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { api } from '../../lib/api.ts'
import { sentenceOf } from './policy.ts'
import { limitOfRule, nameOf } from './rule-draft.ts'

export interface RuleTableProps {
  rules: readonly RateLimitRule[]
  onEdit: (rule: RateLimitRule) => void
  /** Has the focus once a rule is gone, and its row with it. */
  afterDelete: RefObject<HTMLElement | null>
}

export function RuleTable({ rules, onEdit, afterDelete }: RuleTableProps) {
  const [deleting, setDeleting] = useState<RateLimitRule | null>(null)
  return (
    <>
      <table className="w-full border-y">
        <thead className="text-left text-xs text-faint max-md:sr-only">
          <tr className="border-b">
            <th scope="col" className="py-2 font-medium">
              Rule
            </th>
            <th scope="col" className="w-80 py-2 pl-4 font-medium max-lg:hidden">
              As a header value
            </th>
            <th scope="col" className="w-20 py-2">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <RuleRow key={rule.id} rule={rule} onEdit={onEdit} onDelete={setDeleting} />
          ))}
        </tbody>
      </table>
      {deleting && (
        <DeleteDialog rule={deleting} afterDelete={afterDelete} onClose={() => setDeleting(null)} />
      )}
    </>
  )
}

interface RuleRowProps {
  rule: RateLimitRule
  onEdit: (rule: RateLimitRule) => void
  onDelete: (rule: RateLimitRule) => void
}

function RuleRow({ rule, onEdit, onDelete }: RuleRowProps) {
  const sentence = sentenceOf(limitOfRule(rule))
  const name = nameOf(rule)
  return (
    <tr data-testid="rule-row" className="border-b last:border-b-0">
      {/* No width of its own, so that a long name gives way. */}
      <td className="h-13 w-full max-w-0 py-2">
        <span dir="auto" className="block truncate font-medium text-ink" title={name}>
          {name}
        </span>
        {name !== sentence && <span className="block truncate text-muted">{sentence}</span>}
      </td>
      <td className="pl-4 max-lg:hidden">
        <span className="flex w-76 items-center gap-1">
          <code className="truncate font-mono text-xs text-muted">{rule.policy}</code>
          <CopyButton text={rule.policy} label={`Copy the header value of ${name}`} />
        </span>
      </td>
      <td className="pl-2 text-right whitespace-nowrap">
        <IconButton label={`Edit ${name}`} data-testid="edit-rule" onClick={() => onEdit(rule)}>
          <Pencil />
        </IconButton>
        <IconButton
          label={`Delete ${name}`}
          data-testid="delete-rule"
          onClick={() => onDelete(rule)}
        >
          <Trash2 />
        </IconButton>
      </td>
    </tr>
  )
}

interface DeleteDialogProps {
  rule: RateLimitRule
  afterDelete: RefObject<HTMLElement | null>
  onClose: () => void
}

function DeleteDialog({ rule, afterDelete, onClose }: DeleteDialogProps) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => api.deleteRateLimit(rule.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['rate-limits'] })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={`Delete “${nameOf(rule)}”?`}
      description="Within a minute, calls are no longer held to it. What was denied stays in the log."
      confirm="Delete rule"
      keep="Keep it"
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
      focusAfter={afterDelete}
    />
  )
}
