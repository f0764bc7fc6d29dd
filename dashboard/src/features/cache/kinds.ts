/**
 * How a call that asked for the cache was answered, in the order in which the chart stacks them. Each colour stands out
 * from the ground by 3:1 in both themes; the greys are what the cache had no part in.
 */
import type { CacheCounts } from '../../../../src/contracts/api/cache.ts'

export interface CacheKind {
  kind: keyof CacheCounts
  label: string
  swatch: string
  ink: string
}

export const KINDS: readonly CacheKind[] = [
  { kind: 'hits', label: 'Hits', swatch: 'bg-teal', ink: 'fill-teal' },
  { kind: 'coalesced', label: 'Coalesced', swatch: 'bg-info', ink: 'fill-info' },
  { kind: 'stale', label: 'Stale', swatch: 'bg-amber', ink: 'fill-amber' },
  { kind: 'misses', label: 'Misses', swatch: 'bg-control', ink: 'fill-control' },
  { kind: 'bypassed', label: 'Bypassed', swatch: 'bg-muted', ink: 'fill-muted' },
]
