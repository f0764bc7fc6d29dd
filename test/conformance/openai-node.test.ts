/** The vendor's own `openai` client for Node: the same through the gateway as without it, and a complete row for each call. */
import { randomUUID } from 'node:crypto'
import OpenAI from 'openai'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
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

type Run = SideRun<OpenAI>

const options = { apiKey: 'sk-provider-key', maxRetries: 0 }
const maker: Maker<OpenAI> = {
  direct: ({ sandbox }) => new OpenAI({ ...options, baseURL: `${sandbox.url}/v1` }),
  through: ({ gateway }, defaultHeaders) =>
    new OpenAI({ ...options, baseURL: `${gateway.url}/oai/v1`, defaultHeaders }),
}

const model = 'gpt-4o-mini'
const ask = (content: string) => ({ model, messages: [{ role: 'user' as const, content }] })
const chatRow = {
  provider: 'openai',
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  model,
  model_asked: model,
  model_answered: model,
  outcome: 'success',
  status: 200,
}
const priced = {
  input_tokens: expect.any(Number) as number,
  output_tokens: expect.any(Number) as number,
  cost_nano: expect.any(Number) as number,
}
const unknownUsage = { input_tokens: null, output_tokens: null, cost_nano: null }

const tool = (name: string) => ({
  type: 'function' as const,
  function: {
    name,
    description: `Tells the ${name}.`,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['C', 'F'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
})
const tools = [tool('get_weather'), tool('get_time')]
const Weather = z.object({ city: z.string(), degrees: z.number(), windy: z.boolean() })

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

const chat: Run[] = [
  {
    name: 'a completion',
    call: (client) => client.chat.completions.create(ask('What is a heliograph?')),
    row: { ...chatRow, ...priced, is_stream: 0, stop_reason: 'stop', ttft_ms: null },
  },
  {
    name: 'a completion with the response around it',
    call: async (client) => {
      const { data, response } = await client.chat.completions
        .create(ask('And the headers?'))
        .withResponse()
      const { status, ok, redirected, headers } = response
      return { data, status, ok, redirected, type: headers.get('content-type') }
    },
    row: { ...chatRow, ...priced },
  },
  {
    name: 'a stream, with its usage',
    call: async (client) =>
      await all(
        await client.chat.completions.create({
          ...ask('Stream, please'),
          stream: true,
          stream_options: { include_usage: true },
        }),
      ),
    row: { ...chatRow, ...priced, is_stream: 1, ttft_ms: expect.any(Number) as number },
  },
  {
    name: 'a stream without usage',
    call: async (client) =>
      await all(await client.chat.completions.create({ ...ask('Stream'), stream: true })),
    row: { ...chatRow, ...unknownUsage, is_stream: 1 },
  },
  {
    name: 'the streaming helper',
    call: (client) =>
      client.chat.completions.stream(ask('Stream and collect')).finalChatCompletion(),
    row: { ...chatRow, is_stream: 1 },
  },
  {
    name: 'several choices, stop words, a limit',
    call: (client) =>
      client.chat.completions.create({ ...ask('Short'), n: 3, stop: ['sandbox'], max_tokens: 12 }),
    row: { ...chatRow, ...priced },
  },
  {
    name: 'a reasoning model',
    call: (client) =>
      client.chat.completions.create({ ...ask('Think'), model: 'sandbox-think', user: 'in-body' }),
    row: {
      ...chatRow,
      model: 'sandbox-think',
      model_asked: 'sandbox-think',
      model_answered: 'sandbox-think',
      reasoning_tokens: expect.any(Number) as number,
      cost_nano: null,
    },
  },
  {
    name: 'pictures and long text',
    call: (client) =>
      client.chat.completions.create({
        model,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'ä€語 '.repeat(2_000) },
              {
                type: 'image_url',
                image_url: { url: `data:image/png;base64,${'A'.repeat(90_000)}` },
              },
            ],
          },
        ],
      }),
    row: { ...chatRow, ...priced, cache_read_tokens: expect.any(Number) as number },
  },
]

