/** The vendor's own `@anthropic-ai/sdk`: the same through the gateway as without it, and a complete row for each call. */
import Anthropic from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { expectSameOnBothSides, startSides, type Maker, type SideRun, type Sides } from './sides.ts'

let sides: Sides
beforeAll(async () => {
  sides = await startSides()
})
afterAll(() => sides.close())

type Run = SideRun<Anthropic>

const options = { apiKey: 'sk-ant-provider-key', maxRetries: 0 }
const maker: Maker<Anthropic> = {
  direct: ({ sandbox }) => new Anthropic({ ...options, baseURL: sandbox.url }),
  through: ({ gateway }, defaultHeaders) =>
    new Anthropic({ ...options, baseURL: `${gateway.url}/anthropic`, defaultHeaders }),
}

const model = 'claude-opus-4-7'
const ask = (content: string) => ({
  model,
  max_tokens: 1_024,
  messages: [{ role: 'user' as const, content }],
})
const any = expect.any(Number) as number
const base = {
  provider: 'anthropic',
  dialect: 'anthropic-messages',
  path: '/v1/messages',
  model,
  model_asked: model,
  model_answered: model,
  outcome: 'success',
  status: 200,
}
const whole = {
  ...base,
  is_stream: 0,
  ttft_ms: null,
  input_tokens: any,
  output_tokens: any,
  cost_nano: any,
}
const streamed = { ...whole, is_stream: 1, ttft_ms: any }
const unknownUsage = { input_tokens: null, output_tokens: null, cost_nano: null }

const tool = (name: string) => ({
  name,
  description: `Tells the ${name}.`,
  input_schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
})
const tools = [tool('get_weather'), tool('get_time')]
const Weather = z.object({ city: z.string(), degrees: z.number(), windy: z.boolean() })

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

const RUNS: Run[] = [
  {
    name: 'a message',
    call: (client) =>
      client.messages.create({ ...ask('What is a heliograph?'), system: 'Be brief.' }),
    row: { ...whole, stop_reason: 'end_turn' },
  },
  {
    name: 'a message with the response around it',
    call: async (client) => {
      const { data, response } = await client.messages.create(ask('Headers?')).withResponse()
      return { data, status: response.status, type: response.headers.get('content-type') }
    },
    row: whole,
  },
  {
    name: 'a stream',
    call: async (client) => await all(await client.messages.create({ ...ask('Go'), stream: true })),
    row: streamed,
  },
  {
    name: 'the streaming helper',
    call: async (client) => {
      const seen: string[] = []
      const stream = client.messages.stream(ask('Go on')).on('text', (text) => seen.push(text))
      return { message: await stream.finalMessage(), seen }
    },
    row: streamed,
  },
  {
    name: 'a limit and a stop word',
    call: (client) =>
      client.messages.create({ ...ask('Short'), max_tokens: 5, stop_sequences: ['sandbox'] }),
    row: { ...whole, stop_reason: expect.stringMatching(/max_tokens|stop_sequence/) as string },
  },
  {
    name: 'thinking, streamed',
    call: (client) =>
      client.messages
        .stream({
          ...ask('Think first'),
          max_tokens: 4_000,
          thinking: { type: 'enabled', budget_tokens: 2_000 },
        })
        .finalMessage(),
    row: streamed,
  },
  {
    name: 'a long cached prompt',
    call: (client) =>
      client.messages.create({
        ...ask('Summarise.'),
        system: [
          { type: 'text', text: 'ä€語 '.repeat(3_000), cache_control: { type: 'ephemeral' } },
        ],
      }),
    row: { ...whole, cache_read_tokens: any, cache_write5m_tokens: any },
  },
  {
    name: 'one tool',
    call: (client) => client.messages.create({ ...ask('Please get weather in Paris'), tools }),
    row: { ...whole, tool_calls: 1, stop_reason: 'tool_use' },
  },
  {
    name: 'parallel tools',
    call: (client) => client.messages.create({ ...ask('get weather and get time in Rome'), tools }),
    row: { ...whole, tool_calls: 2 },
  },
  {
    name: 'parallel tools, streamed',
    call: (client) =>
      client.messages.stream({ ...ask('get weather and get time in Rome'), tools }).finalMessage(),
    row: { ...streamed, tool_calls: 2 },
  },
  {
    name: "a tool's result",
    call: (client) =>
      client.messages.create({
        ...ask(''),
        tools,
        messages: [
          { role: 'user', content: 'get weather in Oslo' },
          {
            role: 'assistant',
            content: [
              { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } },
            ],
          },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '-3 degrees' }],
          },
        ],
      }),
    row: { ...whole, tool_calls: 0 },
  },
  {
    name: 'a parsed message',
    call: async (client) => {
      const message = await client.messages.parse({
        ...ask('Weather in Lima'),
        output_config: { format: zodOutputFormat(Weather) },
      })
      Weather.parse(message.parsed_output)
      return message
    },
    row: whole,
  },
  {
    name: 'counting tokens',
    call: (client) => client.messages.countTokens({ model, messages: ask('Count me').messages }),
    row: { path: '/v1/messages/count_tokens', outcome: 'success', output_tokens: null },
  },
  {
    name: 'the list of models',
    call: async (client) => await all(client.models.list()),
    row: { method: 'GET', path: '/v1/models', dialect: 'passthrough', ...unknownUsage },
  },
]

