import { useState } from 'react'
import type { BodyDocument, RequestRow } from '../../../../src/contracts/api/requests.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { formatBytes } from '../../lib/format.ts'
import { JsonTree } from './json-tree.tsx'
import { RawText } from './raw-text.tsx'

type Side = 'request' | 'response' | 'raw'

export function JsonView({ body, row }: { body: BodyDocument; row: RequestRow }) {
  const { response_raw: raw, request_truncated, response_truncated } = body.heliograph
  const [side, setSide] = useState<Side>('response')
  const items = [
    { value: 'request' as const, label: 'Request' },
    { value: 'response' as const, label: 'Response' },
    ...(raw === null ? [] : [{ value: 'raw' as const, label: 'Stream' }]),
  ]
  const value = side === 'request' ? body.request : side === 'response' ? body.response : raw
  const bytes = side === 'request' ? row.heliograph.request_bytes : row.heliograph.response_bytes
  const isTruncated = side === 'request' ? request_truncated : response_truncated
  const state =
    side === 'request' ? row.heliograph.request_body_state : row.heliograph.response_body_state
  return (
    <div className="flex h-full min-h-0 flex-col" data-testid="json">
      <div className="flex h-11 shrink-0 items-center gap-3 border-b pr-3.5 pl-5">
        <Segmented value={side} onChange={setSide} items={items} label="Which body" />
        <span className="text-xs text-faint">
          {formatBytes(bytes)}
          {isTruncated && ', cut'}
        </span>
        <span className="flex-1" />
        <CopyButton
          text={() => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))}
          label="Copy all"
        />
      </div>
      <div className="min-h-0 flex-1">
        {value === null || value === undefined || value === '' ? (
          <p className="p-6 text-sm text-faint">
            {state === 'omitted' ? 'Not kept, as the call asked.' : 'Empty.'}
          </p>
        ) : typeof value === 'string' ? (
          <RawText text={value} label={side} />
        ) : (
          <JsonTree key={side} value={value} label={side} />
        )}
      </div>
    </div>
  )
}
