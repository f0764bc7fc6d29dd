/** The response cache over the wire: what the client gets, what the provider sees, and what each row says. */
import { once } from 'node:events'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LOCAL_KEY } from '../../src/env.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import {
  chatAnswer,
  chatEvents,
  chatRequest,
  foundOrganization,
  keyed,
  mintKey,
} from '../support/calls.ts'
import { startLeaving, type LeavingCall } from '../support/leaving-call.ts'
import { bodiesOf, rowOf, rowsWhere, type LogRow } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import {
  after,
  chunks,
  createGate,
  events,
  half,
  json,
  late,
  refusal,
  resetAtOnce,
  silent,
} from '../support/upstream-scripts.ts'

const ON = { 'Helicone-Cache-Enabled': 'true' }
const PATH = '/oai/v1/chat/completions'
const COUNT = 200

let gate = createGate()
let upstream: Upstream
let gateway: BareGateway
/** Separates the tests: each has a key space of its own. */
let seed: string
let sequence = 0

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({ upstream: { openai: upstream.url } })
})

afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

beforeEach(() => {
  sequence += 1
  seed = `seed-${sequence}`
  upstream.clear()
  upstream.answer(json(chatAnswer(12, 8)))
})

interface Given {
  status: number
  headers: Headers
  state: string | null
  text: string
  id: string
}

async function start(headers: Record<string, string> = {}, body = chatRequest(), key = LOCAL_KEY) {
  const all = keyed({ ...ON, 'Helicone-Cache-Seed': seed, ...headers }, key)
  return await gateway.fetch(PATH, { method: 'POST', headers: all, body })
}

async function finish(response: Response): Promise<Given> {
  const { status, headers } = response
  const state = headers.get('helicone-cache')
  return {
    status,
    headers,
    state,
    text: await response.text(),
    id: headers.get('helicone-id') ?? '',
  }
}

async function ask(...given: Parameters<typeof start>): Promise<Given> {
  return await finish(await start(...given))
}

async function rowFor({ id }: Given): Promise<LogRow> {
  return await rowOf(gateway.env, id)
}

function startLeavingCall(body: string): LeavingCall {
  const headers = keyed({ ...ON, 'Helicone-Cache-Seed': seed, accept: '*/*' })
  return startLeaving(new URL(PATH, gateway.url), headers, body)
}

