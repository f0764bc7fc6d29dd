import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  ChevronDown,
  ChevronUp,
  Copy,
  Link2,
  Terminal,
  ThumbsDown,
  ThumbsUp,
  TriangleAlert,
  X,
} from 'lucide-react'
import type { ReactNode } from 'react'
import type { BodyDocument, RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Badge } from '../../components/badge.tsx'
import { IconButton } from '../../components/button.tsx'
import { useCopy } from '../../components/copy-button.tsx'
import { Menu, MenuItem } from '../../components/menu.tsx'
import { Notice } from '../../components/notice.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { api } from '../../lib/api.ts'
import { formatAgo, formatFullTime, formatMs, shortId } from '../../lib/format.ts'
import { CostCell } from '../requests/cells.tsx'
import { PolicyMarks } from '../requests/policy-marks.tsx'
import { providerName, ProviderTile } from '../requests/provider-tile.tsx'
import { lookOfRow } from '../requests/status.ts'
import { Status } from '../requests/status-dot.tsx'
import { useSession } from '../session/use-session.ts'
import { curlOf } from './curl.ts'

export interface DrawerHeaderProps {
  row: RequestRow | undefined
  body: BodyDocument | undefined
  /** Shows what the warnings are. */
  onPolicies: () => void
  onMove: (step: 1 | -1) => void
  onClose: () => void
}

export function DrawerHeader({ row, body, onPolicies, onMove, onClose }: DrawerHeaderProps) {
  return (
    <header className="shrink-0 px-5 pt-2.5 pb-3">
      <div className="-mr-1.5 flex items-center gap-0.5">
        <span className="mr-auto min-w-0">
          {row ? <IdButton id={row.request_id} /> : <Skeleton className="w-32" />}
        </span>
        {row && <Feedback row={row} />}
        {row && <CopyMenu row={row} body={body} />}
        <span className="mx-1 h-4 w-px bg-line" aria-hidden="true" />
        <IconButton label="Previous request" shortcut="k" onClick={() => onMove(-1)}>
          <ChevronUp />
        </IconButton>
        <IconButton label="Next request" shortcut="j" onClick={() => onMove(1)}>
          <ChevronDown />
        </IconButton>
        <IconButton label="Close" shortcut="esc" onClick={onClose} data-testid="drawer-close">
          <X />
        </IconButton>
      </div>
      {row && <Facts row={row} onPolicies={onPolicies} />}
    </header>
  )
}

function Facts({ row, onPolicies }: { row: RequestRow; onPolicies: () => void }) {
  const { heliograph: extra } = row
  const look = lookOfRow(row)
  return (
    <>
      <div className="mt-1.5 flex min-w-0 items-center gap-2">
        <ProviderTile provider={row.heliograph.provider} />
        <h2
          className="truncate text-lg font-semibold tracking-[-0.01em]"
          data-testid="drawer-model"
        >
          {row.model}
        </h2>
        {extra.is_stream && <Badge>stream</Badge>}
        <PolicyMarks row={row} />
        {extra.warnings.length > 0 && (
          <button
            type="button"
            data-testid="drawer-warnings"
            onClick={onPolicies}
            className="inline-flex rounded-sm hover:opacity-80"
          >
            <Badge tone="warn">
              <TriangleAlert className="size-3" aria-hidden="true" />
              {extra.warnings.length === 1
                ? '1 warning'
                : `${String(extra.warnings.length)} warnings`}
            </Badge>
          </button>
        )}
      </div>
      <dl className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        <Fact label="Status">
          <Status look={look} />
        </Fact>
        <Fact label="Cost">
          <CostCell row={row} />
        </Fact>
        <Fact label="Latency">{formatMs(row.delay_ms)}</Fact>
        {row.time_to_first_token !== null && (
          <Fact label="First token">{formatMs(row.time_to_first_token)}</Fact>
        )}
        <Fact label="When">
          <time dateTime={row.request_created_at} title={formatFullTime(row.request_created_at)}>
            {formatAgo(row.request_created_at)}
          </time>
        </Fact>
        <Fact label="Provider">{providerName(row.heliograph.provider)}</Fact>
        {row.request_user_id !== null && <Fact label="User">{row.request_user_id}</Fact>}
        {extra.session_id !== null && <Fact label="Session">{extra.session_id}</Fact>}
        {extra.request_name !== null && <Fact label="Name">{extra.request_name}</Fact>}
      </dl>
      <Properties row={row} />
      {extra.error_message !== null && (
        <Notice kind={look.tone === 'neutral' ? 'info' : 'bad'} className="mt-3">
          {extra.error_message}
        </Notice>
      )}
    </>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-baseline gap-1.5">
      <dt className="text-faint">{label}</dt>
      <dd className="truncate text-ink">{children}</dd>
    </div>
  )
}

