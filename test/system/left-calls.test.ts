/**
 * Calls that somebody leaves half-way: the client of a shared call while the answer is silent, a timer or a client while
 * the provider works, the provider while it is sent the request. Rows, money and connections are accounted for.
 */
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { limiterName, limiterNamed, UNITS_PER } from '../../src/lib/limiter-protocol.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatEvents, chatRequest, foundOrganization, keyed } from '../support/calls.ts'
import { closedPort } from '../support/closed-port.ts'
import { startLeaving, type LeavingCall } from '../support/leaving-call.ts'
import { rowsWhere } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { events, json, resetUpload, silent } from '../support/upstream-scripts.ts'

const CHAT = '/oai/v1/chat/completions'
const CACHED = { 'Helicone-Cache-Enabled': 'true' }

let upstream: Upstream
let gateway: BareGateway
let orgId: string
let key: string

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({ upstream: { openai: upstream.url } })
})

afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

beforeEach(async () => {
  upstream.clear()
  const founded = await foundOrganization(gateway.env)
  orgId = founded.orgId
  key = founded.key
})

function start(headers: Record<string, string>, body = chatRequest()): LeavingCall {
  return startLeaving(new URL(CHAT, gateway.url), keyed(headers, key), body)
}

async function call(headers: Record<string, string>, body = chatRequest()): Promise<Response> {
  return await gateway.fetch(CHAT, { method: 'POST', headers: keyed(headers, key), body })
}

async function rows(count: number): ReturnType<typeof rowsWhere> {
  return await rowsWhere(gateway.env, 'org_id = ?1', orgId, count)
}

describe('a client of a shared call leaves while its answer is silent', () => {
  const stream = chatRequest('Hi', { stream: true })

  test('as the only one: the row is there, and the provider is left', async () => {
    upstream.answer(events(chatEvents(1, 1).slice(0, 1), { end: 'stall' }))
    const leader = start(CACHED, stream)
    await once(await leader.answer, 'data')
    leader.leave()
    expect(await rows(1)).toMatchObject([{ outcome: 'client_abort', cache_status: 'miss' }])
    await expect((await upstream.request(0)).ended).resolves.toMatchObject({ early: true })
  })

  test('as a follower, and then the leader: the provider is left by the last of them', async () => {
    upstream.answer(events(chatEvents(1, 1).slice(0, 1), { end: 'stall' }))
    const leader = start(CACHED, stream)
    await once(await leader.answer, 'data')
    const follower = start(CACHED, stream)
    await once(await follower.answer, 'data')
    follower.leave()
    expect(await rows(1)).toMatchObject([{ outcome: 'client_abort', cache_status: 'coalesced' }])
    const seen = await upstream.request(0)
    // The row of the follower is there, and the provider still is.
    expect(await Promise.race([seen.ended, Promise.resolve('open')])).toBe('open')
    leader.leave()
    expect((await rows(2)).map((row) => row['outcome'])).toEqual(['client_abort', 'client_abort'])
    await expect(seen.ended).resolves.toMatchObject({ early: true })
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('what was reserved of money', () => {
  const LIMITED = { 'Helicone-RateLimit-Policy': '100;w=31536000;u=cents' }

  /** Units that are gone, and calls that are not settled yet. */
  async function spent(): Promise<{ units: number; reservations: number }> {
    const name = limiterName(orgId, 'organization', 'cents')
    const { buckets, reservations } = await limiterNamed(gateway.env.RATE_LIMITER, name).peek()
    return { units: 100 * UNITS_PER.cents - (buckets[0]?.level ?? NaN), reservations }
  }

  async function settled(): Promise<number> {
    await expect.poll(async () => (await spent()).reservations, { timeout: 10_000 }).toBe(0)
    return (await spent()).units
  }

  /** A first call tells what calls cost here: 21 cents. */
  async function learn(): Promise<number> {
    upstream.next(json(chatAnswer(1_000_000, 100_000)))
    expect((await call(LIMITED)).status).toBe(200)
    await rows(1)
    return await settled()
  }

  test('stays when a timer leaves a provider that works', async () => {
    const cost = await learn()
    upstream.answer(silent())
    expect((await call({ ...LIMITED, 'Helicone-Timeout-Connect': '300' })).status).toBe(504)
    await rows(2)
    expect(await settled()).toBeGreaterThan(1.9 * cost)
  })

  test('stays when the client leaves a provider that works', async () => {
    const cost = await learn()
    upstream.answer(silent())
    const left = start(LIMITED)
    await upstream.request(1)
    left.leave()
    expect(await rows(2)).toMatchObject([{}, { outcome: 'client_abort' }])
    expect(await settled()).toBeGreaterThan(1.9 * cost)
  })

  test('goes back when no provider took the call', async () => {
    const cost = await learn()
    const nowhere = { 'Helicone-Target-URL': `http://127.0.0.1:${await closedPort()}` }
    expect((await call({ ...LIMITED, ...nowhere })).status).toBe(502)
    await rows(2)
    expect(await settled()).toBeLessThan(1.1 * cost)
  })
})

test('a provider that resets an upload has failed: its caller gets a 502', async () => {
  upstream.answer(resetUpload())
  // Too long to be read at once, and for the buffers of the connection.
  const answer = await call({}, chatRequest('x'.repeat(4_000_000)))
  expect(answer.status).toBe(502)
  expect(await answer.json()).toMatchObject({ error: { code: 'upstream_unreachable' } })
  expect(await rows(1)).toMatchObject([{ outcome: 'gateway_error', status: 502 }])
})
