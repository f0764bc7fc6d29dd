/**
 * Numbers, money and times as people read them. Unknown is an en dash, never a zero. All money comes in as US dollars
 * or nano-dollars, all durations in ms.
 */

export const UNKNOWN = '–'
const NANO_PER_USD = 1_000_000_000

const whole = new Intl.NumberFormat('en-US')
const rate = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 })
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})
const day = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' })
const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' })
const full = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'long',
})

export function formatCount(value: number | null): string {
  return value === null ? UNKNOWN : whole.format(value)
}

/** 1234 → `1.2k`; whole below a thousand. */
export function formatShortCount(value: number | null): string {
  if (value === null) return UNKNOWN
  if (value < 1000) return String(value)
  const [scaled, unit] = value < 999_500 ? [value / 1000, 'k'] : [value / 1_000_000, 'M']
  return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`
}

/** Enough digits to tell small calls apart: `$0.000042`, `$0.0123`, `$1.24`. */
export function formatUsd(usd: number | null): string {
  if (usd === null) return UNKNOWN
  if (usd === 0) return '$0'
  const size = Math.abs(usd)
  if (size >= 1) return `$${usd.toFixed(2)}`
  if (size >= 0.001) return `$${usd.toFixed(4)}`
  if (size >= 0.000001) return `$${usd.toFixed(6)}`
  return `$${usd.toFixed(9).replace(/0+$/, '')}`
}

/** The same for a narrow column: nothing is longer than `<$0.000001`. */
export function formatShortUsd(usd: number | null): string {
  const isTiny = usd !== null && usd > 0 && usd < 0.000001
  return isTiny ? '<$0.000001' : formatUsd(usd)
}

/** A price of a million tokens: `$3.00`, `$0.075`. */
export function formatRate(usd: number): string {
  return `$${rate.format(usd)}`
}

export function formatNanoUsd(nano: number | null): string {
  return formatUsd(nano === null ? null : nano / NANO_PER_USD)
}

/** Clocks are read in whole ms: less than one is no more than that. */
export function formatMs(ms: number | null): string {
  if (ms === null) return UNKNOWN
  if (ms < 1) return '<1 ms'
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null) return UNKNOWN
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

export function formatPercent(share: number): string {
  if (share > 0 && share < 0.01) return '<1%'
  if (share < 1 && share > 0.99) return '>99%'
  return `${Math.round(share * 100)}%`
}

/** `14:03:22` today, `Nov 20 14:03` before. */
export function formatRowTime(iso: string, now = new Date()): { day: string | null; time: string } {
  const at = new Date(iso)
  const isToday = at.toDateString() === now.toDateString()
  const time = clock.format(at)
  return isToday ? { day: null, time } : { day: day.format(at), time: time.slice(0, 5) }
}

export function formatFullTime(time: string | number): string {
  return full.format(new Date(time))
}

export function formatAgo(time: string | number, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - new Date(time).getTime()) / 1000))
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  if (seconds < 60 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`
  return date.format(new Date(time))
}

/** Whole seconds to wait: `42 s`, `4 min`, `2 h`, `3 d`. */
export function formatWait(seconds: number | null): string {
  if (seconds === null) return UNKNOWN
  if (seconds < 90) return `${seconds} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3_600) return `${Math.round(seconds / 3_600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** Time in the large: `1.2 s`, `42 min`, `3.5 h`, `12 d`. */
export function formatSpan(ms: number): string {
  if (ms < 60_000) return formatMs(ms)
  const [scaled, unit] =
    ms < 3_600_000
      ? [ms / 60_000, 'min']
      : ms < 48 * 3_600_000
        ? [ms / 3_600_000, 'h']
        : [ms / 86_400_000, 'd']
  return `${scaled < 9.95 ? scaled.toFixed(1) : whole.format(Math.round(scaled))} ${unit}`
}

/** Time that was spared; none is an en dash. */
export function formatSavedMs(ms: number): string {
  return ms === 0 ? UNKNOWN : formatSpan(ms)
}

/** First and last characters: UUIDv7s of one minute share their beginning. */
export function shortId(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 6)}…${id.slice(-6)}`
}
