import { expect, test } from 'vitest'
import type { Exchange } from '../../src/gateway/exchange.ts'
import { serverTiming } from '../../src/gateway/server-timing.ts'

const ATTEMPT = {
  provider: 'openai',
  targetUrl: 'https://api.openai.com/v1/chat/completions',
  status: 200,
  error: null,
  startedAtMs: 30,
  durationMs: 100,
  waitMs: 0,
}
const SILENT = { firstByteMs: null, lastByteMs: null, chunks: 0, maxGapMs: null }

/** ms by part, of a call whose headers leave a second after it arrived. */
function timesOf(facts: Partial<Exchange>): Record<string, number> {
  const exchange = {
    startedClock: performance.now() - 1_000,
    attempts: [],
    cache: null,
    cacheMs: null,
    limitMs: null,
    flow: SILENT,
    ...facts,
  } as unknown as Exchange
  const parts = serverTiming(exchange).matchAll(/(\w+);dur=([\d.]+)/g)
  return Object.fromEntries([...parts].map(([, name, ms]) => [name, Number(ms)]))
}

test('a whole answer: what lies outside the provider’s time is ours', () => {
  const flow = { ...SILENT, firstByteMs: 990, lastByteMs: 990 }
  const times = timesOf({ attempts: [ATTEMPT], cacheMs: 5, limitMs: 15, flow })
  expect(times).toMatchObject({ cache: 5, limit: 15, upstream: 960, ttft: 990 })
  expect(times['gateway']).toBeCloseTo(20, -1)
})

test('a held stream: the wait for its first token is the provider’s, not ours', () => {
  const times = timesOf({ attempts: [ATTEMPT] })
  expect(times['upstream']).toBeCloseTo(970, -1)
  expect(times['gateway']).toBeCloseTo(30, -1)
  expect(times).not.toHaveProperty('ttft')
})

test('retries and the waits between them are the provider’s too', () => {
  const last = { ...ATTEMPT, startedAtMs: 600, waitMs: 300 }
  const times = timesOf({ attempts: [ATTEMPT, last] })
  expect(times['upstream']).toBeCloseTo(970, -1)
})

test('a follower: the wait for another call’s answer is the cache’s', () => {
  const times = timesOf({ cacheMs: 980 })
  expect(times['cache']).toBe(980)
  expect(times['gateway']).toBeCloseTo(20, -1)
  expect(times).not.toHaveProperty('upstream')
})

test('no part is negative, and none is missing that took part', () => {
  expect(timesOf({ cacheMs: 5_000, limitMs: 0 })).toEqual({ gateway: 0, cache: 5_000, limit: 0 })
})
