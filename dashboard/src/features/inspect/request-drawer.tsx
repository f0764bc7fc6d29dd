/** One request, beside the list. On a phone it takes the list's place. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Notice } from '../../components/notice.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { api, ApiError } from '../../lib/api.ts'
import { NARROW, useMedia } from '../../lib/media.ts'
import { SearchX } from 'lucide-react'
import type { DrawerTab } from '../requests/search.ts'
import { BodyState } from './body-state.tsx'
import { ChatView } from './chat-view.tsx'
import { CostView } from './cost-view.tsx'
import { DrawerSkeleton } from './drawer-skeleton.tsx'
import { DrawerHeader } from './drawer-header.tsx'
import { HeadersView } from './headers-view.tsx'
import { JsonView } from './json-view.tsx'
import { PoliciesView } from './policies-view.tsx'
import { ResizeHandle, useDrawerWidth } from './resize-handle.tsx'
import { TimingView } from './timing-view.tsx'

export interface RequestDrawerProps {
  id: string
  /** What the list knows of it already. */
  row: RequestRow | undefined
  tab: DrawerTab
  onTab: (tab: DrawerTab) => void
  onMove: (step: 1 | -1) => void
  onClose: () => void
}

const TABS = [
  { value: 'chat', label: 'Chat' },
  { value: 'json', label: 'JSON' },
  { value: 'timing', label: 'Timing' },
  { value: 'cost', label: 'Cost' },
  { value: 'policies', label: 'Policies' },
  { value: 'headers', label: 'Headers' },
] as const

export function RequestDrawer(props: RequestDrawerProps) {
  const { id, tab } = props
  const isNarrow = useMedia(NARROW)
  const { width, setWidth } = useDrawerWidth()
  const ref = useRef<HTMLElement>(null)
  const detail = useQuery({
    queryKey: ['request', id],
    queryFn: ({ signal }) => api.request(id, signal),
    // A signed link lives for an hour.
    staleTime: 10 * 60_000,
  })
  const row = detail.data ?? props.row
  const url = detail.data?.signed_body_url ?? null
  const body = useQuery({
    queryKey: ['body', id],
    queryFn: ({ signal }) => api.body(url ?? '', signal),
    enabled: url !== null,
    staleTime: Infinity,
  })

  // On a phone the list is gone, and the focus with it.
  const focusDrawer = useCallback(() => ref.current?.focus({ preventScroll: true }), [])
  useEffect(() => {
    if (isNarrow) focusDrawer()
  }, [isNarrow, focusDrawer])

  // What had the focus goes with the drawer: the list, whose cursor is on this request, takes it.
  useLayoutEffect(() => {
    const drawer = ref.current
    return () => {
      if (drawer?.contains(document.activeElement) !== true) return
      document.querySelector<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true })
    }
  }, [])

  const isMissing = detail.error instanceof ApiError && detail.error.status === 404
  const renderTab = () => {
    if (!row) return <DrawerSkeleton />
    if (tab === 'timing') return <TimingView row={row} />
    if (tab === 'cost') return <CostView row={row} />
    if (tab === 'policies') return <PoliciesView key={id} row={row} />
    return (
      <BodyState
        row={row}
        isLoading={detail.isPending || (url !== null && body.isPending)}
        error={detail.error ?? body.error}
        body={body.data}
      >
        {(document) => {
          if (tab === 'headers') return <HeadersView body={document} row={row} />
          if (tab === 'json') return <JsonView key={id} body={document} row={row} />
          return <ChatView key={id} body={document} row={row} onJson={() => props.onTab('json')} />
        }}
      </BodyState>
    )
  }

  return (
    <aside
      ref={ref}
      tabIndex={-1}
      aria-label="Request"
      data-testid="drawer"
      data-request-id={id}
      className="relative flex min-w-0 shrink-0 flex-col border-l bg-surface outline-none max-md:w-full! max-md:border-l-0"
      style={isNarrow ? {} : { width: `${String(width)}%` }}
    >
      {!isNarrow && <ResizeHandle width={width} onWidth={setWidth} />}
      {isMissing && row === undefined ? (
        <EmptyState
          icon={<SearchX />}
          title="There is no such request"
          testId="request-missing"
          actions={<Button onClick={props.onClose}>Back to the list</Button>}
        >
          It may have been deleted, or it belongs to another organisation.
        </EmptyState>
      ) : (
        <>
          <DrawerHeader
            row={row}
            body={body.data}
            onPolicies={() => props.onTab('policies')}
            onMove={props.onMove}
            onClose={props.onClose}
          />
          {detail.isError && row === undefined && (
            <Notice kind="bad" title="The request could not be read" className="m-4">
              {detail.error.message}
            </Notice>
          )}
          <Tabs
            value={tab}
            onChange={props.onTab}
            items={TABS}
            label="Views of the request"
            className="flex-1"
            panelClassName="overflow-y-auto overscroll-contain"
          >
            {renderTab()}
          </Tabs>
        </>
      )}
    </aside>
  )
}
