/** The chosen theme: `system` follows the device. `styles/theme-init.js` applies it before the first paint. */
import { useSyncExternalStore } from 'react'
import { readPreference, writePreference } from './storage.ts'

export type Theme = 'system' | 'light' | 'dark'

const listeners = new Set<() => void>()
let current: Theme = parse(readPreference('theme'))

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => current)
}

export function setTheme(theme: Theme): void {
  current = theme
  writePreference('theme', theme === 'system' ? null : theme)
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  for (const listener of listeners) listener()
}

/** Switches to the theme that is not shown now. */
export function toggleTheme(): void {
  const isDark =
    current === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : current === 'dark'
  setTheme(isDark ? 'light' : 'dark')
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function parse(value: string | null): Theme {
  return value === 'light' || value === 'dark' ? value : 'system'
}
