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
  30 * DAY_MS,
  90 * DAY_MS,
]

/** The first round number that is not below. */
export function niceTop(largest: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, largest)))
  return (STEPS.find((step) => step * power >= largest) ?? 10) * power
}

/** Local round times between the ends, at most so many. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const wanted = (to - from) / Math.max(1, most)
  const step = TIME_STEPS.find((size) => size >= wanted) ?? 90 * DAY_MS
  // Midnights are local ones.
  const offset = new Date(from).getTimezoneOffset() * MINUTE_MS
  const first = Math.ceil((from - offset) / step) * step + offset
  const count = Math.max(0, Math.ceil((to - first) / step))
  return Array.from({ length: count }, (_, at) => first + at * step)
}

const clock = new Intl.DateTimeFormat('en-US', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})
const day = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' })
const moment = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

/** Days for long spans, times of the day for short ones. */
export function tickLabel(at: number, spanMs: number): string {
  return spanMs > 2 * DAY_MS ? day.format(at) : clock.format(at)
}

export function bucketLabel(at: number, bucketMs: number): string {
  return bucketMs >= DAY_MS ? day.format(at) : moment.format(at)
}
