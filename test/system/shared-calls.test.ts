/**
 * Calls that meet: in a shared provider call, in a quota, under a timer. Nobody pays for another, waits for another's
 * reasons, or gets what another asked for.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LOCAL_KEY } from '../../src/env.ts'
import { limiterName, limiterNamed } from '../../src/lib/limiter-protocol.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatRequest, foundOrganization, keyed } from '../support/calls.ts'
import { rowOf } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import {
  after,
  chunks,
  createGate,
  json,
  late,
  refusal,
  reply,
  resetAtOnce,
  silent,
  type Gate,
} from '../support/upstream-scripts.ts'

const CHAT = '/oai/v1/chat/completions'

let upstream: Upstream
let gateway: BareGateway
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
  seed = `shared-${sequence}`
  upstream.clear()
  upstream.answer(json(chatAnswer(12, 8)))
})

interface Asked {
  headers?: Record<string, string>
  body?: string
  key?: string
  path?: string
  method?: 'GET' | 'POST'
}

async function ask({ headers = {}, body, key = LOCAL_KEY, path = CHAT, method }: Asked = {}) {
  const own = { 'Helicone-Cache-Enabled': 'true', 'Helicone-Cache-Seed': seed, ...headers }
  const answer = await gateway.fetch(path, {
    method: method ?? 'POST',
    headers: keyed(own, key),
    ...(method === 'GET' ? {} : { body: body ?? chatRequest() }),
  })
  return {
    status: answer.status,
    headers: answer.headers,
    state: answer.headers.get('helicone-cache'),
    text: await answer.text(),
    id: answer.headers.get('helicone-id') ?? '',
  }
}

/** A policy whose counter is this test's own. */
function limited(quota: string, who = 'a'): Record<string, string> {
  return { 'Helicone-RateLimit-Policy': `${quota};s=${seed}`, [`Helicone-Property-${seed}`]: who }
}

/** Resolves when the limiter of `limited` was asked: from then on the call follows, or was refused. */
async function untilCounted(orgId: string, who = 'a'): Promise<void> {
  const name = limiterName(orgId, `${seed}:${who}`, 'request')
  const seen = async (): Promise<boolean> => {
    const { buckets } = await limiterNamed(gateway.env.RATE_LIMITER, name).peek()
    return buckets.some(({ level, capacity }) => level < capacity)
  }
  await expect.poll(seen, { timeout: 10_000 }).toBe(true)
}

describe('callers that differ in what they want', () => {
  test('a fallback of one is no answer for another', async () => {
    const gate = createGate()
    upstream.next(after(gate, refusal(500)))
    const first = ask({ headers: { 'Helicone-Fallback': '[{"model":"gpt-4o"}]' } })
    await upstream.request(0)
    const second = ask()
    await upstream.request(1)
    gate.open()
    expect((await first).headers.get('helicone-fallback-index')).toBe('0')
    expect(await second).toMatchObject({ status: 200, state: 'MISS' })
  })

  test('an impatient one does not fail a patient one', async () => {
    const gate = createGate()
    upstream.next(after(gate, json(chatAnswer(1, 1))))
    const impatient = ask({ headers: { 'Helicone-Timeout-Connect': '200' } })
    await upstream.request(0)
    const patient = ask()
    await upstream.request(1)
    expect((await impatient).status).toBe(504)
    gate.open()
    expect(await patient).toMatchObject({ status: 200, state: 'MISS' })
  })

  test('one that retries is not given an error by one that does not', async () => {
    const gate = createGate()
    upstream.next(after(gate, refusal(503)), after(gate, refusal(503)))
    const first = ask()
    await upstream.request(0)
    const retry = { 'Helicone-Retry-Enabled': 'true', 'Helicone-Retry-Min-Timeout': '1' }
    const second = ask({ headers: retry })
    await upstream.request(1)
    gate.open()
    expect([(await first).status, (await second).status]).toEqual([503, 200])
  })

  test('one that sent a condition does not give its 304 to one that sent none', async () => {
    const path = '/oai/v1/models'
    const gate = createGate()
    upstream.next(after(gate, reply('', { status: 304, headers: { etag: '"x"' } })))
    const first = ask({ headers: { 'if-none-match': '"x"' }, path, method: 'GET' })
    await upstream.request(0)
    const second = ask({ path, method: 'GET' })
    await upstream.request(1)
    gate.open()
    expect([(await first).status, (await second).status]).toEqual([304, 200])
  })

  test.each(['ocp-apim-subscription-key', 'x-auth-token', 'x-goog-api-key'])(
    'another %s is another key',
    async (name) => {
      expect(await ask({ headers: { [name]: 'one' } })).toMatchObject({ state: 'MISS' })
      expect(await ask({ headers: { [name]: 'two' } })).toMatchObject({ state: 'MISS' })
      expect(await ask({ headers: { [name]: 'two' } })).toMatchObject({ state: 'HIT' })
    },
  )
})