describe('a second identical call', () => {
  test('is answered from the cache, at no cost, and the row says what it saved', async () => {
    const first = await ask()
    const second = await ask({ 'Helicone-User-Id': 'somebody-else' })
    expect(first).toMatchObject({ status: 200, state: 'MISS' })
    expect(first.headers.get('helicone-cache-hit')).toBe('false')
    expect(second).toMatchObject({ status: 200, state: 'HIT', text: first.text })
    expect(second.headers.get('helicone-cache-hit')).toBe('true')
    expect(second.headers.get('helicone-cache-bucket-idx')).toBe('0')
    expect(second.headers.get('helicone-cache-latency')).toMatch(/^\d+$/)
    expect(second.headers.get('content-length')).toBe(String(second.text.length))
    expect(second.id).not.toBe(first.id)
    expect(upstream.requests).toHaveLength(1)

    const [miss, hit] = [await rowFor(first), await rowFor(second)]
    expect(miss).toMatchObject({ cache_status: 'miss', attempts: 1, cache_reference_id: null })
    expect(miss['cost_nano']).toBeGreaterThan(0)
    expect(hit).toMatchObject({
      status: 200,
      outcome: 'success',
      cache_status: 'hit',
      cache_reference_id: miss['id'],
      cache_key: expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{64}$/),
      model: 'gpt-4o-mini-2024-07-18',
      attempts: 0,
      cost_nano: 0,
      input_tokens: 0,
      output_tokens: 0,
      saved_nano: miss['cost_nano'],
    })
    expect(hit['cache_key']).toBe(miss['cache_key'])
    expect(JSON.parse((await bodiesOf(gateway.env, hit)).response.toString())).toEqual(
      chatAnswer(12, 8),
    )
  })

  test('with a stream gets its events in the chunks in which they came', async () => {
    const parts = chatEvents(3, 2)
    upstream.answer(events(parts))
    const client = new OpenAI({
      apiKey: 'sk-provider-key',
      baseURL: `${gateway.url}/oai/v1`,
      defaultHeaders: {
        'Helicone-Auth': `Bearer ${LOCAL_KEY}`,
        'Helicone-Cache-Seed': seed,
        ...ON,
      },
    })
    const read = async (): Promise<{ state: string | null; words: string[] }> => {
      const { data, response } = await client.chat.completions
        .create({ model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
        .withResponse()
      const words: string[] = []
      for await (const event of data) words.push(event.choices[0]?.delta.content ?? '')
      return { state: response.headers.get('helicone-cache'), words }
    }
    const first = await read()
    expect(first).toMatchObject({ state: 'MISS', words: ['Hel', 'lo', '', ''] })
    expect(await read()).toEqual({ state: 'HIT', words: first.words })
    expect(upstream.requests).toHaveLength(1)
  })

  test('of another organisation, provider key or body reaches the provider', async () => {
    await ask()
    const foreign = await mintKey(gateway.env, `org-${seed}`)
    const others = [
      await ask({}, chatRequest(), foreign),
      await ask({ authorization: 'Bearer sk-other-provider-key' }),
      await ask({}, chatRequest('Something else')),
      await ask({ 'Helicone-Cache-Seed': `${seed}-other` }),
    ]
    expect(others.map(({ state }) => state)).toEqual(['MISS', 'MISS', 'MISS', 'MISS'])
    expect(upstream.requests).toHaveLength(5)
  })

  test('spends no rate limit, unless the organisation counts hits', async () => {
    const limited = {
      'Helicone-RateLimit-Policy': `2;w=3600;s=${seed}`,
      [`Helicone-Property-${seed}`]: 'a',
    }
    const first = await ask(limited)
    expect(first.headers.get('helicone-ratelimit-remaining')).toBe('1')
    const hit = await ask(limited)
    expect(hit).toMatchObject({ state: 'HIT', status: 200 })
    expect(hit.headers.get('helicone-ratelimit-remaining')).toBeNull()

    const { key } = await foundOrganization(gateway.env, { limits_on_cache_hits: true })
    const counted = [await ask(limited, chatRequest(), key), await ask(limited, chatRequest(), key)]
    expect(counted.map(({ state }) => state)).toEqual(['MISS', 'HIT'])
    expect(counted.map(({ headers }) => headers.get('helicone-ratelimit-remaining'))).toEqual([
      '1',
      '0',
    ])
    expect(await ask(limited, chatRequest(), key)).toMatchObject({ status: 429, state: 'MISS' })
    expect(upstream.requests).toHaveLength(2)
  })

  test('after a purge reaches the provider', async () => {
    const first = await ask()
    const { cache_key: cacheKey } = await rowFor(first)
    expect(await ask()).toMatchObject({ state: 'HIT' })
    for (const path of [`/v1/cache/${String(cacheKey)}`, `/v1/cache?seed=${seed}`, '/v1/cache']) {
      const headers = { authorization: `Bearer ${LOCAL_KEY}` }
      expect((await gateway.fetch(path, { method: 'DELETE', headers })).status).toBe(200)
      expect(await ask()).toMatchObject({ state: 'MISS' })
      expect(await ask()).toMatchObject({ state: 'HIT' })
    }
  })
})

describe('what is not stored', () => {
  test.each([400, 429, 500])('a %i', async (status) => {
    upstream.answer(refusal(status))
    expect(await ask()).toMatchObject({ status, state: 'MISS' })
    upstream.answer(json(chatAnswer(1, 1)))
    expect(await ask()).toMatchObject({ status: 200, state: 'MISS' })
  })

  test('half an answer', async () => {
    upstream.answer(half(JSON.stringify(chatAnswer(1, 1))))
    expect(await ask()).toMatchObject({ status: 502 })
    upstream.answer(json(chatAnswer(1, 1)))
    expect(await ask()).toMatchObject({ status: 200, state: 'MISS' })
  })

  test("a fallback's answer: another model's is not what was asked for", async () => {
    const fallbacks = { 'Helicone-Fallback': '[{"model":"gpt-4o"}]' }
    upstream.next(refusal(500))
    const first = await ask(fallbacks)
    expect(first).toMatchObject({ status: 200, state: 'MISS' })
    expect(first.headers.get('helicone-fallback-index')).toBe('0')
    const second = await ask(fallbacks)
    expect(second).toMatchObject({ status: 200, state: 'MISS' })
    expect(second.headers.get('helicone-fallback-index')).toBeNull()
    expect(await ask(fallbacks)).toMatchObject({ state: 'HIT' })
  })

  test('a body that is too large to be compared, which passes with a warning', async () => {
    const large = chatRequest('x'.repeat(4 * 1024 * 1024))
    const answers = [await ask({}, large), await ask({}, large)]
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, state: 'MISS' })
      expect(answer.headers.get('helicone-warnings')).toBe('body_too_large_for_cache')
      expect(await rowFor(answer)).toMatchObject({ cache_status: 'bypass', cache_key: null })
    }
  })
})

