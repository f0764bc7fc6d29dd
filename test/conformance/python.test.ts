/** The vendors' own Python clients: the same through the gateway as without it, and a complete row for each call. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pythonWithClients, runClients } from '../support/python/venv.ts'
import { rowOf, rowsWhere } from '../support/stored-rows.ts'
import { IDENTITY, heliconeHeaders, startSides, type Sides } from './sides.ts'

interface Settled {
  readonly answer?: unknown
  readonly error?: Readonly<Record<string, unknown>>
  readonly request_id: string | null
}

let sides: Sides
let results: Record<string, { direct: Settled; through: Settled }>

beforeAll(async () => {
  const python = await pythonWithClients()
  sides = await startSides()
  const { 'Helicone-Request-Id': _, ...headers } = heliconeHeaders('')
  const { sandbox, gateway } = sides
  results = (await runClients(python, {
    sides: {
      direct: { openai: `${sandbox.url}/v1`, anthropic: sandbox.url, headers: {} },
      through: { openai: `${gateway.url}/oai/v1`, anthropic: `${gateway.url}/anthropic`, headers },
    },
  })) as typeof results
}, 240_000)
afterAll(() => sides.close())

const any = expect.any(Number) as number
const usage = { input_tokens: any, output_tokens: any, cost_nano: any }
const none = { input_tokens: null, output_tokens: null, cost_nano: null }
const success = { outcome: 'success', status: 200 }
const aborted = { outcome: 'client_abort', status: -3 }

const chat = { provider: 'openai', dialect: 'openai-chat', model: 'gpt-4o-mini' }
const responses = { ...chat, dialect: 'openai-responses' }
const claude = { provider: 'anthropic', dialect: 'anthropic-messages', model: 'claude-opus-4-7' }

const ANSWERS: Record<string, object> = {
  'openai: a completion': { ...chat, ...success, ...usage, is_stream: 0 },
  'openai: a stream': { ...chat, ...success, ...usage, is_stream: 1, ttft_ms: any },
  'openai: a tool': { ...chat, ...success, ...usage, tool_calls: 1 },
  'openai: parallel tools': { ...chat, ...success, ...usage, tool_calls: 2 },
  'openai: parallel tools, streamed': { ...chat, ...success, ...none, tool_calls: 2 },
  'openai: a parsed completion': { ...chat, ...success, ...usage },
  'openai: a response': { ...responses, ...success, ...usage, is_stream: 0 },
  'openai: a streamed response': { ...responses, ...success, ...usage, is_stream: 1 },
  'openai: a parsed response': { ...responses, ...success, ...usage },
  'openai: embeddings': { ...success, dialect: 'openai-embeddings', input_tokens: any },
  'openai: the list of models': { ...success, method: 'GET', dialect: 'passthrough', ...none },
  'openai: left in mid-stream': { ...chat, ...aborted },
  'openai: async, streamed': { ...chat, ...success, is_stream: 1 },
  'anthropic: a message': { ...claude, ...success, ...usage, is_stream: 0 },
  'anthropic: a stream': { ...claude, ...success, ...usage, is_stream: 1, ttft_ms: any },
  'anthropic: the streaming helper': { ...claude, ...success, ...usage, is_stream: 1 },
  'anthropic: a tool': { ...claude, ...success, ...usage, tool_calls: 1 },
  'anthropic: parallel tools, streamed': { ...claude, ...success, ...usage, tool_calls: 2 },
  'anthropic: a parsed message': { ...claude, ...success, ...usage },
  'anthropic: counting tokens': { ...success, path: '/v1/messages/count_tokens' },
  'anthropic: left in mid-stream': { ...claude, ...aborted, input_tokens: any },
}

/** Scenario → the exception's class, and the row. */
const ERRORS: Record<string, [kind: string, row: object]> = {
  'openai: error 400': ['BadRequestError', failed(400)],
  'openai: error 401': ['AuthenticationError', failed(401)],
  'openai: error 403': ['PermissionDeniedError', failed(403)],
  'openai: error 404': ['NotFoundError', failed(404)],
  'openai: error 429': ['RateLimitError', failed(429)],
  'openai: error 500': ['InternalServerError', failed(500)],
  'openai: error 503': ['InternalServerError', failed(503)],
  'openai: error 429 of a stream': ['RateLimitError', failed(429)],
  'openai: a timeout': ['APITimeoutError', aborted],
  'openai: broken in mid-stream': ['APIConnectionError', { outcome: 'stream_broken' }],
  'anthropic: error 400': ['BadRequestError', failed(400)],
  'anthropic: error 401': ['AuthenticationError', failed(401)],
  'anthropic: error 403': ['PermissionDeniedError', failed(403)],
  'anthropic: error 404': ['NotFoundError', failed(404)],
  'anthropic: error 429': ['RateLimitError', failed(429)],
  'anthropic: error 500': ['InternalServerError', failed(500)],
  'anthropic: error 529': ['OverloadedError', failed(529)],
  'anthropic: a timeout': ['APITimeoutError', aborted],
  'anthropic: broken in mid-stream': ['RemoteProtocolError', { outcome: 'stream_broken' }],
}

function failed(status: number): object {
  return { ...none, status, outcome: 'provider_error', error_message: expect.any(String) as string }
}

function scenario(name: string): { direct: Settled; through: Settled } {
  const found = results[name]
  if (!found?.direct || !found.through) throw new Error(`clients.py ran no scenario '${name}'`)
  return found
}

function expectSame({ direct, through }: { direct: Settled; through: Settled }): void {
  expect({ ...through, request_id: null }).toEqual({ ...direct, request_id: null })
}

describe('answers', () => {
  it.each(Object.entries(ANSWERS))('%s', async (name, row) => {
    const both = scenario(name)
    expect(both.direct.error).toBeUndefined()
    expectSame(both)
    const found = await rowOf(sides.gateway.env, both.through.request_id ?? '')
    expect(found).toMatchObject({ ...IDENTITY, ...row })
  })

  it('openai: async, five at once', async () => {
    const both = scenario('openai: async, five at once')
    expect(both.direct.answer).toHaveLength(5)
    expectSame(both)
    const id = both.through.request_id ?? ''
    await rowsWhere(sides.gateway.env, 'is_stream = 0 and request_id = ?1', id, 5)
  })
})

describe('exceptions', () => {
  it.each(Object.entries(ERRORS))('%s', async (name, [kind, row]) => {
    const both = scenario(name)
    expect(both.direct.error).toMatchObject({ class: kind })
    expectSame(both)
    const found = await rowOf(sides.gateway.env, both.through.request_id ?? '')
    expect(found).toMatchObject({ ...IDENTITY, ...row })
  })
})

it('nothing that clients.py does goes unchecked', () => {
  const checked = [...Object.keys(ANSWERS), ...Object.keys(ERRORS), 'openai: async, five at once']
  expect(Object.keys(results).toSorted()).toEqual(checked.toSorted())
})