it.concurrent.each(RUNS)('$name', async (run) => {
  await expectSameOnBothSides(sides, maker, run)
})

const ERRORS = [
  [400, 'BadRequestError'],
  [401, 'AuthenticationError'],
  [403, 'PermissionDeniedError'],
  [404, 'NotFoundError'],
  [429, 'RateLimitError'],
  [500, 'InternalServerError'],
  [529, 'InternalServerError'],
] as const

describe.concurrent.each(ERRORS)('a provider error %i', (status, name) => {
  it.each([false, true])(`is a ${name} (stream: %s)`, async (stream) => {
    const failing = `sandbox-error-${status}`
    await expectSameOnBothSides(sides, maker, {
      name,
      call: async (client) => {
        const body = { ...ask('Hello'), model: failing, stream }
        const failure = await client.messages.create(body).catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(Anthropic[name])
        throw failure
      },
      row: {
        ...unknownUsage,
        outcome: 'provider_error',
        status,
        model: failing,
        error_message: expect.any(String) as string,
      },
    })
  })
})

describe('a call that does not end', () => {
  const headers = { 'x-sandbox-chunks': '500', 'x-sandbox-chunk-delay-ms': '20' }

  it('left in mid-stream: what was known of the usage is kept', async () => {
    const left = sides.sandbox.seen.left
    await expectSameOnBothSides(sides, maker, {
      name: 'abort',
      call: async (client) => {
        const stream = await client.messages.create({ ...ask('Go'), stream: true }, { headers })
        const seen: unknown[] = []
        for await (const event of stream) {
          seen.push(event)
          if (seen.length === 6) stream.controller.abort()
        }
        return seen
      },
      row: { ...base, outcome: 'client_abort', status: -3, is_stream: 1, input_tokens: any },
    })
    await expect.poll(() => sides.sandbox.seen.left - left, { timeout: 10_000 }).toBe(2)
  })

  it("the client's own timeout", async () => {
    await expectSameOnBothSides(sides, maker, {
      name: 'timeout',
      call: async (client) => {
        const call = client.messages.create(ask('Late'), {
          timeout: 150,
          headers: { 'x-sandbox-latency-ms': '600' },
        })
        await expect(call).rejects.toThrow(Anthropic.APIConnectionTimeoutError)
        return await call
      },
      row: { model_asked: model, outcome: 'client_abort', status: -3 },
    })
  })

  it.each(['sandbox-broken', 'sandbox-error-stream'])('%s in mid-stream', async (failing) => {
    await expectSameOnBothSides(sides, maker, {
      name: failing,
      call: async (client) => {
        const seen: unknown[] = []
        try {
          const body = { ...ask('Go'), model: failing }
          for await (const event of await client.messages.create({ ...body, stream: true })) {
            seen.push(event)
          }
          return seen
        } catch (error) {
          const { constructor, message } = error as Error
          return { seen, class: constructor.name, message }
        }
      },
      row: {
        model_asked: failing,
        outcome: failing === 'sandbox-broken' ? 'stream_broken' : 'provider_error',
        input_tokens: any,
      },
    })
  })
})
