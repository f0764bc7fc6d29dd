/** Retries, fallbacks and timers by header: what the client gets, how often the provider is asked, what the row says. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatEvents, chatRequest, keyed } from '../support/calls.ts'
import { rawCall } from '../support/raw-call.ts'
import { rowOf } from '../support/stored-rows.ts'
import { startUpstream, type Script, type Upstream } from '../support/upstream.ts'
import { chunks, createGate, json, refusal, resetAtOnce } from '../support/upstream-scripts.ts'
import { LOCAL_KEY } from '../../src/env.ts'

const CHAT = '/oai/v1/chat/completions'
const RETRY = {
  'helicone-retry-enabled': 'true',
  'helicone-retry-min-timeout': '1',
  'helicone-retry-max-timeout': '5',
}
const good = json(chatAnswer(12, 8))
const stream = chatEvents(12, 8)
const EVENT_STREAM = { headers: { 'content-type': 'text/event-stream' } }

let upstream: Upstream
let other: Upstream
let gateway: BareGateway
beforeAll(async () => {
  upstream = await startUpstream()
  other = await startUpstream()
  gateway = await startBareGateway({ upstream: { openai: upstream.url, anthropic: upstream.url } })
})
afterEach(() => {
  upstream.clear()
  other.clear()
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
  await other.close()
})

async function call(headers: Record<string, string>, ...scripts: Script[]) {
  upstream.next(...scripts)
  const answer = await rawCall(gateway.url, CHAT, { headers: keyed(headers), body: chatRequest() })
  const row = await rowOf(gateway.env, answer.headers['helicone-id']?.[0] ?? '')
  return { answer, row }
}

function openai(headers: Record<string, string>): OpenAI {
  return new OpenAI({
    apiKey: 'sk-provider-key',
    baseURL: `${gateway.url}/oai/v1`,
    maxRetries: 0,
    defaultHeaders: { 'Helicone-Auth': `Bearer ${LOCAL_KEY}`, ...headers },
  })
}

describe('retries', () => {
  it('are off without the header, and off when it says false', async () => {
    for (const headers of [{}, { 'helicone-retry-enabled': 'false' }]) {
      const { answer, row } = await call(headers, refusal(500))
      expect(answer.status).toBe(500)
      expect(row).toMatchObject({ status: 500, attempts: 1 })
    }
  })

  it.each([
    ['429, 500, and then an answer', [refusal(429), refusal(500), good]],
    ['a reset connection, and then an answer', [resetAtOnce(), good]],
  ])('%s', async (_name, scripts) => {
    const { answer, row } = await call(RETRY, ...scripts)
    expect(answer.status).toBe(200)
    expect(answer.headers['helicone-attempts']).toEqual([String(scripts.length)])
    expect(row).toMatchObject({ status: 200, outcome: 'success', attempts: scripts.length })
    expect(upstream.requests).toHaveLength(scripts.length)
  })

  it('end with the last answer of the provider', async () => {
    const { answer, row } = await call(
      { ...RETRY, 'helicone-retry-num': '2' },
      refusal(503),
      refusal(500),
    )
    expect(answer.status).toBe(500)
    expect(row).toMatchObject({ status: 500, attempts: 2, outcome: 'provider_error' })
  })

  it('never repeat what the caller has to mend', async () => {
    const { answer } = await call(RETRY, refusal(400))
    expect(answer.status).toBe(400)
    expect(upstream.requests).toHaveLength(1)
  })

  it('send the same bytes again', async () => {
    await call(RETRY, refusal(500), good)
    const [first, second] = await Promise.all(upstream.requests.map(({ body }) => body))
    expect(second?.text()).toBe(first?.text())
  })

  it('warn of a value that cannot be used, and go on', async () => {
    const { answer, row } = await call({ ...RETRY, 'helicone-retry-num': 'many' }, good)
    expect(answer.status).toBe(200)
    expect(String(row.warnings)).toContain('Helicone-Retry-Num')
  })
})

describe('fallbacks', () => {
  it("the seeds' own example, with the real OpenAI client", async () => {
    upstream.next(refusal(500), good)
    const client = openai({ 'Helicone-Fallback': '[{"model": "gpt-4o-mini"}]' })
    const { data, response } = await client.chat.completions
      .create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] })
      .withResponse()
    expect(data.choices[0]?.message.content).toBe('Hello')
    expect(response.headers.get('helicone-fallback-index')).toBe('0')
    const bodies = await Promise.all(upstream.requests.map(({ body }) => body))
    expect(bodies.map((body) => (body.json() as { model: string }).model)).toEqual([
      'gpt-4o',
      'gpt-4o-mini',
    ])
  })

  it('go to another target with headers of its own, whose key never reaches the log', async () => {
    other.answer(good)
    const fallbacks = JSON.stringify([
      {
        'target-url': upstream.url,
        headers: { authorization: 'Bearer sk-first' },
        onCodes: [{ from: 500, to: 599 }],
      },
      {
        'target-url': other.url,
        headers: { authorization: 'Bearer sk-canary-second' },
        onCodes: [429],
        bodyKeyOverride: { model: 'other-model' },
      },
    ])
    const { answer, row } = await call({ 'helicone-fallbacks': fallbacks }, refusal(502))
    expect(answer.status).toBe(200)
    expect(answer.headers['helicone-fallback-index']).toEqual(['1'])
    const seen = await other.request(0)
    expect(seen.header('authorization')).toBe('Bearer sk-canary-second')
    expect((await seen.body).json()).toMatchObject({ model: 'other-model' })
    expect(row).toMatchObject({ fallback_index: 1, attempts: 2 })
    expect(JSON.stringify(row)).not.toContain('canary')
  })
})

describe('timers', () => {
  it('a stream that falls silent ends with an error that the clients raise', async () => {
    upstream.answer(chunks(stream.slice(0, 2), { ...EVENT_STREAM, end: 'stall' }))
    const client = openai({ 'Helicone-Timeout-Idle': '200' })
    const parts = await client.chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Hello' }],
      stream: true,
    })
    const read = async (): Promise<void> => {
      for await (const part of parts) expect(part).toBeDefined()
    }
    await expect(read()).rejects.toThrow(/silent/)
  })

  it('an Anthropic stream likewise', async () => {
    const start = `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model: 'c', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 0 } } })}\n\n`
    upstream.answer(chunks([start], { ...EVENT_STREAM, end: 'stall' }))
    const client = new Anthropic({
      apiKey: 'sk-ant-key',
      baseURL: `${gateway.url}/anthropic`,
      maxRetries: 0,
      defaultHeaders: { 'Helicone-Auth': `Bearer ${LOCAL_KEY}`, 'Helicone-Timeout-Idle': '200' },
    })
    const message = client.messages.stream({
      model: 'c',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'Hello' }],
    })
    await expect(message.finalMessage()).rejects.toThrow(/silent/)
  })

  it("a client that pauses is not the provider's silence", async () => {
    const idleMs = 1_000
    // More than the sockets on the way hold.
    const parts = Array.from({ length: 24 }, () => `data: ${'x'.repeat(1_048_576)}\n\n`)
    upstream.answer(chunks(parts, EVENT_STREAM))
    const headers = keyed({ 'helicone-timeout-idle': String(idleMs) })
    const outgoing = request(new URL(CHAT, gateway.url), { method: 'POST', headers })
    outgoing.end(chatRequest())
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    await new Promise((resolve) => setTimeout(resolve, 3 * idleMs))
    let received = 0
    for await (const part of incoming) received += (part as Buffer).length
    expect(received).toBe(parts.join('').length)
    const row = await rowOf(gateway.env, incoming.headersDistinct['helicone-id']?.[0] ?? '')
    expect(row).toMatchObject({ outcome: 'success', status: 200, response_bytes: received })
  })

  it('what says nothing is no silence: the idle timer counts from it', async () => {
    const gate = createGate()
    const ping = 'event: ping\ndata: {"type": "ping"}\n\n'
    const parts = [...Array.from({ length: 6 }, () => ping), ...stream]
    upstream.next(chunks(parts, { ...EVENT_STREAM, gate }))
    const called = call({ ...RETRY, 'helicone-timeout-idle': '1500' })
    await upstream.request(0)
    // Longer than the timer altogether, and shorter from part to part.
    const pace = setInterval(() => gate.release(), 400)
    const { answer, row } = await called
    clearInterval(pace)
    expect(answer.body.toString()).toBe(parts.join(''))
    expect(row).toMatchObject({ outcome: 'success', attempts: 1 })
  })

  it('no first token in time is a retry, and the row names the timer when none is left', async () => {
    const stalled = chunks([': ping\n\n'], { ...EVENT_STREAM, end: 'stall' })
    const headers = { ...RETRY, 'helicone-retry-num': '2', 'helicone-timeout-first-token': '150' }
    const { answer, row } = await call(headers, stalled, stalled)
    expect(answer.status).toBe(504)
    expect(row).toMatchObject({ outcome: 'timeout', attempts: 2 })
    expect(JSON.parse(String(row.detail))).toMatchObject({ timer: 'first_token' })
  })
})
