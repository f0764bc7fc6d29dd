import { useState } from 'react'
import type { KeyboardEvent, PointerEvent } from 'react'
import { readPreference, writePreference } from '../../lib/storage.ts'

const LEAST = 30
const MOST = 75
const STEP = 2
const NAME = 'drawer-width'

/** Percent of the page that the drawer takes. */
export function useDrawerWidth() {
  const [width, setState] = useState(() => clamp(Number(readPreference(NAME) ?? 52)))
  const setWidth = (next: number) => {
    const clamped = clamp(next)
    setState(clamped)
    writePreference(NAME, String(clamped))
  }
  return { width, setWidth }
}

export interface ResizeHandleProps {
  width: number
  onWidth: (width: number) => void
}

export function ResizeHandle({ width, onWidth }: ResizeHandleProps) {
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const page = event.currentTarget.parentElement?.parentElement
    if (!page || !event.currentTarget.hasPointerCapture(event.pointerId)) return
    const { right, width: whole } = page.getBoundingClientRect()
    onWidth(((right - event.clientX) / whole) * 100)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    onWidth(width + (event.key === 'ArrowLeft' ? STEP : -STEP))
  }
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the request panel"
      aria-valuenow={Math.round(width)}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
      onDoubleClick={() => onWidth(52)}
      className="absolute inset-y-0 -left-1 z-20 w-2 cursor-col-resize touch-none outline-none after:absolute after:inset-y-0 after:left-[3px] after:w-0.5 after:bg-transparent after:transition-colors hover:after:bg-line-strong focus-visible:after:bg-focus active:after:bg-accent"
    />
  )
}

function clamp(width: number): number {
  return Number.isFinite(width) ? Math.min(MOST, Math.max(LEAST, width)) : 52
}