const toolCalls: Run[] = [
  {
    name: 'one tool',
    call: (client) =>
      client.chat.completions.create({ ...ask('Please get weather in Paris'), tools }),
    row: { ...chatRow, ...priced, tool_calls: 1, stop_reason: 'tool_calls' },
  },
  {
    name: 'parallel tools',
    call: (client) =>
      client.chat.completions.create({ ...ask('get weather and get time in Rome'), tools }),
    row: { ...chatRow, tool_calls: 2 },
  },
  {
    name: 'parallel tools, streamed and collected',
    call: (client) =>
      client.chat.completions
        .stream({ ...ask('get weather and get time in Rome'), tools })
        .finalChatCompletion(),
    row: { ...chatRow, is_stream: 1, tool_calls: 2 },
  },
  {
    name: "a tool's result",
    call: (client) =>
      client.chat.completions.create({
        model,
        tools,
        messages: [
          { role: 'user', content: 'get weather in Oslo' },
          {
            role: 'assistant',
            tool_calls: [
              {
                id: 'call_1',
                type: 'function',
                function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
              },
            ],
          },
          { role: 'tool', tool_call_id: 'call_1', content: '-3 degrees' },
        ],
      }),
    row: { ...chatRow, ...priced, tool_calls: 0, stop_reason: 'stop' },
  },
]

const structured: Run[] = [
  {
    name: 'a parsed completion',
    call: async (client) => {
      const completion = await client.chat.completions.parse({
        ...ask('Weather in Lima'),
        response_format: zodResponseFormat(Weather, 'weather'),
      })
      Weather.parse(completion.choices[0]?.message.parsed)
      return completion
    },
    row: { ...chatRow, ...priced },
  },
  {
    name: 'a parsed response',
    call: async (client) => {
      const response = await client.responses.parse({
        model,
        input: 'Weather in Lima',
        text: { format: zodTextFormat(Weather, 'weather') },
      })
      Weather.parse(response.output_parsed)
      return response
    },
    row: { dialect: 'openai-responses', ...priced },
  },
]

const responsesRow = { ...chatRow, dialect: 'openai-responses', path: '/v1/responses' }
const others: Run[] = [
  {
    name: 'a response',
    call: (client) => client.responses.create({ model, input: 'Hello', instructions: 'Be brief.' }),
    row: { ...responsesRow, ...priced, is_stream: 0 },
  },
  {
    name: 'a streamed response',
    call: async (client) =>
      await all(await client.responses.create({ model, input: 'Hello', stream: true })),
    row: { ...responsesRow, ...priced, is_stream: 1 },
  },
  {
    name: 'a streamed response with tools, collected',
    call: (client) =>
      client.responses
        .stream({
          model,
          input: 'get weather and get time in Rome',
          tools: tools.map(({ function: each }) => ({ ...each, type: 'function', strict: true })),
        })
        .finalResponse(),
    row: { ...responsesRow, ...priced, is_stream: 1, tool_calls: 2 },
  },
  {
    name: 'a reasoning response',
    call: (client) =>
      client.responses.create({
        model: 'sandbox-think',
        input: 'Think',
        reasoning: { effort: 'low', summary: 'auto' },
      }),
    row: { dialect: 'openai-responses', reasoning_tokens: expect.any(Number) as number },
  },
  {
    name: 'embeddings',
    call: (client) =>
      client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] }),
    row: {
      dialect: 'openai-embeddings',
      model: 'text-embedding-3-small',
      input_tokens: expect.any(Number) as number,
      cost_nano: expect.any(Number) as number,
    },
  },
  {
    name: 'embeddings as numbers',
    call: (client) =>
      client.embeddings.create({
        model: 'text-embedding-3-small',
        input: 'one',
        encoding_format: 'float',
        dimensions: 16,
      }),
    row: { dialect: 'openai-embeddings' },
  },
  {
    name: 'the list of models',
    call: async (client) => await all(client.models.list()),
    row: { method: 'GET', dialect: 'passthrough', path: '/v1/models', ...unknownUsage },
  },
]

describe.concurrent.each([
  ['chat', chat],
  ['tools', toolCalls],
  ['structured output', structured],
  ['other endpoints', others],
] as const)('%s', (_, runs) => {
  it.each(runs)('$name', async (run) => {
    await expectSameOnBothSides(sides, maker, run)
  })
})

it('the tool runner: a conversation under one id leaves a row for each call', async () => {
  const converse = async (client: OpenAI): Promise<unknown> => {
    const inputs: unknown[] = []
    const runner = client.chat.completions.runTools({
      ...ask('get weather in Bern'),
      tools: [
        {
          type: 'function',
          function: {
            ...tool('get_weather').function,
            parse: JSON.parse,
            function: (input: unknown) => {
              inputs.push(input)
              return 'sunny'
            },
          },
        },
      ],
    })
    return { text: await runner.finalContent(), inputs }
  }
  const requestId = randomUUID()
  const through = await converse(maker.through(sides, heliconeHeaders(requestId)))
  expect(through).toEqual(await converse(maker.direct(sides)))
  const rows = await rowsWhere(sides.gateway.env, 'request_id = ?1', requestId, 2)
  expect(rows.map((row) => row['tool_calls'])).toEqual([1, 0])
})
