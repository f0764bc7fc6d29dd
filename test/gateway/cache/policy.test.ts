import { describe, expect, test } from 'vitest'
import type { Warning } from '../../../src/contracts/log-record.ts'
import {
  DEFAULT_TTL_SECONDS,
  MAX_CAPACITY,
  MAX_TTL_SECONDS,
  parseCachePolicy,
} from '../../../src/gateway/cache/policy.ts'
import type { CachePolicy } from '../../../src/gateway/cache/policy.ts'

const ENABLED = { 'helicone-cache-enabled': 'true' }

function parse(
  headers: Record<string, string>,
  cacheControl: string | null = null,
): { policy: CachePolicy | null; warnings: Warning[] } {
  const warnings: Warning[] = []
  const policy = parseCachePolicy(new Map(Object.entries(headers)), cacheControl, warnings)
  return { policy, warnings }
}

describe('whether the cache takes part', () => {
  test.each([
    [{}, null],
    [{ 'helicone-cache-seed': 'a' }, null],
    [{ 'helicone-cache-enabled': 'false' }, null],
    [ENABLED, { read: true, save: true }],
    [{ 'helicone-cache-enabled': ' TRUE ' }, { read: true, save: true }],
    [{ 'helicone-cache-read': 'true' }, { read: true, save: false }],
    [{ 'helicone-cache-save': 'True' }, { read: false, save: true }],
    [
      { 'helicone-cache-save': 'true', 'helicone-cache-read': 'true' },
      { read: true, save: true },
    ],
    [
      { ...ENABLED, 'helicone-cache-save': 'false' },
      { read: true, save: true },
    ],
  ])('%j', (headers, expected) => {
    const { policy, warnings } = parse(headers as Record<string, string>)
    if (expected === null) expect(policy).toBeNull()
    else expect(policy).toMatchObject(expected)
    expect(warnings).toEqual([])
  })

  test.each(['yes', '1', ''])('"%s" is no yes, and says so', (value) => {
    const { policy, warnings } = parse({ 'helicone-cache-enabled': value })
    expect(policy).toBeNull()
    expect(warnings).toMatchObject([{ header: 'Helicone-Cache-Enabled' }])
  })
})

describe('how long', () => {
  test.each([
    [null, DEFAULT_TTL_SECONDS, 0],
    ['', DEFAULT_TTL_SECONDS, 0],
    ['no-store, no-cache, private', DEFAULT_TTL_SECONDS, 0],
    ['max-age=60', 60, 0],
    ['Max-Age="5"', 5, 0],
    ['max-age=0', 0, 0],
    ['max-age=10, s-maxage=20', 20, 0],
    ['max-age=99999999999', MAX_TTL_SECONDS, 0],
    ['public, max-age=30, stale-if-error=600', 30, 600],
    ['max-age=0, stale-if-error=600', 0, 600],
    ['stale-if-error=99999999999', DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS],
    ['stale-while-revalidate=5', DEFAULT_TTL_SECONDS, 0],
  ])('%s', (cacheControl, ttlSeconds, staleIfErrorSeconds) => {
    const { policy, warnings } = parse(ENABLED, cacheControl)
    expect(policy).toMatchObject({ ttlSeconds, staleIfErrorSeconds })
    expect(warnings).toEqual([])
  })

  test.each(['max-age=soon', 'max-age=-1', 'max-age', 's-maxage=1.5', 'stale-if-error='])(
    '%s is left out with a warning',
    (cacheControl) => {
      const { policy, warnings } = parse(ENABLED, cacheControl)
      expect(policy).toMatchObject({ ttlSeconds: DEFAULT_TTL_SECONDS, staleIfErrorSeconds: 0 })
      expect(warnings).toMatchObject([{ header: 'Cache-Control' }])
    },
  )

  test('Helicone-Cache-Control says what Cache-Control does not', () => {
    const own = { ...ENABLED, 'helicone-cache-control': 'max-age=7, stale-if-error=8' }
    expect(parse(own).policy).toMatchObject({ ttlSeconds: 7, staleIfErrorSeconds: 8 })
    const both = parse(own, 'max-age=3')
    expect(both.policy).toMatchObject({ ttlSeconds: 3, staleIfErrorSeconds: 8 })
  })

  test('an answer that may live no second is not saved', () => {
    expect(parse(ENABLED, 'max-age=0').policy).toMatchObject({ read: true, save: false })
    expect(parse(ENABLED, 'max-age=0, stale-if-error=60').policy).toMatchObject({ save: true })
  })
})

describe('Helicone-Cache-Bucket-Max-Size', () => {
  const size = (value: string) => parse({ ...ENABLED, 'helicone-cache-bucket-max-size': value })

  test.each([
    ['1', 1, null],
    ['2', 2, null],
    [' 20 ', 20, null],
    ['2.9', 2, null],
    ['21', 1, 21],
    ['1000', 1, 1_000],
  ])('%s', (value, buckets, capacity) => {
    const { policy, warnings } = size(value)
    expect(policy).toMatchObject({ buckets, capacity })
    expect(warnings).toEqual([])
  })

  test.each(['0', '-3', 'many', '', '1e3', 'NaN', '0x10'])(
    '"%s" is ignored, and says so',
    (value) => {
      const { policy, warnings } = size(value)
      expect(policy).toMatchObject({ buckets: 1, capacity: null })
      expect(warnings).toMatchObject([{ header: 'Helicone-Cache-Bucket-Max-Size' }])
    },
  )

  test('what is too much is bounded, and says so', () => {
    const { policy, warnings } = size('1000000')
    expect(policy).toMatchObject({ capacity: MAX_CAPACITY })
    expect(warnings).toMatchObject([{ code: 'cache_capacity_bounded' }])
  })
})

describe('Helicone-Cache-Ignore-Keys', () => {
  const keys = (value: string) => parse({ ...ENABLED, 'helicone-cache-ignore-keys': value })

  test.each([
    ['"request_id","user"', ['request_id', 'user']],
    ['request_id, user', ['request_id', 'user']],
    ['["a","b"]', ['a', 'b']],
    ['"a"', ['a']],
    ['a', ['a']],
    ['"with, comma"', ['with, comma']],
    [`'a','b'`, ['a', 'b']],
    ['', []],
  ])('%s', (value, expected) => {
    const { policy, warnings } = keys(value)
    expect(policy?.ignoreKeys).toEqual(expected)
    expect(warnings).toEqual([])
  })

  test.each(['a,,b', '"a",5,"b"', '["a",null,"b"]'])(
    '%s: the rest counts, with a warning',
    (value) => {
      const { policy, warnings } = keys(value)
      expect(policy?.ignoreKeys).toEqual(['a', 'b'])
      expect(warnings).toMatchObject([{ header: 'Helicone-Cache-Ignore-Keys' }])
    },
  )

  test('stream always counts: a client of events cannot read a whole answer', () => {
    const { policy, warnings } = keys('stream,user')
    expect(policy?.ignoreKeys).toEqual(['user'])
    expect(warnings).toMatchObject([{ code: 'cache_ignore_key_kept' }])
  })
})