describe('quota', () => {
  test('of a follower that takes over the lead is taken once', async () => {
    const { orgId, key } = await foundOrganization(gateway.env, { limits_on_cache_hits: true })
    const gate = createGate()
    upstream.next(after(gate, resetAtOnce()))
    const first = ask({ key })
    await upstream.request(0)
    const second = ask({ key, headers: limited('10;w=3600') })
    await untilCounted(orgId)
    gate.open()
    expect((await first).status).toBe(502)
    const promoted = await second
    expect(promoted).toMatchObject({ status: 200, state: 'MISS' })
    expect(promoted.headers.get('helicone-ratelimit-remaining')).toBe('9')
  })

  test('of requests is spent by hits, also where tokens are limited too', async () => {
    const { key } = await foundOrganization(gateway.env, { limits_on_cache_hits: true })
    const policy = `3;w=3600;s=${seed}, 1000000;w=3600;u=tokens;s=${seed}`
    const headers = { ...limited('3;w=3600'), 'Helicone-RateLimit-Policy': policy }
    const statuses: number[] = []
    for (let call = 0; call < 5; call += 1) {
      const { status, id } = await ask({ key, headers })
      statuses.push(status)
      // Behind its row the call is settled, or will not be.
      await rowOf(gateway.env, id)
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429])
  })

  test('of tokens is not spent by errors of the provider', async () => {
    upstream.answer(refusal(500))
    const headers = { ...limited('3000;w=3600;u=tokens'), 'Helicone-Cache-Enabled': 'false' }
    const remaining = async (): Promise<number> => {
      const { status, headers: answer } = await ask({ headers })
      expect(status).toBe(500)
      return Number(answer.get('helicone-ratelimit-remaining'))
    }
    expect(await remaining()).toBe(2_000)
    for (let call = 0; call < 5; call += 1) {
      await expect.poll(remaining, { timeout: 10_000 }).toBe(2_000)
    }
  })

  test('that is spent: the refused follower holds nobody up', async () => {
    const { orgId, key } = await foundOrganization(gateway.env, { limits_on_cache_hits: true })
    await ask({ key, headers: limited('1;w=3600'), body: chatRequest('Something else') })
    const gate = createGate()
    upstream.next(after(gate, resetAtOnce()))
    const first = ask({ key })
    await upstream.request(1)
    const refused = await ask({ key, headers: limited('1;w=3600') })
    expect(refused.status).toBe(429)
    await rowOf(gateway.env, refused.id)
    const third = ask({ key, headers: limited('10;w=3600', 'b') })
    await untilCounted(orgId, 'b')
    const openedAt = performance.now()
    gate.open()
    expect([(await first).status, (await third).status]).toEqual([502, 200])
    // A lead that is given to a call that is over is missed after ten seconds only.
    expect(performance.now() - openedAt).toBeLessThan(8_000)
  })
})

describe('followers of a call that took more than one attempt', () => {
  /** Two identical calls; the gate opens when the second waits, which is when its quota was asked for. */
  async function follow(
    headers: Record<string, string>,
    gate: Gate,
  ): Promise<Awaited<ReturnType<typeof ask>>[]> {
    const { orgId, key } = await foundOrganization(gateway.env, { limits_on_cache_hits: true })
    const first = ask({ key, headers })
    await upstream.request(0)
    const second = ask({ key, headers: { ...headers, ...limited('9;w=3600') } })
    await untilCounted(orgId)
    gate.open()
    return await Promise.all([first, second])
  }

  test('get the fallback’s answer, also when the first target’s timer fired', async () => {
    const gate = createGate()
    upstream.next(silent())
    // Within the timer of one attempt, but behind that of who counted from when it began to wait.
    upstream.answer(late(700, json(chatAnswer(1, 1))))
    const timer = {
      'Helicone-Timeout-Connect': '1000',
      'Helicone-Fallback': '[{"model":"gpt-4o"}]',
    }
    const [first, second] = await follow(timer, gate)
    expect(first).toMatchObject({ status: 200, state: 'MISS' })
    expect(second).toMatchObject({ status: 200, state: 'COALESCED' })
    expect(second?.headers.get('helicone-fallback-index')).toBe('0')
    const row = await rowOf(gateway.env, second?.id ?? '')
    expect(row).toMatchObject({ fallback_index: 0, cache_status: 'coalesced' })
  })

  test('are filed under the target that answered', async () => {
    const other = await startUpstream(json(chatAnswer(1, 1)))
    const gate = createGate()
    upstream.next(after(gate, refusal(500)))
    const entry = (url: string) => ({
      'target-url': url,
      headers: { authorization: 'Bearer sk-one' },
      onCodes: [500],
    })
    const fallbacks = JSON.stringify([entry(upstream.url), entry(other.url)])
    const answers = await follow({ 'Helicone-Fallbacks': fallbacks }, gate)
    const rows = await Promise.all(answers.map(({ id }) => rowOf(gateway.env, id)))
    expect(rows.map((row) => row['cache_status'])).toEqual(['miss', 'coalesced'])
    for (const row of rows) {
      expect(row).toMatchObject({
        fallback_index: 1,
        target_url: `${other.url}/v1/chat/completions`,
      })
    }
    await other.close()
  })
})

