import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { cacheOverviewSchema } from '../../src/contracts/api/cache-schema.ts'
import type { CacheOverview } from '../../src/contracts/api/cache.ts'
import { cacheOverview } from '../../src/services/cache/overview.ts'
import { insertRows } from '../../src/store/logs-writer.ts'
import { buildRow } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const FROM = Date.UTC(2026, 0, 15)
const A = keyOf('a')
const B = keyOf('b')
const NOTHING = { hits: 0, coalesced: 0, stale: 0, misses: 0, bypassed: 0, savedUsd: 0 }

let orgId: string

beforeEach(() => {
  orgId = `org-${crypto.randomUUID()}`
})

function keyOf(digit: string): string {
  return `${'0'.repeat(16)}-${digit.repeat(64)}`
}

function replay(at: number, cacheKey: string, overrides: Partial<Row> = {}): Row {
  return buildRow(orgId, {
    createdAt: at,
    cacheStatus: 'hit',
    cacheKey,
    savedMs: 500,
    savedNano: 1_000_000,
    cacheReferenceId: 'original',
    attempts: 0,
    ...overrides,
  })
}

function miss(at: number, cacheKey: string | null = A): Row {
  return buildRow(orgId, { createdAt: at, cacheStatus: 'miss', cacheKey })
}

async function overview(rows: Row[], from = FROM, to = FROM + DAY): Promise<CacheOverview> {
  await insertRows(env.LOGS, rows)
  const found = await cacheOverview(env, orgId, { from, to })
  expect(cacheOverviewSchema.parse(found)).toEqual(found)
  return found
}

describe('totals', () => {
  test('each call counts once, under what the cache did for it', async () => {
    const found = await overview([
      miss(FROM),
      replay(FROM + 1, A),
      replay(FROM + 2, A, { cacheStatus: 'coalesced', savedMs: 20 }),
      replay(FROM + 3, A, { cacheStatus: 'stale', savedNano: 2_500_000 }),
      replay(FROM + 4, B),
      buildRow(orgId, { createdAt: FROM + 5, cacheStatus: 'bypass' }),
      buildRow(orgId, { createdAt: FROM + 6 }),
    ])
    expect(found).toMatchObject({
      requests: 6,
      hits: 2,
      coalesced: 1,
      stale: 1,
      misses: 1,
      bypassed: 1,
      savedUsd: 0.0055,
      savedUnpriced: 0,
      savedMs: 1_520,
    })
  })

  test('an unknown price is left out and counted, never zero', async () => {
    const unpriced = replay(FROM + HOUR, B, { savedNano: null })
    const found = await overview([replay(FROM, A), replay(FROM + 1, A, { savedNano: 0 }), unpriced])
    expect(found).toMatchObject({ hits: 3, savedUsd: 0.001, savedUnpriced: 1, savedMs: 1_500 })
    expect(found.top.map(({ key, savedUsd }) => [key, savedUsd])).toEqual([
      [A, 0.001],
      [B, null],
    ])
    expect(found.series.filter(({ hits }) => hits > 0)).toMatchObject([
      { hits: 2, savedUsd: 0.001 },
      { hits: 1, savedUsd: null },
    ])
  })

  test('with no known price at all the saving is unknown', async () => {
    const found = await overview([
      replay(FROM, A, { savedNano: null }),
      replay(FROM + 1, A, { cacheStatus: 'coalesced', savedNano: null, savedMs: null }),
      miss(FROM + 2),
    ])
    expect(found).toMatchObject({ savedUsd: null, savedUnpriced: 2, savedMs: 500, misses: 1 })
  })

  test('misses saved nothing, which is known', async () => {
    const found = await overview([miss(FROM), miss(FROM + 1, B)])
    expect(found).toMatchObject({ requests: 2, misses: 2, hits: 0, savedUsd: 0, savedUnpriced: 0 })
    expect(found.top).toEqual([])
  })

  test('only the range counts: its begin in, its end out', async () => {
    const times = [FROM - 1, FROM, FROM + DAY - 1, FROM + DAY]
    const found = await overview(times.map((at) => replay(at, A)))
    expect(found).toMatchObject({ hits: 2, savedUsd: 0.002 })
    expect(found.top).toMatchObject([{ hits: 2, firstAt: FROM, lastAt: FROM + DAY - 1 }])
  })

  test('another organisation sees none of it', async () => {
    await insertRows(env.LOGS, [replay(FROM, A)])
    const range = { from: FROM, to: FROM + DAY }
    const theirs = await cacheOverview(env, `${orgId}-other`, range)
    expect(theirs).toMatchObject({ requests: 0, savedUsd: 0, savedMs: 0, top: [] })
  })
})

