/** Round numbers for the axes of the chart. */

const STEPS = [1, 2, 3, 4, 6, 8, 10]
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const TIME_STEPS = [
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  3 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
]
/** Steps of more than these begin with a month. */
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 240]
const MONTH_MS = 30.4 * DAY_MS
/** Longer spans may meet the same day twice. */
const YEARLESS_MS = 300 * DAY_MS

/** The first round number that is not below. */
export function niceTop(largest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, largest)))
  return (STEPS.find((step) => step * power >= largest) ?? 10) * power
}

/** Local round times between the ends, at most so many. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const wanted = (to - from) / Math.max(1, most)
  const step = TIME_STEPS.find((size) => size >= wanted)
  if (step === undefined) return monthTicks(from, to, wanted)
  // Midnights are local ones.
  const offset = new Date(from).getTimezoneOffset() * MINUTE_MS
  const first = Math.ceil((from - offset) / step) * step + offset
  const count = Math.max(0, Math.ceil((to - first) / step))
  return Array.from({ length: count }, (_, at) => first + at * step)
}

/** Local beginnings of months, or of years where a step is that long. */
function monthTicks(from: number, to: number, wanted: number): number[] {
  const step = MONTH_STEPS.find((months) => months * MONTH_MS >= wanted) ?? 1_200
  const start = new Date(from)
  const months = start.getFullYear() * 12 + start.getMonth()
  const ticks: number[] = []
  for (let month = Math.floor(months / step) * step; ; month += step) {
    const at = new Date(Math.floor(month / 12), month % 12, 1).getTime()
    if (at >= to) return ticks
    if (at >= from) ticks.push(at)
  }
}

const clock = new Intl.DateTimeFormat('en-US', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const day = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' })
const monthOfYear = new Intl.DateTimeFormat('en-US', { month: 'short', year: 'numeric' })
const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' })
const moment = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** Months for the longest spans, days for long ones, times of the day for short ones. */
export function tickLabel(at: number, spanMs: number): string {
  if (spanMs > YEARLESS_MS) return monthOfYear.format(at)
  return spanMs > 2 * DAY_MS ? day.format(at) : clock.format(at)
}

export function bucketLabel(at: number, bucketMs: number): string {
  return bucketMs >= DAY_MS ? date.format(at) : moment.format(at)
}
