/** The answers that were given again the most. A row leads to the request whose answer it is. */
import { Link } from '@tanstack/react-router'
import { Eraser } from 'lucide-react'
import { useState } from 'react'
import type { CacheEntry } from '../../../../src/contracts/api/cache.ts'
import { Badge } from '../../components/badge.tsx'
import { IconButton } from '../../components/button.tsx'
import {
  formatAgo,
  formatCount,
  formatFullTime,
  formatSavedMs,
  formatUsd,
} from '../../lib/format.ts'
import { ProviderTile } from '../requests/provider-tile.tsx'
import type { RangeSearch } from '../requests/search.ts'
import { PurgeDialog } from './purge-dialog.tsx'

const HEAD = 'py-2 pl-5 text-right font-medium whitespace-nowrap'
const CELL = 'py-2 pl-5 text-right whitespace-nowrap'

export interface TopEntriesProps {
  entries: readonly CacheEntry[]
  /** The requests are looked at over the same time. */
  range: RangeSearch
}

export function TopEntries({ entries, range }: TopEntriesProps) {
  const [purging, setPurging] = useState<string | null>(null)
  return (
    <>
      <table className="w-full border-y" aria-label="Top entries">
        <thead className="text-left text-xs text-faint">
          <tr className="border-b">
            <th scope="col" className="py-2 font-medium">
              Answer to
            </th>
            <th scope="col" className={HEAD}>
              Given again
            </th>
            <th scope="col" className={HEAD}>
              Saved
            </th>
            <th scope="col" className={`${HEAD} max-md:hidden`}>
              Saved time
            </th>
            <th scope="col" className={`${HEAD} max-md:hidden`}>
              Last used
            </th>
            <th scope="col" className="w-10 py-2">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <EntryRow
              key={entry.key}
              entry={entry}
              range={range}
              onPurge={() => setPurging(entry.key)}
            />
          ))}
        </tbody>
      </table>
      {purging !== null && <PurgeDialog cacheKey={purging} onClose={() => setPurging(null)} />}
    </>
  )
}

interface EntryRowProps {
  entry: CacheEntry
  range: RangeSearch
  onPurge: () => void
}

function EntryRow({ entry, range, onPurge }: EntryRowProps) {
  const { referenceId, preview, model, provider } = entry
  return (
    <tr
      data-testid="cache-entry"
      data-key={entry.key}
      className="relative border-b transition-colors last:border-b-0 hover:bg-hover"
    >
      {/* No width of its own, so that a long prompt gives way. */}
      <td className="h-13 w-full max-w-0 py-2">
        <Link
          to="/"
          search={{ ...range, ...(referenceId === null ? {} : { request: referenceId }) }}
          data-testid="cache-entry-link"
          dir="auto"
          className="block truncate text-ink outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
        >
          {preview ?? 'The prompt was not kept'}
        </Link>
        <span className="mt-0.5 flex min-w-0 items-center gap-1.5 text-xs text-faint">
          <ProviderTile provider={provider} />
          <span className="truncate">{model ?? provider}</span>
          <span className="shrink-0 md:hidden">· {formatAgo(entry.lastAt)}</span>
        </span>
      </td>
      <td className={CELL} title={`${formatCount(entry.requests)} calls with this key`}>
        {formatCount(entry.hits)}
      </td>
      <td className={CELL}>
        {entry.savedUsd === null ? (
          <Badge tone="warn" title={`No price is known for ${model ?? 'this model'}.`}>
            unpriced
          </Badge>
        ) : (
          formatUsd(entry.savedUsd)
        )}
      </td>
      <td className={`${CELL} text-muted max-md:hidden`}>{formatSavedMs(entry.savedMs)}</td>
      <td className={`${CELL} text-muted max-md:hidden`} title={formatFullTime(entry.lastAt)}>
        {formatAgo(entry.lastAt)}
      </td>
      <td className="pl-2 text-right">
        {/* In front of the link that fills the row. */}
        <span className="relative z-10">
          <IconButton label="Purge this answer" data-testid="purge-entry" onClick={onPurge}>
            <Eraser />
          </IconButton>
        </span>
      </td>
    </tr>
  )
}
