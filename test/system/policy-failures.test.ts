/**
 * What policies lean on is broken in turn: the limiter's object, KV and the Cache API refuse, lose their answer or fall
 * silent. Calls go through, or are stopped where the organisation says so, and the row tells which.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBreakableGateway, type BreakableGateway } from '../support/breakable-gateway.ts'
import { chatAnswer, chatRequest, foundOrganization, keyed } from '../support/calls.ts'
import type { Fault } from '../support/faults.ts'
import { rowOf, type LogRow } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { json } from '../support/upstream-scripts.ts'

const FAULTS: Fault[] = ['before', 'after', 'hang']
const BY_REQUESTS = '5;w=3600'
const BY_MONEY = '100;w=3600;u=cents'

let upstream: Upstream
let gateway: BreakableGateway
let orgId: string
let key: string

beforeAll(async () => {
  upstream = await startUpstream(json(chatAnswer(12, 8)))
  gateway = await startBreakableGateway({ upstream: upstream.url })
})
afterEach(async () => {
  await gateway.mend()
  upstream.clear()
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

/** An organisation of its own for each test, so that nothing is known of it yet. */
async function found(settings: object = {}): Promise<void> {
  const founded = await foundOrganization(gateway.env, settings)
  orgId = founded.orgId
  key = founded.key
}

async function call(headers: Record<string, string>): Promise<{ answer: Response; row: LogRow }> {
  const answer = await gateway.fetch('/oai/v1/chat/completions', {
    method: 'POST',
    headers: keyed(headers, key),
    body: chatRequest(),
  })
  await answer.clone().arrayBuffer()
  return { answer, row: await rowOf(gateway.env, answer.headers.get('helicone-id') ?? '') }
}

describe.each(FAULTS)('the limiter is down (%s)', (fault) => {
  const limited = async (policy: string): ReturnType<typeof call> => {
    await gateway.break({ broken: { RATE_LIMITER: fault } })
    return await call({ 'Helicone-RateLimit-Policy': policy })
  }

  it.each([
    ['never', BY_REQUESTS],
    ['never', BY_MONEY],
    ['spend', BY_REQUESTS],
  ])(
    'fail closed: %s, limited by %s: the call goes through, and the row says so',
    async (...given) => {
      await found({ limits_fail_closed: given[0] })
      const { answer, row } = await limited(given[1])
      expect(answer.status).toBe(200)
      expect(answer.headers.get('helicone-ratelimit-policy')).toBe(given[1])
      expect(answer.headers.get('helicone-ratelimit-remaining')).toBeNull()
      expect(row).toMatchObject({ status: 200, outcome: 'success', cost_nano: 6_600 })
      expect(limitsOf(row)).toMatchObject([{ policy: given[1], unavailable: true, denied: false }])
    },
  )

  it.each([
    ['always', BY_REQUESTS],
    ['always', BY_MONEY],
    ['spend', BY_MONEY],
  ])(
    'fail closed: %s, limited by %s: the call is stopped, and the row says so',
    async (...given) => {
      await found({ limits_fail_closed: given[0] })
      const { answer, row } = await limited(given[1])
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(await answer.json()).toMatchObject({ error: { code: 'limit_check_unavailable' } })
      expect(upstream.requests).toHaveLength(0)
      expect(row).toMatchObject({
        status: 503,
        outcome: 'gateway_error',
        error_code: 'limit_check_unavailable',
        attempts: 0,
      })
      expect(limitsOf(row)).toMatchObject([{ unavailable: true }])
    },
  )
})

describe.each(FAULTS)('a place of the response cache is down (%s)', (fault) => {
  const ON = { 'Helicone-Cache-Enabled': 'true' }

  it('KV, before anything is known: calls go to the provider', async () => {
    await found()
    await gateway.break({ broken: { RESPONSES: fault } })
    const { answer, row } = await call(ON)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('helicone-cache')).toBe('MISS')
    expect(answer.headers.get('helicone-warnings')).toBe('cache_unavailable')
    expect(row).toMatchObject({ status: 200, cache_status: 'bypass', cost_nano: 6_600 })
    expect(String(row['warnings'])).toContain('cache_unavailable')
  })

  it('KV, later: what the Cache API holds is still given, the rest comes from the provider', async () => {
    await found()
    await call(ON)
    await gateway.break({ broken: { RESPONSES: fault } })
    const hit = await call(ON)
    expect(hit.row).toMatchObject({ status: 200, cache_status: 'hit', cost_nano: 0 })
    const other = await call({ ...ON, 'openai-beta': 'other' })
    expect(other.row).toMatchObject({ status: 200, cache_status: 'miss', cost_nano: 6_600 })
    expect(other.answer.headers.get('helicone-warnings')).toBe('cache_unavailable')
  })

  it('the Cache API: KV answers in its stead', async () => {
    await found()
    await gateway.break({ broken: { CACHE_API: fault } })
    const first = await call(ON)
    expect(first.row).toMatchObject({ status: 200, cache_status: 'miss' })
    expect(first.answer.headers.get('helicone-warnings')).toBe('cache_unavailable')
    await expect
      .poll(
        async () => (await gateway.env.RESPONSES.list({ prefix: `answer:${orgId}` })).keys.length,
      )
      .toBe(1)
    const second = await call(ON)
    expect(second.row).toMatchObject({ status: 200, cache_status: 'hit', cost_nano: 0 })
    expect(upstream.requests).toHaveLength(1)
  })
})

it('with all of them down and silent a call with every policy goes through', async () => {
  await found()
  await gateway.break({
    broken: { RATE_LIMITER: 'hang', RESPONSES: 'hang', CACHE_API: 'hang', KV: 'hang' },
  })
  const { answer, row } = await call({
    'Helicone-Cache-Enabled': 'true',
    'Helicone-RateLimit-Policy': `${BY_REQUESTS}, ${BY_MONEY}`,
    'Helicone-Retry-Enabled': 'true',
  })
  expect(answer.status).toBe(200)
  expect(row).toMatchObject({ status: 200, outcome: 'success', cost_nano: 6_600 })
})

function limitsOf(row: LogRow): unknown {
  return (JSON.parse(String(row['detail'])) as { limits: unknown }).limits
}
