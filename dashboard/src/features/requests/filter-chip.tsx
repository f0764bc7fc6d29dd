import { X } from 'lucide-react'
import { cx } from '../../lib/cx.ts'
import { CACHE_MEANINGS, readCacheStatus } from './cache-status.ts'
import { ANY_LIMIT } from './filter.ts'
import type { Token } from './filter.ts'
import { ProviderTile, providerName } from './provider-tile.tsx'
import { lookOfStatus } from './status.ts'

export interface FilterChipProps {
  token: Token
  onToggle: () => void
  onRemove: () => void
}

/** One condition. A press on its name turns it around: is, is not. */
export function FilterChip({ token, onToggle, onRemove }: FilterChipProps) {
  const name = token.field === 'property' ? (token.key ?? '') : token.field
  return (
    <span
      data-testid="filter-chip"
      className="inline-flex h-6 max-w-72 shrink-0 items-center overflow-hidden rounded-sm bg-active text-xs"
    >
      <button
        type="button"
        onClick={onToggle}
        title={token.excluded ? 'Excluded. Press to include.' : 'Included. Press to exclude.'}
        className="h-full shrink-0 pr-1 pl-2 text-muted hover:text-ink focus-visible:-outline-offset-2"
      >
        {name}{' '}
        <span className={cx(token.excluded && 'font-medium text-bad-ink')}>
          {token.excluded ? 'is not' : 'is'}
        </span>
      </button>
      <span className="flex min-w-0 items-center gap-1.5 pr-1 font-medium text-ink">
        {token.field === 'provider' && <ProviderTile provider={token.value} />}
        <span className="truncate" title={valueMeaning(token) ?? undefined}>
          {valueLabel(token)}
        </span>
      </span>
      <button
        type="button"
        onClick={onRemove}
        aria-label={`Remove ${name} ${token.value}`}
        className="flex h-full w-6 shrink-0 items-center justify-center text-faint hover:bg-line-strong hover:text-ink focus-visible:-outline-offset-2"
      >
        <X className="size-3" aria-hidden="true" />
      </button>
    </span>
  )
}

export function valueLabel(token: Pick<Token, 'field' | 'value'>): string {
  if (token.field === 'provider') return providerName(token.value)
  if (token.field === 'status' && token.value.startsWith('-')) {
    return lookOfStatus(Number(token.value)).code
  }
  return token.value
}

/** What the value means, where its name does not tell. */
export function valueMeaning(token: Pick<Token, 'field' | 'value'>): string | null {
  if (token.field === 'limited' && token.value === ANY_LIMIT) {
    return 'Denied by a rate limit, whosever it is'
  }
  const status = token.field === 'cache' ? readCacheStatus(token.value) : null
  return status === null ? null : CACHE_MEANINGS[status]
}
