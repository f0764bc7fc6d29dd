/** The axes of the cache chart, and whether its colours can be seen. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  bucketLabel,
  tickLabel,
  timeTicks,
} from '../../dashboard/src/features/cache/chart-scale.ts'
import { KINDS } from '../../dashboard/src/features/cache/kinds.ts'

const DAY_MS = 86_400_000
const MOST_TICKS = 8

describe('times', () => {
  const to = new Date(2026, 10, 26).getTime()

  test.each([0.1, 1, 7, 30, 90, 180, 365, 800, 2_521, 9_000, 20_000])('%d days', (days) => {
    const from = to - days * DAY_MS
    const ticks = timeTicks(from, to, MOST_TICKS)
    const labels = ticks.map((at) => tickLabel(at, to - from))
    expect(ticks.length).toBeGreaterThan(1)
    // One more, when the first is at the start.
    expect(ticks.length).toBeLessThanOrEqual(MOST_TICKS + 1)
    expect(new Set(labels).size).toBe(labels.length)
    expect(ticks.every((at) => at >= from && at < to)).toBe(true)
  })

  test('of years begin with years, and name them', () => {
    const from = new Date(2020, 0, 1).getTime()
    const labels = timeTicks(from, to, MOST_TICKS).map((at) => tickLabel(at, to - from))
    expect(labels).toEqual(
      ['2020', '2021', '2022', '2023', '2024', '2025', '2026'].map((year) => `Jan ${year}`),
    )
    expect(bucketLabel(from, 26 * DAY_MS)).toBe('Jan 1, 2020')
  })
})

describe('colours stand out from the ground by 3:1 (WCAG 1.4.11)', () => {
  const css = readFileSync(
    path.resolve(import.meta.dirname, '../../dashboard/src/styles/theme.css'),
    'utf8',
  )
  const colors = new Map(
    [...css.matchAll(/--color-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
      ([, name = '', light = '', dark = '']) => [name, { light, dark }],
    ),
  )

  for (const theme of ['light', 'dark'] as const) {
    // The page, and the column that is pointed at.
    for (const ground of ['surface', 'hover']) {
      test.each(KINDS)(`$kind on ${ground}, ${theme}`, ({ ink, swatch }) => {
        expect(swatch.replace('bg-', '')).toBe(ink.replace('fill-', ''))
        const color = colors.get(ink.replace('fill-', ''))?.[theme]
        const under = colors.get(ground)?.[theme]
        expect(contrast(color ?? '', under ?? '')).toBeGreaterThanOrEqual(3)
      })
    }
  }
})

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
