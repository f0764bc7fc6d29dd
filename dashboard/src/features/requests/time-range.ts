/** The time that is looked at: a relative preset, or two fixed ends. */

export const PRESETS = [
  { value: '15m', label: 'Last 15 minutes', ms: 15 * 60_000 },
  { value: '1h', label: 'Last hour', ms: 3_600_000 },
  { value: '24h', label: 'Last 24 hours', ms: 86_400_000 },
  { value: '7d', label: 'Last 7 days', ms: 7 * 86_400_000 },
  { value: '30d', label: 'Last 30 days', ms: 30 * 86_400_000 },
  { value: '90d', label: 'Last 90 days', ms: 90 * 86_400_000 },
  { value: 'all', label: 'All time', ms: null },
] as const

export type Preset = (typeof PRESETS)[number]['value']
export const DEFAULT_PRESET: Preset = '7d'

export interface TimeRange {
  preset: Preset | null
  /** Epoch ms; only without a preset. */
  from: number | null
  to: number | null
}

export function readPreset(value: unknown): Preset | undefined {
  return PRESETS.find((preset) => preset.value === value)?.value
}

/** Ends of the range as of now; null is open. */
export function boundsOf(
  range: TimeRange,
  now = Date.now(),
): { from: number | null; to: number | null } {
  if (range.preset === null) return { from: range.from, to: range.to }
  const ms = PRESETS.find((preset) => preset.value === range.preset)?.ms ?? null
  return { from: ms === null ? null : now - ms, to: null }
}

const shortFormat = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})

export function labelOf(range: TimeRange): string {
  if (range.preset !== null) {
    return PRESETS.find((preset) => preset.value === range.preset)?.label ?? ''
  }
  const ends = [range.from, range.to].map((end) => (end === null ? '…' : shortFormat.format(end)))
  return ends.join(' – ')
}
