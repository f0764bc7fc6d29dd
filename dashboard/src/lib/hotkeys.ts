/**
 * Keyboard shortcuts of a page: single keys (`j`, `?`, `Enter`) and two-key sequences (`g r`). They rest while somebody
 * types, while a menu or dialog is open, and under modifier keys.
 */
import { useEffect, useRef } from 'react'

export type Hotkeys = Readonly<Record<string, (event: KeyboardEvent) => void>>

const SEQUENCE_MS = 1_000

/** Inner components register first, and so come first. */
const registered = new Set<{ readonly current: Hotkeys }>()
let prefix = ''
let prefixAt = 0
let isOverlaid = false

export function useHotkeys(hotkeys: Hotkeys): void {
  const current = useRef(hotkeys)
  useEffect(() => {
    current.current = hotkeys
  })
  useEffect(() => {
    registered.add(current)
    if (registered.size === 1) {
      document.addEventListener('keydown', listen)
      window.addEventListener('keydown', look, { capture: true })
    }
    return () => {
      registered.delete(current)
      if (registered.size > 0) return
      document.removeEventListener('keydown', listen)
      window.removeEventListener('keydown', look, { capture: true })
    }
  }, [])
}

/** One listener for all: the second key of a sequence must not reach a single-key shortcut elsewhere. */
function listen(event: KeyboardEvent): void {
  if (isBusy(event)) return
  const before = event.timeStamp - prefixAt < SEQUENCE_MS ? prefix : ''
  prefix = ''
  const handler = (before === '' ? undefined : find(`${before} ${event.key}`)) ?? find(event.key)
  if (handler) {
    event.preventDefault()
    handler(event)
  } else if (startsSequence(event.key)) {
    prefix = event.key
    prefixAt = event.timeStamp
  }
}

function find(keys: string): Hotkeys[string] | undefined {
  for (const { current } of registered) if (current[keys]) return current[keys]
  return undefined
}

function startsSequence(key: string): boolean {
  return [...registered].some(({ current }) =>
    Object.keys(current).some((keys) => keys.startsWith(`${key} `)),
  )
}

/** Before anybody acts on the key: a dialog that it closes is gone by the time that `listen` hears of it. */
function look(): void {
  isOverlaid = document.querySelector('[role="dialog"], [role="menu"]') !== null
}

function isBusy(event: KeyboardEvent): boolean {
  if (isOverlaid || event.metaKey || event.ctrlKey || event.altKey) return true
  // A tooltip takes Escape for itself; that must not cost a second press.
  if (event.defaultPrevented && event.key !== 'Escape') return true
  const target = event.target instanceof HTMLElement ? event.target : null
  if (target?.closest('input, textarea, select, [contenteditable="true"]')) return true
  // Enter on a button or a link is that button's.
  if (event.key === 'Enter' && target?.closest('button, a, [role="tab"], [role="treeitem"]'))
    return true
  return false
}
