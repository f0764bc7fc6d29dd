/** Observed values with their counts, field by field; ticking them edits the same chips as the filter line. */
import { Check, ListFilter } from 'lucide-react'
import { useState } from 'react'
import type { Facets, FacetValue } from '../../../../src/contracts/api/requests.ts'
import { Button } from '../../components/button.tsx'
import { Popover } from '../../components/popover.tsx'
import { cx } from '../../lib/cx.ts'
import { formatCount } from '../../lib/format.ts'
import { valueLabel, valueMeaning } from './filter-chip.tsx'
import { isSameToken } from './filter.ts'
import type { Field, Token } from './filter.ts'
import { ProviderTile } from './provider-tile.tsx'
import { lookOfStatus } from './status.ts'
import { Status } from './status-dot.tsx'

export interface FacetMenuProps {
  facets: Facets | undefined
  tokens: readonly Token[]
  onChange: (tokens: Token[]) => void
  onOpenChange: (open: boolean) => void
}

interface Group {
  id: string
  label: string
  field: Field
  key: string | null
  values: readonly FacetValue[]
}

export function FacetMenu({ facets, tokens, onChange, onOpenChange }: FacetMenuProps) {
  const [isOpen, setIsOpen] = useState(false)
  const [groupId, setGroupId] = useState('model')
  const [query, setQuery] = useState('')
  const groups = groupsOf(facets)
  const group = groups.find(({ id }) => id === groupId) ?? groups[0]
  const values = (group?.values ?? []).filter(({ value }) =>
    value.toLowerCase().includes(query.toLowerCase()),
  )
  const toggle = (token: Token) => {
    const isOn = tokens.some((known) => isSameToken(known, token))
    onChange(isOn ? tokens.filter((known) => !isSameToken(known, token)) : [...tokens, token])
  }
  return (
    <Popover
      open={isOpen}
      label="Filter by observed values"
      className="flex h-80 w-[min(28rem,calc(100vw-1rem))]"
      onOpenChange={(open) => {
        setIsOpen(open)
        setQuery('')
        onOpenChange(open)
      }}
      trigger={
        <Button data-testid="facet-menu" aria-label="Filters">
          <ListFilter className="size-4" aria-hidden="true" />
          <span className="max-lg:hidden">Filter</span>
        </Button>
      }
    >
      <div
        role="tablist"
        aria-label="Fields"
        aria-orientation="vertical"
        className="w-36 shrink-0 overflow-y-auto border-r p-1"
      >
        {groups.map(({ id, label, field, key }) => {
          const chosen = tokens.filter((token) => token.field === field && token.key === key).length
          return (
            <button
              key={id}
              type="button"
              role="tab"
              aria-selected={id === group?.id}
              onClick={() => setGroupId(id)}
              className="flex h-8 w-full items-center justify-between gap-2 rounded-md px-2 text-left text-sm text-muted hover:text-ink aria-selected:bg-hover aria-selected:font-medium aria-selected:text-ink"
            >
              <span className="truncate">{label}</span>
              {chosen > 0 && <span className="text-2xs text-accent-ink">{chosen}</span>}
            </button>
          )
        })}
      </div>
      <div className="flex min-w-0 flex-1 flex-col">
        <input
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          aria-label="Find a value"
          placeholder={`Find ${group?.label.toLowerCase() ?? 'a value'}`}
          className="h-10 shrink-0 border-b bg-transparent px-3 text-sm outline-none"
        />
        <div role="group" aria-label={group?.label} className="min-h-0 flex-1 overflow-y-auto p-1">
          {group &&
            values.map((facet) => {
              const token: Token = {
                field: group.field,
                key: group.key,
                value: facet.value,
                excluded: false,
              }
              const known = tokens.find((one) => isSameToken(one, token))
              return (
                <FacetLine
                  key={facet.value}
                  token={token}
                  known={known}
                  count={facet.count}
                  onToggle={() => toggle(token)}
                />
              )
            })}
          {values.length === 0 && (
            <p className="px-2 py-6 text-center text-sm text-faint">
              {query === '' ? 'Nothing seen in this time range' : 'No such value'}
            </p>
          )}
        </div>
      </div>
    </Popover>
  )
}

interface FacetLineProps {
  token: Token
  known: Token | undefined
  count: number
  onToggle: () => void
}

function FacetLine({ token, known, count, onToggle }: FacetLineProps) {
  return (
    <button
      type="button"
      role="checkbox"
      aria-checked={known !== undefined}
      data-testid="facet-value"
      onClick={onToggle}
      className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-left text-sm hover:bg-hover focus-visible:-outline-offset-2"
    >
      <span
        aria-hidden="true"
        className={cx(
          'flex size-4 shrink-0 items-center justify-center rounded-sm border',
          known === undefined ? 'border-control' : 'border-ink bg-ink text-inverse',
        )}
      >
        {known !== undefined && <Check className="size-3" strokeWidth={3} />}
      </span>
      {token.field === 'provider' && <ProviderTile provider={token.value} />}
      {token.field === 'status' ? (
        <Status look={lookOfStatus(Number(token.value))} className="min-w-0 flex-1" />
      ) : (
        <span className="min-w-0 flex-1 truncate" title={valueMeaning(token) ?? token.value}>
          {valueLabel(token)}
        </span>
      )}
      {known?.excluded === true && <span className="text-2xs text-bad-ink">excluded</span>}
      <span className="text-xs text-faint">{formatCount(count)}</span>
    </button>
  )
}

function groupsOf(facets: Facets | undefined): Group[] {
  const fixed = (
    [
      ['model', 'Model'],
      ['provider', 'Provider'],
      ['status', 'Status'],
      ['user', 'User'],
      ['session', 'Session'],
      ['cache', 'Cache'],
    ] as const
  ).map(([field, label]) => ({ id: field, label, field, key: null, values: facets?.[field] ?? [] }))
  const properties = (facets?.properties ?? []).map(({ key, values }) => ({
    id: `prop.${key}`,
    label: key,
    field: 'property' as const,
    key,
    values,
  }))
  return [...fixed, ...properties]
}
