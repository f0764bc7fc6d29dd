import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { answerSandbox } from '../../../src/providers/sandbox/index.ts'
import { anthropic, dataLines, openAi, post, user } from './clients.ts'

const chat = { model: 'm', messages: [user('hi')] }
const claude = { ...chat, max_tokens: 200 }

async function drain(stream: AsyncIterable<unknown>): Promise<number> {
  let seen = 0
  for await (const _event of stream) seen++
  return seen
}

describe('errors on demand', () => {
  it.each([
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
    [503, OpenAI.InternalServerError],
  ])('sandbox-error-%i is the OpenAI client’s own error', async (status, kind) => {
    const failed = openAi().chat.completions.create({ ...chat, model: `sandbox-error-${status}` })
    const error = (await failed.catch((reason: unknown) => reason)) as InstanceType<
      typeof OpenAI.APIError
    >
    expect(error).toBeInstanceOf(kind)
    expect(error.status).toBe(status)
    expect(error.headers?.get('retry-after') ?? null).toBe(status === 429 ? '1' : null)
    expect(error.requestID).toMatch(/^req_/)
  })

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ])('sandbox-error-%i is the Anthropic client’s %s', async (status, type) => {
    const failed = anthropic().messages.create({ ...claude, model: `sandbox-error-${status}` })
    const error = (await failed.catch((reason: unknown) => reason)) as InstanceType<
      typeof Anthropic.APIError
    >
    expect(error).toBeInstanceOf(Anthropic.APIError)
    expect([error.status, error.type]).toEqual([status, type])
  })

  it('sandbox-error-stream ends a stream with the error event of each language', async () => {
    const failing = { model: 'sandbox-error-stream', stream: true as const, messages: [user('hi')] }
    const open = await openAi().chat.completions.create(failing)
    const claudeOpen = await anthropic().messages.create({ ...failing, max_tokens: 99 })
    await expect(drain(open)).rejects.toBeInstanceOf(OpenAI.APIError)
    await expect(drain(claudeOpen)).rejects.toBeInstanceOf(Anthropic.APIError)
  })
})

describe('bad requests', () => {
  it.each([
    ['/v1/chat/completions', '{"model":', 'invalid_request_error'],
    ['/v1/chat/completions', { model: 'm' }, 'invalid_request_error'],
    ['/v1/chat/completions', { messages: [user('hi')] }, 'invalid_request_error'],
    ['/v1/chat/completions', { model: 'm', messages: [] }, 'invalid_request_error'],
    ['/v1/chat/completions', { model: 'm', messages: ['hi'] }, 'invalid_request_error'],
    ['/v1/chat/completions', { ...chat, n: 0 }, 'invalid_request_error'],
    ['/v1/chat/completions', '[]', 'invalid_request_error'],
    ['/v1/chat/completions', 'null', 'invalid_request_error'],
    ['/v1/responses', { model: 'm' }, 'invalid_request_error'],
    ['/v1/messages', '{', 'invalid_request_error'],
    ['/v1/messages', { model: 'm', max_tokens: 5 }, 'invalid_request_error'],
    ['/v1/messages', chat, 'invalid_request_error'],
    ['/v1/messages', { ...chat, max_tokens: 0 }, 'invalid_request_error'],
  ])('%s with %j is a 400', async (path, body, type) => {
    const response = await post(path, body)
    const answer: { type?: string; error: { type: string } } = await response.json()
    expect(response.status).toBe(400)
    expect(answer.error.type).toBe(type)
    expect(answer.type).toBe(path === '/v1/messages' ? 'error' : undefined)
  })

  it('names the missing parameter as OpenAI does', async () => {
    const response = await post('/v1/chat/completions', { model: 'm' })
    expect(await response.json()).toEqual({
      error: {
        message: "Missing required parameter: 'messages'.",
        type: 'invalid_request_error',
        param: 'messages',
        code: 'missing_required_parameter',
      },
    })
  })

  it('answers 404 for unknown paths and 405 for wrong methods, in the caller’s language', async () => {
    const unknown = await post('/v1/nothing', {})
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { error: { message: 'Invalid URL (POST /v1/nothing)' } },
    ])
    const other = await post('/v1/messages/batches', {})
    expect([other.status, await other.json()]).toMatchObject([
      404,
      { type: 'error', error: { type: 'not_found_error' } },
    ])
    expect((await post('/v1/constructor', {})).status).toBe(404)
    const get = new Request('http://sandbox.test/v1/chat/completions')
    expect((await answerSandbox(get, '/v1/chat/completions')).status).toBe(405)
  })

  it('refuses a schema that never ends, and bodies that are not what they claim', async () => {
    const schema = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }
    const format = { type: 'json_schema', json_schema: { name: 'a', schema } }
    const endless = await post('/v1/chat/completions', { ...chat, response_format: format })
    expect(endless.status).toBe(400)
    const headers = { 'content-encoding': 'gzip' }
    expect((await post('/v1/chat/completions', chat, { headers })).status).toBe(400)
    const large = { ...chat, messages: [user('x'.repeat(17 * 1_048_576))] }
    expect((await post('/v1/chat/completions', large)).status).toBe(413)
  })
})