describe('series', () => {
  test.each([
    [1, 1, MINUTE],
    [HOUR, 60, MINUTE],
    [100 * MINUTE, 100, MINUTE],
    [100 * MINUTE + 1, 51, 2 * MINUTE],
    [DAY, 96, 15 * MINUTE],
    [7 * DAY, 84, 2 * HOUR],
    [30 * DAY, 60, 12 * HOUR],
    [90 * DAY, 90, DAY],
    [365 * DAY, 92, 4 * DAY],
  ])('a range of %d ms has %d buckets of %d ms', async (span, count, bucketMs) => {
    // A day that all of these spans divide.
    const from = Math.floor(FROM / (4 * DAY)) * 4 * DAY
    const found = await overview([], from, from + span)
    expect(found.bucketMs).toBe(bucketMs)
    expect(found.series).toEqual(
      Array.from({ length: count }, (_, index) => ({ at: from + index * bucketMs, ...NOTHING })),
    )
  })

  test('the longest range there is has no more points than a chart takes', async () => {
    const found = await overview([replay(FROM, A)], 0, 2 ** 48 - 1)
    expect(found.series.length).toBeLessThanOrEqual(101)
    expect(found.series.filter(({ hits }) => hits === 1)).toHaveLength(1)
    expect(found).toMatchObject({ hits: 1, top: [{ key: A }] })
  })

  test('an empty range has no points', async () => {
    const found = await overview([replay(FROM + 1, A)], FROM + 1, FROM + 1)
    expect(found).toMatchObject({ requests: 0, savedUsd: 0, series: [], top: [] })
  })

  test('buckets begin on the clock and hold what is of the range alone', async () => {
    const from = FROM + 90_500
    const to = from + 2 * MINUTE
    const times = [from - 1, from, FROM + 2 * MINUTE, to - 1, to]
    const found = await overview(
      times.map((at) => replay(at, A)),
      from,
      to,
    )
    expect(found.series.map(({ at, hits }) => [at - FROM, hits])).toEqual([
      [MINUTE, 1],
      [2 * MINUTE, 1],
      [3 * MINUTE, 1],
    ])
  })

  test('the points add up to the totals, whatever falls where', async () => {
    const statuses = ['hit', 'miss', 'coalesced', 'stale', 'bypass']
    const rows = Array.from({ length: 400 }, (_, index) =>
      replay(FROM + ((index * 7_919_000) % DAY), A, { cacheStatus: statuses[index % 5] ?? null }),
    )
    const found = await overview(rows)
    expect(found.requests).toBe(400)
    for (const name of ['hits', 'coalesced', 'stale', 'misses', 'bypassed'] as const) {
      expect(found[name]).toBe(80)
      expect(found.series.reduce((sum, point) => sum + point[name], 0)).toBe(80)
    }
  })
})

describe('top', () => {
  test('says of an answer how often, when, and what it was last', async () => {
    const found = await overview([
      miss(FROM),
      replay(FROM + 1, A),
      replay(FROM + 2, A),
      replay(FROM + 3, A, {
        cacheStatus: 'stale',
        model: 'newer',
        provider: 'anthropic',
        requestPreview: null,
        cacheReferenceId: null,
      }),
      miss(FROM + 4),
    ])
    expect(found.top).toEqual([
      {
        key: A,
        hits: 3,
        requests: 5,
        savedUsd: 0.003,
        savedMs: 1_500,
        firstAt: FROM,
        lastAt: FROM + 4,
        model: 'newer',
        provider: 'anthropic',
        preview: null,
        referenceId: null,
      },
    ])
  })

  test('names the request whose answer it was, and shows the question', async () => {
    const found = await overview([replay(FROM, A)])
    expect(found.top).toMatchObject([
      { referenceId: 'original', preview: 'What is a heliograph?', provider: 'openai' },
    ])
  })

  test('the fifty most used, then the most recent', async () => {
    const rows = Array.from({ length: 60 }, (_, index) => {
      const key = `${'1'.repeat(16)}-${String(index).padStart(64, '0')}`
      const uses = index === 30 ? 3 : index < 5 ? 2 : 1
      return Array.from({ length: uses }, () => replay(FROM + index, key))
    })
    const { top } = await overview(rows.flat())
    const digits = top.map(({ key }) => Number(key.slice(-2)))
    const recent = Array.from({ length: 60 }, (_, index) => 59 - index)
    const once = recent.filter((index) => index >= 5 && index !== 30)
    expect(digits).toEqual([30, 4, 3, 2, 1, 0, ...once].slice(0, 50))
  })

  test('rows from before the key was kept count, but are no entry', async () => {
    const found = await overview([replay(FROM, A, { cacheKey: null }), replay(FROM + 1, B)])
    expect(found.hits).toBe(2)
    expect(found.top.map(({ key }) => key)).toEqual([B])
  })
})
