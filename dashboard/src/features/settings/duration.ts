/** A time limit as people write it: `500 ms`, `30 s`, `2 min`, `1 h`; a number alone is seconds. */

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
}
const LONGEST_MS = 3_600_000

export type ReadDuration = { ms: number | null; problem: null } | { ms: null; problem: string }

/** Nothing typed is null: no limit of the organisation's own. */
export function readDuration(text: string): ReadDuration {
  if (text.trim() === '') return { ms: null, problem: null }
  const [, amount, unit = 's'] =
    /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/.exec(text.trim().toLowerCase()) ?? []
  const factor = UNITS[unit]
  if (amount === undefined || factor === undefined) {
    return { ms: null, problem: 'Such as 30 s, 500 ms, 2 min' }
  }
  const ms = Math.round(Number(amount) * factor)
  if (ms < 1 || ms > LONGEST_MS) return { ms: null, problem: 'From 1 ms to 1 hour' }
  return { ms, problem: null }
}

/** In the largest unit that says it exactly. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return ''
  const [factor, unit] = (
    [
      [3_600_000, 'h'],
      [60_000, 'min'],
      [100, 's'],
      [1, 'ms'],
    ] as const
  ).find(([size]) => ms % size === 0 && ms >= size) ?? [1, 'ms']
  return unit === 's' ? `${String(ms / 1_000)} s` : `${String(ms / factor)} ${unit}`
}
