/**
 * The live feed: one WebSocket for the whole page, opened while somebody listens. It comes back by itself, and tells
 * its listeners when it was away, because rows may have been missed.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { LiveMessage, RequestRow } from '../../../src/contracts/api/requests.ts'

export type LiveState = 'connecting' | 'live' | 'offline'

interface Listener {
  onRows: (rows: RequestRow[]) => void
  /** The feed is back after a gap. */
  onResume: () => void
}

const HEARTBEAT_MS = 25_000
const LONGEST_WAIT_MS = 15_000

const listeners = new Set<Listener>()
const stateListeners = new Set<() => void>()
let state: LiveState = 'connecting'
let socket: WebSocket | null = null
let failures = 0
let wasLive = false
let retryTimer = 0
let heartbeatTimer = 0
let lastHeardAt = 0

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener)
      return () => stateListeners.delete(listener)
    },
    () => state,
  )
}

/** Calls back for as long as the component is mounted. */
export function useLiveFeed(onRows: Listener['onRows'], onResume: Listener['onResume']): void {
  const handlers = useRef({ onRows, onResume })
  useEffect(() => {
    handlers.current = { onRows, onResume }
  })
  useEffect(() => {
    const listener: Listener = {
      onRows: (rows) => handlers.current.onRows(rows),
      onResume: () => handlers.current.onResume(),
    }
    listeners.add(listener)
    if (socket === null && retryTimer === 0) connect()
    return () => {
      listeners.delete(listener)
      // Another page may take over in the same tick.
      window.setTimeout(() => listeners.size === 0 && disconnect(), 1_000)
    }
  }, [])
}

function connect(): void {
  retryTimer = 0
  const opened = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/live`)
  socket = opened
  opened.addEventListener('message', (event) => {
    lastHeardAt = Date.now()
    const message = parse(event.data)
    if (message?.type === 'hello') welcome()
    if (message?.type === 'rows') for (const listener of listeners) listener.onRows(message.rows)
  })
  opened.addEventListener('close', () => socket === opened && retry())
}

function welcome(): void {
  failures = 0
  setState('live')
  if (wasLive) for (const listener of listeners) listener.onResume()
  wasLive = true
  window.clearInterval(heartbeatTimer)
  heartbeatTimer = window.setInterval(beat, HEARTBEAT_MS)
}

/** A socket that died silently never closes: silence over two beats counts as closed. */
function beat(): void {
  if (Date.now() - lastHeardAt > 2.5 * HEARTBEAT_MS) {
    socket?.close()
    retry()
  } else if (socket?.readyState === WebSocket.OPEN) {
    socket.send('ping')
  }
}

function retry(): void {
  window.clearInterval(heartbeatTimer)
  socket = null
  if (listeners.size === 0) return
  setState('offline')
  failures += 1
  const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures)
  retryTimer = window.setTimeout(connect, wait * (0.5 + Math.random() / 2))
}

function disconnect(): void {
  window.clearTimeout(retryTimer)
  window.clearInterval(heartbeatTimer)
  retryTimer = 0
  const closing = socket
  socket = null
  closing?.close()
  setState('connecting')
}

function setState(next: LiveState): void {
  if (state === next) return
  state = next
  for (const listener of stateListeners) listener()
}

function parse(data: unknown): LiveMessage | null {
  if (typeof data !== 'string' || !data.startsWith('{')) return null
  try {
    return JSON.parse(data) as LiveMessage
  } catch {
    return null
  }
}
