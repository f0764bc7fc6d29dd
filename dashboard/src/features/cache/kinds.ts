/** How a call that asked for the cache was answered, in the order in which the chart stacks them. */
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
  { kind: 'stale', label: 'Stale', swatch: 'bg-accent', ink: 'fill-accent' },
  { kind: 'misses', label: 'Misses', swatch: 'bg-line-strong', ink: 'fill-line-strong' },
  { kind: 'bypassed', label: 'Bypassed', swatch: 'bg-active', ink: 'fill-active' },
]
