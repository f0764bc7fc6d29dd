/** The keyboard of the list: a cursor that moves by `j` and `k`, and takes the open drawer along. */
import { useState } from 'react'
import type { RequestRow } from '../../../../src/contracts/api/requests.ts'
import { useHotkeys } from '../../lib/hotkeys.ts'
import { DRAWER_TABS } from './search.ts'
import type { DrawerTab } from './search.ts'

export interface ListKeys {
  rows: readonly RequestRow[]
  openId: string | null
  onOpen: (id: string | null) => void
  onFilter: () => void
  onLive: () => void
  onRefresh: () => void
  onTab: (tab: DrawerTab) => void
}

export function useListKeys({
  rows,
  openId,
  onOpen,
  onFilter,
  onLive,
  onRefresh,
  onTab,
}: ListKeys) {
  const [cursor, setCursor] = useState<string | null>(openId)
  const place = openId ?? cursor

  const move = (step: 1 | -1) => {
    const index = rows.findIndex((row) => row.heliograph.id === place)
    const next = rows[index === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, index + step))]
    if (!next) return
    setCursor(next.heliograph.id)
    if (openId !== null && next.heliograph.id !== openId) onOpen(next.heliograph.id)
  }
  const tabs = Object.fromEntries(
    DRAWER_TABS.map((tab, at) => [String(at + 1), () => openId !== null && onTab(tab)]),
  )
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => place !== null && openId === null && onOpen(place),
    Escape: () => {
      if (openId === null) setCursor(null)
      else {
        setCursor(openId)
        onOpen(null)
      }
    },
    '/': onFilter,
    '.': onLive,
    r: onRefresh,
    ...tabs,
  })
  return { cursor: place, setCursor, move }
}
