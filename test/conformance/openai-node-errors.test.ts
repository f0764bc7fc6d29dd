/** The `openai` client for Node when things go wrong: the same typed exceptions through the gateway as without it. */
import { randomUUID } from 'node:crypto'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsWhere } from '../support/stored-rows.ts'
import {
  expectSameOnBothSides,
  heliconeHeaders,
  startSides,
  type Maker,
  type SideRun,
  type Sides,
} from './sides.ts'

let sides: Sides
beforeAll(async () => {
  sides = await startSides()
})
afterAll(() => sides.close())

const options = { apiKey: 'sk-provider-key', maxRetries: 0 }
const maker: Maker<OpenAI> = {
  direct: ({ sandbox }) => new OpenAI({ ...options, baseURL: `${sandbox.url}/v1` }),
  through: ({ gateway }, defaultHeaders) =>
    new OpenAI({ ...options, baseURL: `${gateway.url}/oai/v1`, defaultHeaders }),
}
const messages = [{ role: 'user' as const, content: 'Hello' }]
const unknownUsage = { input_tokens: null, output_tokens: null, cost_nano: null }

const ERRORS = [
  [400, 'BadRequestError'],
  [401, 'AuthenticationError'],
  [403, 'PermissionDeniedError'],
  [404, 'NotFoundError'],
  [429, 'RateLimitError'],
  [500, 'InternalServerError'],
  [503, 'InternalServerError'],
] as const

describe.concurrent.each(ERRORS)('a provider error %i', (status, name) => {
  const model = `sandbox-error-${status}`
  const row = {
    ...unknownUsage,
    outcome: 'provider_error',
    status,
    model,
    model_asked: model,
    model_answered: null,
    error_message: expect.any(String) as string,
  }
  const fails = (call: (client: OpenAI) => PromiseLike<unknown>): SideRun<OpenAI>['call'] => {
    return async (client) => {
      const failure = await Promise.resolve(call(client)).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(OpenAI[name])
      throw failure
    }
  }
  it.each([
    ['chat', (client: OpenAI) => client.chat.completions.create({ model, messages })],
    [
      'a chat stream',
      (client: OpenAI) => client.chat.completions.create({ model, messages, stream: true }),
    ],
    ['a response', (client: OpenAI) => client.responses.create({ model, input: 'Hello' })],
    ['embeddings', (client: OpenAI) => client.embeddings.create({ model, input: 'Hello' })],
  ] as const)(`of %s is a ${name}`, async (what, call) => {
    await expectSameOnBothSides(sides, maker, { name: what, call: fails(call), row })
  })
})

describe('the client retries by itself', () => {
  it('a 503 once more, and each try has a row of its own', async () => {
    const before = sides.sandbox.seen.total
    const call = (client: OpenAI) =>
      client
        .withOptions({ maxRetries: 1 })
        .chat.completions.create({ model: 'sandbox-error-503', messages })
    const requestId = randomUUID()
    const through = maker.through(sides, heliconeHeaders(requestId))
    await expect(call(maker.direct(sides))).rejects.toThrow(OpenAI.InternalServerError)
    await expect(call(through)).rejects.toThrow(OpenAI.InternalServerError)
    expect(sides.sandbox.seen.total - before).toBe(4)
    const rows = await rowsWhere(sides.gateway.env, 'request_id = ?1', requestId, 2)
    expect(rows.map((row) => row['status'])).toEqual([503, 503])
  })
})

describe('a call that does not end', () => {
  /** Slow enough to be left in the middle of. */
  const slow = (client: OpenAI) =>
    client.chat.completions.create(
      { model: 'gpt-4o-mini', messages, stream: true },
      { headers: { 'x-sandbox-chunks': '500', 'x-sandbox-chunk-delay-ms': '20' } },
    )

  it('left in mid-stream: the loop ends, the provider is told, the row says so', async () => {
    const left = sides.sandbox.seen.left
    await expectSameOnBothSides(sides, maker, {
      name: 'abort',
      call: async (client) => {
        const stream = await slow(client)
        const seen: unknown[] = []
        for await (const event of stream) {
          seen.push(event)
          if (seen.length === 5) stream.controller.abort()
        }
        return seen
      },
      row: { outcome: 'client_abort', status: -3, model: 'gpt-4o-mini', is_stream: 1 },
    })
    await expect.poll(() => sides.sandbox.seen.left - left, { timeout: 10_000 }).toBe(2)
  })

  it('broken out of the loop: the same', async () => {
    const left = sides.sandbox.seen.left
    await expectSameOnBothSides(sides, maker, {
      name: 'break',
      call: async (client) => {
        for await (const event of await slow(client)) return event
        return 'the stream was empty'
      },
      row: { outcome: 'client_abort', status: -3 },
    })
    await expect.poll(() => sides.sandbox.seen.left - left, { timeout: 10_000 }).toBe(2)
  })

  it('aborted by a signal before the answer', async () => {
    await expectSameOnBothSides(sides, maker, {
      name: 'signal',
      call: (client) =>
        client.chat.completions.create(
          { model: 'gpt-4o-mini', messages },
          { signal: AbortSignal.timeout(150), headers: { 'x-sandbox-latency-ms': '600' } },
        ),
      row: { model_asked: 'gpt-4o-mini', outcome: 'client_abort', status: -3 },
    })
  })

  it("the client's own timeout", async () => {
    await expectSameOnBothSides(sides, maker, {
      name: 'timeout',
      call: async (client) => {
        const call = client.chat.completions.create(
          { model: 'gpt-4o-mini', messages },
          { timeout: 150, headers: { 'x-sandbox-latency-ms': '600' } },
        )
        await expect(call).rejects.toThrow(OpenAI.APIConnectionTimeoutError)
        return await call
      },
      row: { model_asked: 'gpt-4o-mini', outcome: 'client_abort', status: -3 },
    })
  })

  it.each(['sandbox-broken', 'sandbox-error-stream'])('%s in mid-stream', async (model) => {
    await expectSameOnBothSides(sides, maker, {
      name: model,
      call: async (client) => {
        const seen: unknown[] = []
        try {
          const stream = await client.chat.completions.create({ model, messages, stream: true })
          for await (const event of stream) seen.push(event)
          return seen
        } catch (error) {
          const { constructor, message } = error as Error
          return { seen, class: constructor.name, message }
        }
      },
      row: {
        model_asked: model,
        outcome: model === 'sandbox-broken' ? 'stream_broken' : 'provider_error',
        ...unknownUsage,
      },
    })
  })
})
