import { Link } from '@tanstack/react-router'
import { ArrowRight, Eraser } from 'lucide-react'
import { useState } from 'react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { formatSavedMs, formatUsd, shortId } from '../../lib/format.ts'
import { PurgeDialog } from '../cache/purge-dialog.tsx'
import { CACHE_MEANINGS } from '../requests/cache-status.ts'
import { CacheBadge } from '../requests/policy-marks.tsx'
import { Facts } from './section.tsx'
import type { FactRow } from './section.tsx'

/** What the contract says where there is no reference. */
const NO_REFERENCE = '00000000-0000-0000-0000-000000000000'

export function CacheFacts({ row }: { row: RequestRow }) {
  const [isPurging, setIsPurging] = useState(false)
  const { cache_status: status, cache_key: key } = row.heliograph
  if (status === null) return <p className="text-sm text-faint">The cache was not asked for.</p>
  return (
    <>
      <div className="mb-2 flex items-center gap-2">
        <CacheBadge status={status} />
        <span className="text-muted">{CACHE_MEANINGS[status]}</span>
      </div>
      <Facts rows={rowsOf(row)} />
      {key !== null && (
        <Button
          size="sm"
          className="mt-3"
          data-testid="purge-answer"
          onClick={() => setIsPurging(true)}
        >
          <Eraser className="size-3.5 text-faint" aria-hidden="true" /> Purge this answer
        </Button>
      )}
      {isPurging && key !== null && (
        <PurgeDialog cacheKey={key} onClose={() => setIsPurging(false)} />
      )}
    </>
  )
}

function rowsOf(row: RequestRow): FactRow[] {
  const { cache_key: key, saved_ms: savedMs, saved_usd: savedUsd } = row.heliograph
  const reference = row.cache_reference_id === NO_REFERENCE ? null : row.cache_reference_id
  const rows: FactRow[] = []
  if (reference !== null) rows.push({ label: 'Answer of', value: <Reference id={reference} /> })
  if (savedMs !== null) {
    rows.push(
      { label: 'Saved money', value: <SavedMoney usd={savedUsd} /> },
      { label: 'Saved time', value: formatSavedMs(savedMs) },
    )
  }
  if (key !== null) {
    rows.push({
      label: 'Key',
      value: (
        <span className="-my-1 inline-flex items-center gap-1 font-mono text-xs" title={key}>
          {shortId(key)}
          <CopyButton text={key} label="Copy the key" />
        </span>
      ),
    })
  }
  return rows
}

function Reference({ id }: { id: string }) {
  return (
    <Link
      from="/"
      to="/"
      search={(before) => ({ ...before, request: id })}
      data-testid="cache-reference"
      className="inline-flex items-center gap-1 font-mono text-xs underline underline-offset-2"
    >
      {shortId(id)}
      <ArrowRight className="size-3" aria-hidden="true" />
    </Link>
  )
}

/** Unknown is never $0. */
function SavedMoney({ usd }: { usd: number | null }) {
  return usd === null ? <Badge tone="warn">unpriced</Badge> : formatUsd(usd)
}