describe('paths and models', () => {
  it.each([
    '/openai/v1/chat/completions',
    '/openai/chat/completions',
    '/chat/completions',
    '/v1/chat/completions/',
    '/v1/chat/completions?x=1',
  ])('%s is chat', async (path) => {
    expect((await post(path, chat)).status).toBe(200)
  })

  it('reads compressed bodies', async () => {
    const gzip = new Blob([JSON.stringify(chat)])
      .stream()
      .pipeThrough(new CompressionStream('gzip'))
    const body = await new Response(gzip).arrayBuffer()
    const headers = { 'content-encoding': 'gzip' }
    const request = new Request('http://sandbox.test/', { method: 'POST', body, headers })
    expect((await answerSandbox(request, '/v1/chat/completions')).status).toBe(200)
  })

  it('lists its models to both clients', async () => {
    const open = await openAi().models.list()
    const claudeModels = await anthropic().models.list()
    expect(open.data.map((model) => model.id)).toContain('sandbox-error-429')
    expect(claudeModels.data.map((model) => model.id)).toEqual(open.data.map((model) => model.id))
    expect((await openAi().models.retrieve('sandbox-mini')).owned_by).toBe('sandbox')
    await expect(openAi().models.retrieve('nope')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })
})

describe('pace and endings', () => {
  const streaming = { ...chat, stream: true }

  it.each([1, 3, 500, 5_000])(
    'x-sandbox-chunks: %i gives that many content chunks',
    async (count) => {
      const headers = { 'x-sandbox-chunks': String(count) }
      const response = await post('/v1/chat/completions', streaming, { headers })
      const lines = dataLines(await response.text()).slice(0, -1)
      const contents = lines.filter((line) => {
        const chunk = JSON.parse(line) as OpenAI.ChatCompletionChunk
        return chunk.choices[0]?.delta.content && !chunk.choices[0].delta.role
      })
      expect(contents).toHaveLength(count)
    },
  )

  it('caps the chunks at 5,000 and ignores values that are no numbers', async () => {
    const most = await post('/v1/chat/completions', streaming, {
      headers: { 'x-sandbox-chunks': '99999' },
    })
    expect(dataLines(await most.text())).toHaveLength(5_000 + 3)
    const odd = { 'x-sandbox-chunks': '-1', 'x-sandbox-latency-ms': 'soon' }
    expect((await post('/v1/chat/completions', streaming, { headers: odd })).status).toBe(200)
  })

  it('waits before the headers, and between chunks, as long as it is asked to', async () => {
    const headers = {
      'x-sandbox-latency-ms': '60',
      'x-sandbox-chunk-delay-ms': '20',
      'x-sandbox-chunks': '4',
    }
    const start = performance.now()
    const response = await post('/v1/chat/completions', streaming, { headers })
    const headersAt = performance.now() - start
    await response.text()
    expect(headersAt).toBeGreaterThanOrEqual(55)
    expect(performance.now() - start - headersAt).toBeGreaterThanOrEqual(55)
  })

  it('sandbox-broken breaks off streams and whole answers midway', async () => {
    for (const stream of [true, false]) {
      const response = await post('/v1/chat/completions', {
        ...chat,
        stream,
        model: 'sandbox-broken',
      })
      const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
      let bytes = 0
      const readOn = async (): Promise<void> => {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return
          bytes += value.length
        }
      }
      await expect(readOn()).rejects.toThrow('broke')
      expect(bytes).toBeGreaterThan(100)
    }
  })

  it('sandbox-stall falls silent midway until the caller gives up', async () => {
    const abort = new AbortController()
    const request = { ...chat, stream: true, model: 'sandbox-stall' }
    const response = await post('/v1/chat/completions', request, { signal: abort.signal })
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    const first = await reader.read()
    expect(first.done).toBe(false)
    const drained = (async () => {
      while (!(await reader.read()).done);
    })()
    abort.abort()
    await expect(drained).rejects.toThrow()
    const silent = post(
      '/v1/messages',
      { ...claude, model: 'sandbox-stall' },
      {
        signal: AbortSignal.timeout(20),
      },
    )
    await expect(silent).rejects.toThrow()
  })
})
