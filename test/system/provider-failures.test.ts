/** Every way in which a provider can fail: what the client sees, and what the row says. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatEvents, chatRequest, keyed } from '../support/calls.ts'
import { closedPort } from '../support/closed-port.ts'
import { rawCall, type RawAnswer } from '../support/raw-call.ts'
import { bodiesOf, rowOf, type LogRow } from '../support/stored-rows.ts'
import { startUpstream, type Script, type Upstream } from '../support/upstream.ts'
import {
  after,
  chunks,
  createGate,
  events,
  half,
  json,
  rawBytes,
  reply,
  resetAtOnce,
  silent,
} from '../support/upstream-scripts.ts'

const UPSTREAM_TIMEOUT_MS = 700
const IDLE_TIMEOUT_MS = 400

const whole = JSON.stringify(chatAnswer(12, 8))
const stream = chatEvents(12, 8)
const STREAM_TEXT = stream.join('')
const firstEvents = stream.slice(0, 2)
const EVENT_STREAM = { 'content-type': 'text/event-stream' }

let upstream: Upstream
let gateway: BareGateway
beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({
    upstream: {
      openai: upstream.url,
      anthropic: upstream.url,
      groq: `http://127.0.0.1:${await closedPort()}`,
    },
    vars: {
      UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS),
      UPSTREAM_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
    },
  })
})
afterEach(() => upstream.clear())
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

/** Sends all of the body, and closes the connection although more was announced. */
function hangUpAfter(body: string, headers: Record<string, string>): Script {
  return async ({ seen, response }) => {
    await seen.body
    response.writeHead(200, headers)
    response.write(body, () => response.socket?.end())
  }
}

interface Outcome {
  readonly answer: RawAnswer
  readonly text: string
  readonly row: LogRow
}

async function call(script: Script, path = '/oai/v1/chat/completions'): Promise<Outcome> {
  upstream.answer(script)
  const answer = await rawCall(gateway.url, path, { headers: keyed(), body: chatRequest() })
  const row = await rowOf(gateway.env, answer.headers['helicone-id']?.[0] ?? '')
  return { answer, text: answer.body.toString(), row }
}

describe('no answer: the gateway says so in the words of the caller', () => {
  const cases: [name: string, script: Script, path: string][] = [
    ['the connection is refused', silent(), '/groq/openai/v1/chat/completions'],
    ['the connection is reset before the headers', resetAtOnce(), '/oai/v1/chat/completions'],
    ['what comes is not HTTP', rawBytes('SSH-2.0-OpenSSH_9.6\r\n'), '/oai/v1/chat/completions'],
  ]
  it.each(cases)('%s: 502', async (_, script, path) => {
    const { answer, text, row } = await call(script, path)
    expect(answer).toMatchObject({ status: 502, isWhole: true })
    expect(answer.headers['x-helicone-error']).toEqual(['upstream_unreachable'])
    expect(JSON.parse(text)).toEqual({
      error: {
        message: expect.stringContaining('could not be reached') as string,
        type: 'api_error',
        param: null,
        code: 'upstream_unreachable',
      },
    })
    expect(row).toMatchObject({
      outcome: 'gateway_error',
      status: 502,
      error_code: 'upstream_unreachable',
      model: 'gpt-4o-mini',
      model_asked: 'gpt-4o-mini',
      model_answered: null,
      input_tokens: null,
      cost_nano: null,
    })
    const { attempts } = JSON.parse(String(row['detail'])) as { attempts: object[] }
    expect(attempts).toMatchObject([{ status: null, error: expect.any(String) as string }])
    const { response } = await bodiesOf(gateway.env, row)
    expect(response.toString()).toBe(text)
  })

  it('in the Anthropic dialect too', async () => {
    const { answer, text } = await call(resetAtOnce(), '/anthropic/v1/messages')
    expect(answer.status).toBe(502)
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: { type: 'api_error', code: 'upstream_unreachable' },
      request_id: answer.headers['helicone-id']?.[0],
    })
  })

  it('no headers in time: 504, and the row says timeout', async () => {
    const { answer, text, row } = await call(silent())
    expect(answer.status).toBe(504)
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'upstream_timeout' } })
    expect(row).toMatchObject({ outcome: 'timeout', status: -2, error_code: 'upstream_timeout' })
    expect(Number(row['latency_ms'])).toBeGreaterThanOrEqual(UPSTREAM_TIMEOUT_MS - 50)
  })

  it('half a whole answer: 502, because nothing was passed on yet', async () => {
    const script = half(whole, { headers: { 'content-type': 'application/json' } })
    const { answer, text, row } = await call(script)
    expect(answer).toMatchObject({ status: 502, isWhole: true })
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'upstream_broken' } })
    expect(row).toMatchObject({
      outcome: 'gateway_error',
      status: 502,
      error_code: 'upstream_broken',
    })
  })
})

