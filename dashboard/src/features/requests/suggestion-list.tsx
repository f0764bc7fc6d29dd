import { Search } from 'lucide-react'
import { cx } from '../../lib/cx.ts'
import { formatCount } from '../../lib/format.ts'
import { valueLabel, valueMeaning } from './filter-chip.tsx'
import { ProviderTile } from './provider-tile.tsx'
import { lookOfStatus } from './status.ts'
import { Status } from './status-dot.tsx'
import type { Suggestion } from './suggest.ts'

export interface SuggestionListProps {
  id: string
  items: readonly Suggestion[]
  marked: number
  onTake: (suggestion: Suggestion) => void
  onMark: (index: number) => void
}

export function SuggestionList({ id, items, marked, onTake, onMark }: SuggestionListProps) {
  return (
    <ul
      id={id}
      role="listbox"
      aria-label="Suggestions"
      hidden={items.length === 0}
      className="absolute top-full left-0 z-30 mt-1 max-h-96 w-full max-w-lg overflow-y-auto rounded-lg bg-raised p-1 shadow-pop animate-pop"
    >
      {items.map((item, index) => (
        <li
          key={keyOf(item)}
          id={`${id}-${String(index)}`}
          role="option"
          aria-selected={index === marked}
          data-testid="suggestion"
          // The input keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(item)}
          onMouseMove={() => index !== marked && onMark(index)}
          className={cx(
            'flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-sm',
            index === marked && 'bg-hover',
          )}
        >
          <Line item={item} />
        </li>
      ))}
    </ul>
  )
}

function Line({ item }: { item: Suggestion }) {
  switch (item.kind) {
    case 'text':
      return (
        <>
          <Search className="size-3.5 text-faint" aria-hidden="true" />
          <span className="truncate">
            Text contains <span className="font-medium">{item.text}</span>
          </span>
        </>
      )
    case 'field':
      return (
        <>
          <span className="font-medium">{item.prefix}</span>
          <span className="truncate text-faint">{item.hint}</span>
        </>
      )
    case 'token': {
      const { token, count } = item
      return (
        <>
          <span className="shrink-0 text-faint">
            {token.excluded ? 'not ' : ''}
            {token.field === 'property' ? token.key : token.field}
          </span>
          {token.field === 'provider' && <ProviderTile provider={token.value} />}
          {token.field === 'status' && /^-?\d+$/.test(token.value) ? (
            <Status look={lookOfStatus(Number(token.value))} className="min-w-0 flex-1" />
          ) : (
            <span className="min-w-0 flex-1 truncate font-medium">
              {valueLabel(token)}{' '}
              <span className="ml-1 font-normal text-faint">{valueMeaning(token)}</span>
            </span>
          )}
          {count !== null && <span className="text-xs text-faint">{formatCount(count)}</span>}
        </>
      )
    }
  }
}

function keyOf(item: Suggestion): string {
  if (item.kind === 'token')
    return `${item.token.field}.${item.token.key ?? ''}:${item.token.value}`
  return item.kind === 'field' ? item.prefix : 'text'
}