test('a follower takes an older answer than its leader would when the provider fails', async () => {
  const { orgId, key } = await foundOrganization(gateway.env, { limits_on_cache_hits: true })
  const within = (seconds: number) => ({ 'Cache-Control': `max-age=1, stale-if-error=${seconds}` })
  expect(await ask({ key, headers: within(600) })).toMatchObject({ state: 'MISS' })
  const storedBy = Date.now()
  // Fresh for a second, then for one more good enough for the leader.
  await expect.poll(() => Date.now() - storedBy, { timeout: 5_000 }).toBeGreaterThan(2_200)
  const gate = createGate()
  upstream.answer(after(gate, refusal(503)))
  const first = ask({ key, headers: within(1) })
  await upstream.request(1)
  const second = ask({ key, headers: { ...within(600), ...limited('9;w=3600') } })
  await untilCounted(orgId)
  gate.open()
  expect(await first).toMatchObject({ status: 503, state: 'MISS' })
  expect(await second).toMatchObject({ status: 200, state: 'STALE' })
})

test('a stored answer that is refused for its quota is a miss', async () => {
  const { key } = await foundOrganization(gateway.env, { limits_on_cache_hits: true })
  const headers = limited('1;w=3600')
  expect(await ask({ key, headers })).toMatchObject({ status: 200, state: 'MISS' })
  const refused = await ask({ key, headers })
  expect(refused).toMatchObject({ status: 429, state: 'MISS' })
  expect(await rowOf(gateway.env, refused.id)).toMatchObject({ cache_status: 'miss' })
})

describe('timers of a small whole answer', () => {
  const whole = JSON.stringify(chatAnswer(12, 8))
  const headers = { 'content-type': 'application/json', 'content-length': String(whole.length) }
  const plain = { 'Helicone-Cache-Enabled': 'false' }

  test('the total timer ends it, and says so', async () => {
    upstream.next(chunks([whole.slice(0, 50)], { headers, end: 'stall' }))
    const timers = { 'Helicone-Timeout-Total': '300', 'Helicone-Timeout-Idle': '60000' }
    const answer = await ask({ headers: { ...plain, ...timers } })
    expect(answer.status).toBe(504)
    expect(answer.text).toContain('longer than 300 ms')
    const row = await rowOf(gateway.env, answer.id)
    expect(JSON.parse(String(row['detail']))).toMatchObject({ timer: 'total' })
  })

  test('the idle timer counts from the last part, not from the first', async () => {
    const gate = createGate()
    const parts = Array.from({ length: 6 }, (_, at) => whole.slice(at * 80, (at + 1) * 80))
    upstream.next(chunks([...parts, whole.slice(480)], { headers, gate }))
    const asked = ask({ headers: { ...plain, 'Helicone-Timeout-Idle': '1500' } })
    await upstream.request(0)
    // Longer than the timer altogether, and shorter from part to part.
    const pace = setInterval(() => gate.release(), 400)
    const answer = await asked
    clearInterval(pace)
    expect(answer).toMatchObject({ status: 200, text: whole })
  })
})

test('the key in the query of one provider is not shown to another', async () => {
  const other = await startUpstream(json(chatAnswer(1, 1)))
  const fallbacks = [
    { 'target-url': other.url, headers: { authorization: 'Bearer sk-two' }, onCodes: [500] },
  ]
  const headers = { 'Helicone-Fallbacks': JSON.stringify(fallbacks) }
  const answer = await ask({ headers, path: `${CHAT}?alt=sse&key=AIzaSECRET&x=1` })
  expect(answer.status).toBe(200)
  expect(other.requests.map(({ url }) => url)).toEqual(['/v1/chat/completions?alt=sse&x=1'])
  await other.close()
})