describe('the answer breaks off: the client gets what came, and an unclean end', () => {
  const cases: [name: string, script: Script, passed: string][] = [
    ['reset behind the first byte', chunks(['d'], { headers: EVENT_STREAM, end: 'reset' }), 'd'],
    ['half a stream', events(firstEvents, { end: 'reset' }), firstEvents.join('')],
    [
      'half of a big whole answer',
      hangUpAfter('x'.repeat(100_000), { 'content-length': '200000' }),
      'x'.repeat(100_000),
    ],
  ]
  it.each(cases)('%s', async (_, script, passed) => {
    const { answer, text, row } = await call(script)
    expect(answer).toMatchObject({ status: 200, isWhole: false })
    // The runtime drops what it had not yet sent when an answer fails: at most the last few KB.
    expect(passed.startsWith(text)).toBe(true)
    expect(text.length).toBeGreaterThan(passed.length - 4_096)
    expect(text).not.toBe('')
    expect(row).toMatchObject({
      outcome: 'stream_broken',
      status: -100,
      error_code: null,
      input_tokens: null,
      response_bytes: passed.length,
    })
  })

  it('silence in the middle of a stream ends it with an error event; the row says timeout', async () => {
    const { answer, text, row } = await call(events(firstEvents, { end: 'stall' }))
    expect(answer).toMatchObject({ status: 200, isWhole: true })
    expect(text.startsWith(firstEvents.join(''))).toBe(true)
    expect(text.slice(firstEvents.join('').length)).toContain('"code":"upstream_timeout"')
    expect(row).toMatchObject({ outcome: 'timeout', status: -2 })
    expect(row).toMatchObject({ model_answered: 'gpt-4o-mini-2024-07-18', input_tokens: null })
    const { ended } = await upstream.request(0)
    expect((await ended).early).toBe(true)
  })

  it('silence before the first byte of a stream ends it too', async () => {
    const { answer, text, row } = await call(events([], { end: 'stall' }))
    expect(answer).toMatchObject({ status: 200, isWhole: true })
    expect(text).toContain('"code":"upstream_timeout"')
    expect(row).toMatchObject({ outcome: 'timeout', status: -2, ttft_ms: null })
  })
})

describe('odd answers pass as they are', () => {
  it('a slow first byte is only slow', async () => {
    const gate = createGate()
    setTimeout(() => gate.open(), UPSTREAM_TIMEOUT_MS / 2)
    const { answer, text, row } = await call(after(gate, events(stream)))
    expect(answer).toMatchObject({ status: 200, isWhole: true })
    expect(text).toBe(STREAM_TEXT)
    expect(row).toMatchObject({ outcome: 'success', is_stream: 1, input_tokens: 12 })
    expect(Number(row['ttft_ms'])).toBeGreaterThanOrEqual(UPSTREAM_TIMEOUT_MS / 2 - 50)
  })

  it.each([
    ['events that are no JSON', 'data: {"choices": [\n\ndata: what\n\nevent\n\n: \n\ndata:'],
    ['no events at all', 'this is not an event stream'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x0a, 0xc3])],
    ['nothing', ''],
  ])('malformed event stream: %s', async (_, bytes) => {
    const { answer, row } = await call(chunks([bytes], { headers: EVENT_STREAM }))
    expect(answer).toMatchObject({ status: 200, isWhole: true })
    expect(answer.body).toEqual(Buffer.from(bytes))
    expect(row).toMatchObject({ outcome: 'success', status: 200, input_tokens: null })
  })

  it('half-valid event stream: what can be read is read', async () => {
    const parts = [
      'data: {nonsense\n\n',
      ...stream.slice(0, 2),
      ': comment\n\n',
      ...stream.slice(2),
    ]
    const { text, row } = await call(events(parts))
    expect(text).toBe(parts.join(''))
    expect(row).toMatchObject({ input_tokens: 12, output_tokens: 8, stop_reason: 'stop' })
  })

  it.each(['text/html', 'application/octet-stream', 'nonsense'])(
    'a JSON answer called %s',
    async (type) => {
      const { answer, text, row } = await call(reply(whole, { headers: { 'content-type': type } }))
      expect(answer.headers['content-type']).toEqual([type])
      expect(text).toBe(whole)
      expect(row).toMatchObject({ outcome: 'success', status: 200 })
    },
  )

  it('an HTML page is passed, but no browser may run it here', async () => {
    const page = '<script>alert(1)</script>'
    const { answer, text, row } = await call(
      reply(page, { status: 200, headers: { 'content-type': 'text/html' } }),
    )
    expect(text).toBe(page)
    expect(answer.headers['content-security-policy']).toEqual(["sandbox; default-src 'none'"])
    expect(row).toMatchObject({ outcome: 'success', input_tokens: null })
  })

  it.each([301, 302, 303, 307, 308])('a %i is passed on, not followed', async (status) => {
    const location = `${upstream.url}/elsewhere`
    const { answer, row } = await call(reply('', { status, headers: { location } }))
    expect(answer.status).toBe(status)
    expect(answer.headers['location']).toEqual([location])
    expect(upstream.requests.map((seen) => seen.url)).toEqual(['/v1/chat/completions'])
    expect(row).toMatchObject({ outcome: 'success', status })
  })

  it.each([400, 401, 403, 404, 409, 422, 429, 500, 503, 529])(
    'a provider error %i keeps status, body and headers',
    async (status) => {
      const error = { error: { message: 'No.', type: 'some_error', param: null, code: 'no' } }
      const headers = { 'retry-after': '7', 'x-request-id': 'req_1', 'x-should-retry': 'false' }
      const { answer, text, row } = await call(json(error, { status, headers }))
      expect(answer.status).toBe(status)
      expect(text).toBe(JSON.stringify(error))
      expect(answer.headers).toMatchObject({
        'retry-after': ['7'],
        'x-request-id': ['req_1'],
        'x-should-retry': ['false'],
        'helicone-status': ['success'],
      })
      expect(answer.headers).not.toHaveProperty('x-helicone-error')
      expect(row).toMatchObject({
        outcome: 'provider_error',
        status,
        error_code: null,
        error_message: 'No.',
        cost_nano: null,
      })
    },
  )
})
