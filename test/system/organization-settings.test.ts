/** What an organisation decides for all of its calls, and what every answer tells of its time. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatEvents, chatRequest, foundOrganization, keyed } from '../support/calls.ts'
import { rowOf } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { createGate, events, json, refusal, silent } from '../support/upstream-scripts.ts'

let upstream: Upstream
let gateway: BareGateway

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({ upstream: { openai: upstream.url, anthropic: upstream.url } })
})
beforeEach(() => {
  upstream.clear()
  upstream.answer(json(chatAnswer(12, 8)))
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const CHAT = '/oai/v1/chat/completions'

async function call(key: string, headers: Record<string, string>, path = CHAT): Promise<Response> {
  const init = { method: 'POST', headers: keyed(headers, key), body: chatRequest() }
  return await gateway.fetch(path, init)
}

describe('strict_headers', () => {
  let key: string
  beforeAll(async () => {
    key = (await foundOrganization(gateway.env, { strict_headers: true })).key
  })

  test.each([
    ['Helicone-Request-Id', 'mine'],
    ['Helicone-Omit-Request', 'yes'],
    ['Helicone-Omit-Response', '1'],
    ['Helicone-Increase-Timeout', 'please'],
    ['Helicone-Cache-Enabled', 'on'],
    ['Helicone-RateLimit-Policy', 'basic-100'],
    ['Helicone-Retry-Enabled', 'sometimes'],
    ['Helicone-Fallbacks', 'gpt-4o'],
    ['Helicone-Timeout-Total', 'soon'],
    ['Helicone-Token-Limit-Exception-Handler', 'shrink'],
  ])('%s: %s is a 400 that says what was expected', async (header, value) => {
    const answer = await call(key, { [header]: value })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('x-helicone-error')).toBe('invalid_header')
    const { error } = (await answer.json()) as { error: { code: string; message: string } }
    expect(error.code).toBe('invalid_header')
    // Fallbacks may hold provider keys: their value is not repeated.
    const shown = header === 'Helicone-Fallbacks' ? '' : ` "${value}"`
    expect(error.message).toContain(`${header}${shown} cannot be used`)
    expect(error.message).toMatch(/expected /i)
    expect(upstream.requests).toHaveLength(0)
    const row = await rowOf(gateway.env, answer.headers.get('helicone-id') ?? '')
    expect(row).toMatchObject({ status: 400, error_code: 'invalid_header', attempts: 0 })
    expect(JSON.parse(String(row['warnings']))).toHaveLength(1)
  })

  test('names all of them at once, in the dialect of the caller', async () => {
    const bad = { 'Helicone-Retry-Enabled': 'x', 'Helicone-Cache-Enabled': 'y' }
    const answer = await call(key, bad, '/anthropic/v1/messages')
    const body = (await answer.json()) as { type: string; error: { message: string } }
    expect(body.type).toBe('error')
    expect(body.error.message).toContain('Helicone-Retry-Enabled')
    expect(body.error.message).toContain('Helicone-Cache-Enabled')
  })

  test('lets good values through, and what is only bounded or without effect', async () => {
    const answer = await call(key, {
      'Helicone-Cache-Enabled': 'true',
      'Helicone-Cache-Bucket-Max-Size': '50000',
      'Helicone-LLM-Security-Enabled': 'true',
      'Helicone-RateLimit-Policy': '100;w=60',
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('helicone-warnings')).toBe(
      'header_without_effect, cache_capacity_bounded',
    )
  })
})

describe("an organisation's timers", () => {
  test.each([
    ['timeout_connect_ms', 'headers'],
    ['timeout_first_token_ms', 'first_token'],
    ['timeout_total_ms', 'total'],
  ])('%s ends a silent call, and the row names it', async (setting, timer) => {
    const { key } = await foundOrganization(gateway.env, { [setting]: 150 })
    upstream.answer(silent())
    const answer = await call(key, {})
    expect(answer.status).toBe(504)
    const row = await rowOf(gateway.env, answer.headers.get('helicone-id') ?? '')
    expect(row).toMatchObject({ outcome: 'timeout', error_code: 'upstream_timeout' })
    expect(JSON.parse(String(row['detail']))).toMatchObject({ timer })
  })

  test('timeout_idle_ms ends a stream that stalls with an error event', async () => {
    const { key } = await foundOrganization(gateway.env, { timeout_idle_ms: 150 })
    const gate = createGate()
    upstream.answer(events(chatEvents(1, 1), { gate }))
    gate.release()
    const answer = await call(key, {})
    expect(await answer.text()).toContain('upstream_timeout')
    const row = await rowOf(gateway.env, answer.headers.get('helicone-id') ?? '')
    expect(JSON.parse(String(row['detail']))).toMatchObject({ timer: 'idle' })
    gate.open()
  })

  test("give way to the call's own header", async () => {
    const { key } = await foundOrganization(gateway.env, { timeout_connect_ms: 3_600_000 })
    upstream.answer(silent())
    const answer = await call(key, { 'Helicone-Timeout-Connect': '100' })
    expect(answer.status).toBe(504)
  })
})

describe('Server-Timing', () => {
  const partsOf = (answer: Response): string[] =>
    [...(answer.headers.get('server-timing') ?? '').matchAll(/(\w+);dur=[\d.]+/g)].map(
      ([, name = '']) => name,
    )
  let key: string
  beforeAll(async () => {
    key = (await foundOrganization(gateway.env)).key
  })

  test('tells of our own work, the provider and the first byte', async () => {
    expect(partsOf(await call(key, {}))).toEqual(['gateway', 'upstream', 'ttft'])
  })

  test('of the cache and the limits, where they took part', async () => {
    const policies = {
      'Helicone-Cache-Enabled': 'true',
      'Helicone-RateLimit-Policy': '100;w=60',
    }
    const miss = await call(key, policies)
    expect(partsOf(miss)).toEqual(['gateway', 'cache', 'limit', 'upstream', 'ttft'])
    expect(miss.headers.get('server-timing')).toContain('desc=miss')
    const hit = await call(key, policies)
    expect(partsOf(hit)).toEqual(['gateway', 'cache'])
    expect(hit.headers.get('server-timing')).toContain('desc=hit')
  })

  test("stands beside the provider's own", async () => {
    upstream.answer(json(chatAnswer(1, 1), { headers: { 'server-timing': 'model;dur=5' } }))
    expect(partsOf(await call(key, {}))).toEqual(['model', 'gateway', 'upstream', 'ttft'])
  })

  test('is on refusals and provider errors too', async () => {
    expect(partsOf(await call('sk-helicone-aaaaaaa-bbbbbbb-ccccccc-ddddddd', {}))).toEqual([
      'gateway',
    ])
    upstream.answer(refusal(500))
    expect(partsOf(await call(key, {}))).toEqual(['gateway', 'upstream', 'ttft'])
  })
})
