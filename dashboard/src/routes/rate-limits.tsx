/** Rate limits: the organisation's rules, the counters at work, and who was denied. */
import { useQuery } from '@tanstack/react-query'
import { Gauge, Plus } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import type { RateLimitRule } from '../../../src/contracts/api/rate-limits.ts'
import { Button } from '../components/button.tsx'
import { CodeBlock } from '../components/code-block.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { ErrorNotice } from '../components/error-notice.tsx'
import { LiveDot } from '../components/live-dot.tsx'
import { Page } from '../components/page.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { DeniedList } from '../features/rate-limits/denied-list.tsx'
import { LiveTable } from '../features/rate-limits/live-table.tsx'
import { POLICY_HEADER } from '../features/rate-limits/policy.ts'
import { RuleDialog } from '../features/rate-limits/rule-dialog.tsx'
import { RuleTable } from '../features/rate-limits/rule-table.tsx'
import { useLiveLimits } from '../features/rate-limits/use-live-limits.ts'
import { api } from '../lib/api.ts'
import { useLiveState } from '../lib/live.ts'

const EXAMPLE = `${POLICY_HEADER}: 100;w=60;s=user`

export function RateLimitsPage() {
  const [editing, setEditing] = useState<RateLimitRule | 'new' | null>(null)
  const createRef = useRef<HTMLButtonElement>(null)
  const rules = useQuery({
    queryKey: ['rate-limits', 'rules'],
    queryFn: ({ signal }) => api.rateLimits(signal),
  })
  useEffect(() => {
    document.title = 'Rate limits · Heliograph'
  }, [])
  const create = (
    <Button
      ref={createRef}
      variant="primary"
      onClick={() => setEditing('new')}
      data-testid="create-rule"
    >
      <Plus className="size-4" aria-hidden="true" /> Create rule
    </Button>
  )
  return (
    <Page
      isWide
      title="Rate limits"
      lead="How much the organisation, a user, a key or a plan may use. All rules hold at once, and the strictest answers."
      actions={create}
    >
      <Block title="Rules" note="In effect within a minute">
        {rules.isError && (
          <ErrorNotice
            title="The rules could not be read"
            error={rules.error}
            onRetry={() => void rules.refetch()}
            className="mb-3"
          />
        )}
        {rules.isPending && <Lines label="Loading rules" />}
        {rules.data?.length === 0 && <NoRules />}
        {rules.data !== undefined && rules.data.length > 0 && (
          <RuleTable rules={rules.data} onEdit={setEditing} afterDelete={createRef} />
        )}
      </Block>
      <AtWork />
      {editing !== null && (
        <RuleDialog
          rules={rules.data ?? []}
          {...(editing === 'new' ? {} : { rule: editing })}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  )
}

function NoRules() {
  return (
    <div className="rounded-xl border">
      <EmptyState icon={<Gauge />} title="No rules yet" testId="no-rules">
        A rule holds for every key of the organisation. Or let a call bring its own policy: a
        hundred requests a minute for each user is one header.
        <CodeBlock code={EXAMPLE} className="mt-4" label="Copy the header" isCompact />
      </EmptyState>
    </div>
  )
}

function AtWork() {
  const live = useLiveLimits()
  const state = useLiveState()
  const keys = useQuery({ queryKey: ['keys'], queryFn: ({ signal }) => api.keys(signal) })
  const known = keys.data ?? []
  const limits = live.data ?? []
  return (
    <>
      <Block
        title="At work"
        note={
          // What cannot be read follows nothing.
          !live.isError && (
            <span className="inline-flex items-center gap-1.5">
              <LiveDot state={state === 'live' ? 'live' : 'waiting'} />
              Follows the calls of the last hour
            </span>
          )
        }
      >
        {live.isError && (
          <ErrorNotice
            title="The counters could not be read"
            error={live.error}
            onRetry={() => void live.refetch()}
            className="mb-3"
          />
        )}
        {live.isPending && <Lines label="Loading counters" />}
        {live.data?.length === 0 && (
          <p className="border-y py-5 text-center text-muted" data-testid="no-live-limits">
            No call met a limit in the last hour. Counters show here as soon as one does.
          </p>
        )}
        {limits.length > 0 && (
          <LiveTable limits={limits} keys={known} readAt={live.dataUpdatedAt} />
        )}
      </Block>
      {limits.length > 0 && (
        <Block title="Denied" note="In the last hour">
          <DeniedList limits={limits} keys={known} />
        </Block>
      )}
    </>
  )
}

function Block({ title, note, children }: { title: string; note: ReactNode; children: ReactNode }) {
  return (
    <section className="mt-10 first-of-type:mt-0">
      <header className="mb-3 flex items-baseline justify-between gap-4">
        <h2 className="text-base font-semibold">{title}</h2>
        <span className="text-xs text-faint">{note}</span>
      </header>
      {children}
    </section>
  )
}

function Lines({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-5 border-y py-5">
      <Skeleton className="w-2/3" />
      <Skeleton className="w-1/2" />
      <Skeleton className="w-3/5" />
    </div>
  )
}