/** Sessions and prompts have places of their own. */
function Properties({ row }: { row: RequestRow }) {
  const own = Object.entries(row.properties).filter(([name]) => !/^helicone-/i.test(name))
  if (own.length === 0) return null
  return (
    <ul aria-label="Properties" className="mt-2 flex flex-wrap gap-1">
      {own.map(([name, value]) => (
        <li key={name}>
          <Badge className="max-w-72">
            <span className="text-faint">{name}</span>
            <span className="truncate text-ink">{value}</span>
          </Badge>
        </li>
      ))}
    </ul>
  )
}

function IdButton({ id }: { id: string }) {
  const [copied, copy] = useCopy()
  return (
    <button
      type="button"
      title={`Copy ${id}`}
      aria-label="Copy the id"
      data-testid="copy-id"
      onClick={() => copy(id)}
      className="-ml-1.5 inline-flex h-7 items-center gap-1.5 rounded-md px-1.5 font-mono text-xs text-faint hover:bg-hover hover:text-ink"
    >
      {copied === true ? 'copied' : shortId(id)}
      <Copy className="size-3" aria-hidden="true" />
    </button>
  )
}

function CopyMenu({ row, body }: { row: RequestRow; body: BodyDocument | undefined }) {
  const [, copy] = useCopy()
  const { gatewayUrl } = useSession()
  return (
    <Menu
      align="end"
      trigger={
        <IconButton label="Copy" data-testid="copy-menu">
          <Copy />
        </IconButton>
      }
    >
      <MenuItem icon={<Terminal />} onSelect={() => copy(curlOf(row, body, gatewayUrl))}>
        Copy as curl
      </MenuItem>
      <MenuItem icon={<Link2 />} onSelect={() => copy(location.href)}>
        Copy link
      </MenuItem>
      <MenuItem icon={<Copy />} onSelect={() => copy(row.request_id)}>
        Copy id
      </MenuItem>
    </Menu>
  )
}

function Feedback({ row }: { row: RequestRow }) {
  const client = useQueryClient()
  const id = row.heliograph.id
  const rate = useMutation({
    mutationFn: (rating: boolean) => api.rate(id, rating),
    onSettled: () => client.invalidateQueries({ queryKey: ['request', id] }),
  })
  const rating = rate.isPending || rate.isSuccess ? rate.variables : row.feedback_rating
  return (
    <>
      <IconButton
        label={rate.isError ? rate.error.message : 'Good answer'}
        aria-pressed={rating === true}
        data-testid="feedback-up"
        onClick={() => rate.mutate(true)}
      >
        <ThumbsUp className={rating === true ? 'text-ok-ink' : ''} />
      </IconButton>
      <IconButton
        label={rate.isError ? rate.error.message : 'Bad answer'}
        aria-pressed={rating === false}
        data-testid="feedback-down"
        onClick={() => rate.mutate(false)}
      >
        <ThumbsDown className={rating === false ? 'text-bad-ink' : ''} />
      </IconButton>
    </>
  )
}
