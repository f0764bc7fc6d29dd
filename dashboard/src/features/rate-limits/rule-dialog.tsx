/** Makes a rule or changes one. What it will say stands below, in words and as a header, while it is written. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { RateLimitRule, RateLimitUnit } from '../../../../src/contracts/api/rate-limits.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field, Input } from '../../components/field.tsx'
import { Notice } from '../../components/notice.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { api } from '../../lib/api.ts'
import { policyOf, POLICY_HEADER, sentenceOf, WINDOW_UNITS } from './policy.ts'
import {
  draftOf,
  inputOf,
  LONGEST_NAME,
  nameOf,
  NEW_RULE,
  readDraft,
  twinOf,
} from './rule-draft.ts'
import type { CountedBy, ReadDraft, RuleDraft } from './rule-draft.ts'

const UNITS: readonly { value: RateLimitUnit; label: string }[] = [
  { value: 'request', label: 'Requests' },
  { value: 'cents', label: 'Cents' },
  { value: 'tokens', label: 'Tokens' },
]
const WINDOWS = WINDOW_UNITS.map(({ value }) => ({ value, label: value }))
const COUNTED_BY: readonly { value: CountedBy; label: string }[] = [
  { value: 'organization', label: 'Organisation' },
  { value: 'user', label: 'User' },
  { value: 'key', label: 'Key' },
  { value: 'property', label: 'Property' },
]
const COUNTED_HINTS: Readonly<Record<CountedBy, string>> = {
  organization: 'All calls together draw from one limit.',
  user: 'Each Helicone-User-Id has a limit of its own. Calls without one are not limited.',
  key: 'Each API key has a limit of its own.',
  property: 'Each value of the property has a limit of its own. Calls without it are not limited.',
}

/** Without the browser's arrows, which step by one through thousands. */
const NUMBER =
  '[appearance:textfield] [&::-webkit-inner-spin-button]:appearance-none [&::-webkit-outer-spin-button]:appearance-none'

export interface RuleDialogProps {
  /** Absent: a new one. */
  rule?: RateLimitRule
  /** Those that there are. */
  rules: readonly RateLimitRule[]
  onClose: () => void
}

export function RuleDialog({ rule, rules, onClose }: RuleDialogProps) {
  const client = useQueryClient()
  const [draft, setDraft] = useState(rule === undefined ? NEW_RULE : draftOf(rule))
  const change = (part: Partial<RuleDraft>) => setDraft({ ...draft, ...part })
  const read = readDraft(draft)
  const twin = read.limit === null ? undefined : twinOf(read.limit, rules, rule)
  const save = useMutation({
    mutationFn: async () => {
      if (read.limit === null) return
      const input = inputOf(draft.name, read.limit)
      await (rule === undefined ? api.createRateLimit(input) : api.replaceRateLimit(rule.id, input))
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['rate-limits'] })
      onClose()
    },
  })
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={rule === undefined ? 'Create a rule' : 'Edit the rule'}
      description="Holds for every key, on calls that bring no policy of their own."
      testId="rule-dialog"
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (read.limit !== null) save.mutate()
        }}
      >
        {save.isError && <Notice kind="bad">{save.error.message}</Notice>}
        <Amount draft={draft} onChange={change} />
        <Counted draft={draft} onChange={change} />
        <Field label="Name" htmlFor="rule-name">
          <Input
            id="rule-name"
            data-testid="rule-name"
            value={draft.name}
            placeholder={read.limit === null ? '' : sentenceOf(read.limit)}
            maxLength={LONGEST_NAME}
            autoComplete="off"
            onChange={(event) => change({ name: event.target.value })}
          />
        </Field>
        <Preview read={read} />
        {/* While it is saved, the list comes back with the new rule itself. */}
        {twin !== undefined && !save.isPending && (
          <Notice kind="warn" title="This rule exists already" testId="rule-twin">
            “{nameOf(twin)}” limits the same, and rules that limit the same count as one.
          </Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            disabled={save.isPending || read.limit === null}
            data-testid="save-rule"
          >
            {rule === undefined ? 'Create rule' : 'Save rule'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface PartProps {
  draft: RuleDraft
  onChange: (part: Partial<RuleDraft>) => void
}

function Amount({ draft, onChange }: PartProps) {
  return (
    <div className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-3 gap-y-4">
      <Field label="Limit" htmlFor="rule-quota">
        <Input
          id="rule-quota"
          data-testid="rule-quota"
          type="number"
          inputMode="decimal"
          min="0"
          step="any"
          className={NUMBER}
          value={draft.quota}
          onChange={(event) => onChange({ quota: event.target.value })}
          required
        />
      </Field>
      <Segmented
        label="Unit"
        size="md"
        className="self-end"
        value={draft.unit}
        onChange={(unit) => onChange({ unit })}
        items={UNITS}
      />
      <Field label="Per" htmlFor="rule-window">
        <Input
          id="rule-window"
          data-testid="rule-window"
          type="number"
          inputMode="decimal"
          min="0"
          step="any"
          className={NUMBER}
          value={draft.windowCount}
          onChange={(event) => onChange({ windowCount: event.target.value })}
          required
        />
      </Field>
      <Segmented
        label="Window"
        size="md"
        className="self-end"
        value={draft.windowUnit}
        onChange={(windowUnit) => onChange({ windowUnit })}
        items={WINDOWS}
      />
    </div>
  )
}

function Counted({ draft, onChange }: PartProps) {
  return (
    <div className="flex flex-col gap-1.5">
      <span className="text-sm font-medium text-ink">Counted by</span>
      <Segmented
        label="Counted by"
        size="md"
        value={draft.countedBy}
        onChange={(countedBy) => onChange({ countedBy })}
        items={COUNTED_BY}
      />
      {draft.countedBy === 'property' && (
        <Input
          aria-label="Property"
          data-testid="rule-property"
          placeholder="plan"
          value={draft.property}
          maxLength={128}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => onChange({ property: event.target.value })}
        />
      )}
      <p className="text-xs text-faint">{COUNTED_HINTS[draft.countedBy]}</p>
    </div>
  )
}

function Preview({ read }: { read: ReadDraft }) {
  return (
    <div className="overflow-hidden rounded-lg border bg-sunken" aria-live="polite">
      {read.limit === null ? (
        <p className="px-3 py-2.5 text-muted" data-testid="rule-problem">
          {read.problem}
        </p>
      ) : (
        <>
          <p className="px-3 pt-2.5 font-medium text-ink" data-testid="rule-sentence">
            {sentenceOf(read.limit)}
          </p>
          <div className="flex items-center gap-1 pr-1 pb-1 pl-3">
            <code
              data-testid="rule-policy"
              className="min-w-0 flex-1 truncate font-mono text-xs text-muted"
              title={`${POLICY_HEADER}: ${policyOf(read.limit)}`}
            >
              {POLICY_HEADER}: {policyOf(read.limit)}
            </code>
            <CopyButton text={policyOf(read.limit)} label="Copy the header value" />
          </div>
        </>
      )}
    </div>
  )
}
