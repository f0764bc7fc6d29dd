/** The response cache by header: good and bad values, and what comes of each. */
import { expect } from 'vitest'
import { chatRequest } from '../support/calls.ts'
import { BAD_VALUE, of, type Again, type HeaderCase, type Made } from './header-case.ts'

const ON = { 'helicone-cache-enabled': 'true' }
const MISS = { 'helicone-cache': 'MISS', 'helicone-cache-hit': 'false' }
const NOT_ASKED = { 'helicone-cache': null, 'helicone-cache-hit': null }

function stateOf({ answer }: Made): string {
  return answer.headers['helicone-cache']?.[0] ?? 'none'
}

async function expectHit(first: Made, again: Again): Promise<void> {
  const hit = await again()
  expect(hit.answer.status).toBe(200)
  expect(hit.text).toBe(first.text)
  expect(hit.answer.headers).toMatchObject({
    'helicone-cache': ['HIT'],
    'helicone-cache-hit': ['true'],
    'helicone-cache-bucket-idx': ['0'],
    'helicone-cache-latency': [expect.stringMatching(/^\d+$/)],
  })
  expect(hit.answer.headers['helicone-id']).not.toEqual(first.answer.headers['helicone-id'])
  expect(hit.row).toMatchObject({
    cache_status: 'hit',
    cache_reference_id: first.row['id'],
    input_tokens: 0,
    output_tokens: 0,
    cost_nano: 0,
    saved_nano: 6_600,
  })
  expect(hit.seen).toHaveLength(1)
}

async function expectNoHit(_: Made, again: Again): Promise<void> {
  const second = await again()
  expect(second.row['cache_status']).not.toBe('hit')
  expect(second.seen).toHaveLength(2)
}

const enabled: readonly HeaderCase[] = of(
  'Helicone-Cache-Enabled',
  ...['true', 'TRUE'].map((value) => ({
    kind: 'good' as const,
    value,
    answer: MISS,
    row: { cache_status: 'miss', cost_nano: 6_600 },
    check: expectHit,
  })),
  {
    kind: 'good',
    value: 'false',
    answer: NOT_ASKED,
    row: { cache_status: null },
    check: expectNoHit,
  },
  {
    ...BAD_VALUE,
    value: 'yes',
    answer: NOT_ASKED,
    row: { cache_status: null },
    check: expectNoHit,
    strict: ['"yes"', 'true or false'],
  },
)

const directions: readonly HeaderCase[] = [
  ...of(
    'Helicone-Cache-Save',
    {
      kind: 'good',
      value: 'true',
      note: 'is given to who reads, and not to who saves',
      check: async (first, again) => {
        await expectNoHit(first, again)
        const { row, seen } = await again({ 'helicone-cache-read': 'true' })
        expect(row).toMatchObject({ cache_status: 'hit' })
        expect(seen).toHaveLength(2)
      },
    },
    {
      ...BAD_VALUE,
      value: '1',
      answer: NOT_ASKED,
      strict: ['"1"', 'true or false'],
    },
  ),
  ...of(
    'Helicone-Cache-Read',
    {
      kind: 'good',
      value: 'true',
      note: 'stores nothing',
      answer: MISS,
      row: { cache_status: 'miss' },
      check: expectNoHit,
    },
    {
      ...BAD_VALUE,
      value: 'on',
      answer: NOT_ASKED,
      strict: ['"on"', 'true or false'],
    },
  ),
]

const buckets: readonly HeaderCase[] = of(
  'Helicone-Cache-Bucket-Max-Size',
  {
    kind: 'good',
    value: '3',
    note: 'is filled before it answers',
    beside: ON,
    answer: MISS,
    check: async (_, again) => {
      const states = [stateOf(await again()), stateOf(await again()), stateOf(await again())]
      expect(states).toEqual(['MISS', 'MISS', 'HIT'])
      expect((await again()).seen).toHaveLength(3)
    },
  },
  ...['1', '20.5', '1000'].map((value) => ({
    kind: 'good' as const,
    value,
    beside: ON,
    answer: MISS,
    // Up to 20 it is a bucket; above, a bound of the key space.
    ...(value === '20.5' ? {} : { check: expectHit }),
  })),
  {
    kind: 'good',
    value: '20000',
    beside: ON,
    answer: MISS,
    warning: 'cache_capacity_bounded',
    check: expectHit,
  },
  ...['0', '-1', 'many', 'NaN'].map((value) => ({
    ...BAD_VALUE,
    value,
    beside: ON,
    answer: MISS,
    check: expectHit,
    strict: [`"${value}"`, 'a number from 1 up'],
  })),
)

const seeds: readonly HeaderCase[] = of('Helicone-Cache-Seed', {
  kind: 'good',
  value: 'user-123',
  beside: ON,
  answer: MISS,
  check: async (first, again) => {
    await expectHit(first, again)
    expect(stateOf(await again({ 'helicone-cache-seed': 'user-124' }))).toBe('MISS')
  },
})

const OTHER_USER = chatRequest('Hello', { user: 'bob', metadata: { turn: 2 } })

const ignored: readonly HeaderCase[] = of(
  'Helicone-Cache-Ignore-Keys',
  ...['"user","metadata"', 'user,metadata', '["user", "metadata"]'].map((value) => ({
    kind: 'good' as const,
    value,
    beside: ON,
    body: chatRequest('Hello', { user: 'ann', metadata: { turn: 1 } }),
    answer: MISS,
    check: async (_: Made, again: Again) => {
      expect(stateOf(await again({}, OTHER_USER))).toBe('HIT')
      const other = chatRequest('Goodbye', { user: 'ann', metadata: { turn: 1 } })
      expect(stateOf(await again({}, other))).toBe('MISS')
    },
  })),
  {
    kind: 'good',
    value: 'stream',
    note: 'always counts',
    beside: ON,
    warning: 'cache_ignore_key_kept',
    check: async (_, again) => {
      const streamed = chatRequest('Hello', { stream: true })
      expect(stateOf(await again({}, streamed))).toBe('MISS')
    },
  },
  {
    ...BAD_VALUE,
    value: '"user",1',
    beside: ON,
    body: chatRequest('Hello', { user: 'ann' }),
    check: async (_, again) => {
      expect(stateOf(await again({}, chatRequest('Hello', { user: 'bob' })))).toBe('HIT')
    },
    strict: ['names of top-level keys'],
  },
)

const control: readonly HeaderCase[] = of(
  'Helicone-Cache-Control',
  { kind: 'good', value: 'max-age=3600', beside: ON, answer: MISS, check: expectHit },
  {
    kind: 'good',
    value: 'max-age=0',
    note: 'stores nothing',
    beside: ON,
    answer: MISS,
    check: expectNoHit,
  },
  {
    kind: 'good',
    value: 'max-age=0, s-maxage=60',
    note: 's-maxage wins',
    beside: ON,
    check: expectHit,
  },
  {
    kind: 'good',
    value: 'max-age=0',
    note: 'the standard header wins',
    beside: { ...ON, 'cache-control': 'max-age=60' },
    check: expectHit,
  },
  {
    kind: 'good',
    value: 'no-store, private',
    note: 'is no time, and says nothing',
    beside: ON,
    check: expectHit,
  },
  {
    ...BAD_VALUE,
    value: 'max-age=soon',
    beside: ON,
    answer: MISS,
    check: expectHit,
    strict: ['"max-age=soon"', 'whole seconds'],
  },
)

export const CACHE: readonly HeaderCase[] = [
  ...enabled,
  ...directions,
  ...buckets,
  ...seeds,
  ...ignored,
  ...control,
]