describe('a provider that fails', () => {
  test.each([
    ['answers 500', refusal(500)],
    ['resets the connection', resetAtOnce()],
    ['stays silent', silent()],
    ['thinks for a while and answers 500', late(200, refusal(500))],
  ])('and %s: a stale answer stands in where the caller allows it', async (_, failure) => {
    const aging = {
      'cache-control': 'max-age=0, stale-if-error=600',
      'Helicone-Timeout-Connect': '400',
    }
    const first = await ask(aging)
    expect(first).toMatchObject({ state: 'MISS', status: 200 })
    upstream.answer(failure)
    const second = await ask(aging)
    expect(second).toMatchObject({ status: 200, state: 'STALE', text: first.text })
    expect(await rowFor(second)).toMatchObject({
      cache_status: 'stale',
      cache_reference_id: first.id,
      attempts: 1,
      cost_nano: 0,
      outcome: 'success',
      status: 200,
    })
    const strict = await ask({ 'Helicone-Timeout-Connect': '400' })
    expect(strict.status).toBeGreaterThanOrEqual(500)
  })

  test('and stalls amid a whole answer: the next identical call asks it again', async () => {
    const whole = JSON.stringify(chatAnswer(12, 8))
    const headers = { 'content-type': 'application/json', 'content-length': String(whole.length) }
    upstream.next(chunks([whole.slice(0, 50)], { headers, end: 'stall' }))
    const stalled = await ask({ 'Helicone-Timeout-Idle': '300' })
    expect(stalled).toMatchObject({ status: 504, state: 'MISS' })
    expect(await ask({ 'Helicone-Timeout-Idle': '300' })).toMatchObject({ status: 200 })
    expect(upstream.requests).toHaveLength(2)
    expect(await rowFor(stalled)).toMatchObject({ outcome: 'timeout', cache_status: 'miss' })
  })

  test('and leaves no answer: the error tells what the policies did, too', async () => {
    upstream.answer(resetAtOnce())
    const answer = await ask({
      'Helicone-Retry-Enabled': 'true',
      'Helicone-Retry-Num': 'many',
      'Helicone-Retry-Max-Timeout': '1',
      'Helicone-RateLimit-Policy': `100;w=60;s=${seed}`,
      [`Helicone-Property-${seed}`]: 'a',
    })
    expect(answer).toMatchObject({ status: 502, state: 'MISS' })
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'helicone-attempts': '5',
      'helicone-cache-hit': 'false',
      'helicone-ratelimit-remaining': '99',
      'helicone-warnings': 'invalid_header_value',
    })
  })

  test('is tried again before anything stale is given', async () => {
    const aging = { 'cache-control': 'max-age=0, stale-if-error=600' }
    await ask(aging)
    upstream.next(refusal(503), refusal(503))
    const retrying = {
      ...aging,
      'Helicone-Retry-Enabled': 'true',
      'Helicone-Retry-Min-Timeout': '1',
    }
    const answer = await ask(retrying)
    expect(answer).toMatchObject({ status: 200, state: 'MISS' })
    expect(answer.headers.get('helicone-attempts')).toBe('3')
  })
})

describe('200 identical calls at once', () => {
  test.each([
    ['whole', () => after(gate, json(chatAnswer(12, 8))), chatRequest()],
    ['streamed', () => events(chatEvents(12, 8), { gate }), chatRequest('Hi', { stream: true })],
  ] as const)('%s: one provider call, 200 equal answers, one paid row', async (_, script, body) => {
    gate = createGate()
    upstream.answer(script())
    const mark = { 'Helicone-Session-Id': seed }
    const asked = Array.from({ length: COUNT }, () => ask(mark, body))
    await upstream.request(0)
    gate.open()
    const answers = await Promise.all(asked)
    expect(answers.filter(({ state }) => state === 'MISS')).toHaveLength(1)
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(upstream.requests).toHaveLength(1)
    const rows = await rowsWhere(gateway.env, 'session_id = ?1', seed, COUNT)
    expect(rows.filter((row) => Number(row['cost_nano']) > 0)).toHaveLength(1)
    expect(new Set(rows.map((row) => row['cache_key'])).size).toBe(1)
  })

  test('the leader leaves amid the stream: 199 equal answers, and its row holds the cost', async () => {
    gate = createGate()
    upstream.answer(events(chatEvents(12, 8), { gate }))
    const body = chatRequest('Hi', { stream: true })
    const leader = startLeavingCall(body)
    await upstream.request(0)
    gate.release()
    const own = await leader.answer
    await once(own, 'data')
    const started = Array.from({ length: COUNT - 1 }, () => start({}, body))
    // Their heads are there: all of them follow, and nobody has the end yet.
    const followers = await Promise.all(started)
    leader.leave()
    gate.open()
    const answers = await Promise.all(followers.map(finish))
    expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['COALESCED']))
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([chatEvents(12, 8).join('')]))
    expect(upstream.requests).toHaveLength(1)
    const row = await rowOf(gateway.env, String(own.headers['helicone-id']))
    expect(row).toMatchObject({ outcome: 'client_abort', input_tokens: 12, output_tokens: 8 })
    expect(row['cost_nano']).toBeGreaterThan(0)
  })

  test('the leader fails: one follower tries again for all', async () => {
    upstream.next(resetAtOnce())
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask()))
    const failed = answers.filter(({ status }) => status === 502)
    expect(failed).toHaveLength(1)
    expect(upstream.requests).toHaveLength(2)
  })
})
