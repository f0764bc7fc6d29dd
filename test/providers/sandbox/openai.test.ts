import type OpenAI from 'openai'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { dataLines, openAi, post, user } from './clients.ts'

const weather = {
  name: 'get_weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit'],
    additionalProperties: false,
  },
  strict: true,
}
const time = { name: 'get_time', parameters: { type: 'object', properties: {} }, strict: false }
const chatTools = [weather, time].map((tool) => ({ type: 'function' as const, function: tool }))
const Answer = z.object({ city: z.string(), degrees: z.number().int().min(5), sunny: z.boolean() })

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
}

describe('OpenAI chat', () => {
  it('answers with text about the prompt, echoing any model name', async () => {
    const body = { model: 'gpt-4o-mini', messages: [user('Tell me about otters')] }
    const [first, second] = await Promise.all([
      openAi().chat.completions.create(body),
      openAi().chat.completions.create(body),
    ])
    expect(first.model).toBe('gpt-4o-mini')
    expect(first.choices[0]?.message.content).toContain('Tell me about otters')
    expect(first.choices[0]?.finish_reason).toBe('stop')
    expect(second.choices).toEqual(first.choices)
    expect(second.id).not.toBe(first.id)
    const usage = first.usage
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0))
  })

  it('streams the same text as the whole answer, by the client stream helper', async () => {
    const body = { model: 'sandbox-mini', messages: [user('Same words, please')] }
    const whole = await openAi().chat.completions.create(body)
    const stream = openAi().chat.completions.stream({
      ...body,
      stream_options: { include_usage: true },
    })
    const final = await stream.finalChatCompletion()
    expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content)
    expect(final.usage).toEqual(whole.usage)
  })

  it('sends a usage chunk only when asked, with usage null before it, and ends with [DONE]', async () => {
    const body = { model: 'm', stream: true, messages: [user('hi')] }
    const plain = dataLines(await (await post('/v1/chat/completions', body)).text())
    expect(plain.at(-1)).toBe('[DONE]')
    expect(plain.some((line) => line.includes('usage'))).toBe(false)
    const asked = { ...body, stream_options: { include_usage: true } }
    const lines = dataLines(await (await post('/v1/chat/completions', asked)).text())
    const chunks = lines.slice(0, -1).map((line) => JSON.parse(line) as OpenAI.ChatCompletionChunk)
    expect(chunks.at(-1)?.choices).toEqual([])
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBeGreaterThan(0)
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true)
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1)
  })

  it('calls every tool that the prompt names, whole and streamed alike', async () => {
    const body = {
      model: 'm',
      tools: chatTools,
      messages: [user('Use get_weather in Paris, and get time too')],
    }
    const whole = await openAi().chat.completions.create(body)
    const calls = whole.choices[0]?.message.tool_calls?.filter((call) => call.type === 'function')
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
    expect(whole.choices[0]?.message.content).toBeNull()
    expect(calls?.map((call) => call.function.name)).toEqual(['get_weather', 'get_time'])
    const input = JSON.parse(calls?.[0]?.function.arguments ?? '') as unknown
    expect(input).toEqual({ city: 'Paris', unit: 'celsius' })
    const streamed = await openAi().chat.completions.stream(body).finalChatCompletion()
    const names = streamed.choices[0]?.message.tool_calls?.map(
      (call) => call.type === 'function' && [call.function.name, call.function.arguments],
    )
    expect(names).toEqual(calls?.map((call) => [call.function.name, call.function.arguments]))
  })

  it.each([
    ['none', undefined, 0],
    ['required', undefined, 1],
    ['auto', false, 0],
    [{ type: 'function' as const, function: { name: 'get_time' } }, undefined, 1],
  ])('obeys tool_choice %j', async (toolChoice, parallel, count) => {
    const answer = await openAi().chat.completions.create({
      model: 'm',
      tools: chatTools,
      tool_choice: toolChoice as OpenAI.ChatCompletionToolChoiceOption,
      messages: [user('Hello there')],
      ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
    })
    expect(answer.choices[0]?.message.tool_calls?.length ?? 0).toBe(count)
  })

  it('ends a tool loop: the client runner gets text about the tool result', async () => {
    const runner = openAi().chat.completions.runTools({
      model: 'm',
      messages: [user('Please use lookup now')],
      tools: [
        {
          type: 'function',
          function: {
            name: 'lookup',
            description: 'Looks up',
            parameters: { type: 'object', properties: { key: { type: 'string' } } },
            parse: JSON.parse,
            function: () => 'forty-two',
          },
        },
      ],
    })
    expect(await runner.finalContent()).toContain('forty-two')
  })

  it('fills a schema that the parse helper accepts, and plain JSON for json_object', async () => {
    const messages = [user('Weather in Oslo')]
    const format = zodResponseFormat(Answer, 'answer')
    const parsed = await openAi().chat.completions.parse({
      model: 'm',
      messages,
      response_format: format,
    })
    expect(parsed.choices[0]?.message.parsed?.city).toBe('Oslo')
    const plain = await openAi().chat.completions.create({
      model: 'm',
      messages,
      response_format: { type: 'json_object' },
    })
    expect(typeof JSON.parse(plain.choices[0]?.message.content ?? '')).toBe('object')
  })

  it('stops at max tokens and at stop sequences, and answers n choices', async () => {
    const messages = [user('One two three')]
    const short = await openAi().chat.completions.create({ model: 'm', messages, max_tokens: 5 })
    expect(short.choices[0]?.finish_reason).toBe('length')
    expect(short.usage?.completion_tokens).toBeLessThanOrEqual(5)
    const stopped = await openAi().chat.completions.create({ model: 'm', messages, stop: 'One' })
    expect(stopped.choices[0]?.message.content).not.toContain('One')
    expect(stopped.choices[0]?.finish_reason).toBe('stop')
    const three = await openAi().chat.completions.create({ model: 'm', messages, n: 3 })
    expect(three.choices.map((choice) => choice.index)).toEqual([0, 1, 2])
  })

  it('counts cached tokens for long prompts and reasoning tokens for reasoning models', async () => {
    const long = await openAi().chat.completions.create({
      model: 'o1-mini',
      messages: [user('word '.repeat(2_000))],
    })
    const cached = long.usage?.prompt_tokens_details?.cached_tokens ?? 0
    expect(cached).toBeGreaterThan(1_000)
    expect(cached % 128).toBe(0)
    expect(long.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0)
    const plain = await openAi().chat.completions.create({
      model: 'gpt-4o',
      messages: [user('hi')],
    })
    expect(plain.usage?.prompt_tokens_details?.cached_tokens).toBe(0)
    expect(plain.usage?.completion_tokens_details?.reasoning_tokens).toBe(0)
  })
})

describe('OpenAI Responses', () => {
  const tools = [{ type: 'function' as const, ...weather }]

  it('answers whole, and the stream helper rebuilds the same output', async () => {
    const body = { model: 'sandbox-mini', instructions: 'Be brief', input: 'Say hello' }
    const whole = await openAi().responses.create(body)
    expect(whole.output_text).toContain('Say hello')
    expect(whole.status).toBe('completed')
    const final = await openAi().responses.stream(body).finalResponse()
    expect(final.output_text).toBe(whole.output_text)
    expect(final.usage).toEqual(whole.usage)
  })

  it('sends every event of the sequence, numbered without a gap', async () => {
    const stream = await openAi().responses.create({
      model: 'sandbox-think',
      input: 'Think about it',
      reasoning: { summary: 'auto' },
      stream: true,
    })
    const types: string[] = []
    const numbers: number[] = []
    for await (const event of stream) {
      if (types.at(-1) !== event.type) types.push(event.type)
      numbers.push(event.sequence_number)
    }
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect(types.map((type) => type.replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ])
  })

  it('calls functions in a stream and speaks about their outputs afterwards', async () => {
    const input = [user('get_weather for Rome')]
    const first = await openAi().responses.stream({ model: 'm', input, tools }).finalResponse()
    const call = first.output.find((item) => item.type === 'function_call')
    expect(JSON.parse(call?.arguments ?? '')).toEqual({ city: 'Rome', unit: 'celsius' })
    const output = {
      type: 'function_call_output' as const,
      call_id: call?.call_id ?? '',
      output: '31°C',
    }
    const second = await openAi().responses.create({
      model: 'm',
      tools,
      input: [...input, ...(call ? [call] : []), output],
    })
    expect(second.output_text).toContain('31°C')
  })

  it('parses structured output, and says incomplete when tokens run out', async () => {
    const parsed = await openAi().responses.parse({
      model: 'm',
      input: 'Weather in Lima',
      text: { format: zodTextFormat(Answer, 'answer') },
    })
    expect(parsed.output_parsed?.city).toBe('Lima')
    const cut = await openAi().responses.create({ model: 'm', input: 'hi', max_output_tokens: 16 })
    expect(cut.status).toBe('incomplete')
    expect(cut.incomplete_details?.reason).toBe('max_output_tokens')
  })
})

describe('OpenAI embeddings', () => {
  it('gives unit vectors that are near for similar texts, equal as base64 and as floats', async () => {
    const input = ['the cat sat on the mat', 'a cat on a mat', 'quarterly revenue forecast']
    const request = { model: 'text-embedding-3-small', input }
    const byDefault = await openAi().embeddings.create(request)
    const floats = await openAi().embeddings.create({ ...request, encoding_format: 'float' })
    const [cat = [], mat = [], money = []] = floats.data.map((item) => item.embedding)
    expect(cat).toHaveLength(1536)
    expect(dot(cat, cat)).toBeCloseTo(1, 4)
    expect(dot(cat, mat)).toBeGreaterThan(dot(cat, money) + 0.2)
    expect(dot(byDefault.data[0]?.embedding ?? [], cat)).toBeCloseTo(1, 4)
    expect(floats.usage.prompt_tokens).toBeGreaterThan(0)
  })

  it('obeys dimensions, and refuses what OpenAI refuses', async () => {
    const small = await openAi().embeddings.create({ model: 'm', input: [1, 2, 3], dimensions: 8 })
    expect(small.data).toHaveLength(1)
    expect(small.data[0]?.embedding).toHaveLength(8)
    for (const bad of [{ input: '' }, { input: [] }, {}, { input: 'x', dimensions: 0 }]) {
      expect((await post('/v1/embeddings', { model: 'm', ...bad })).status).toBe(400)
    }
  })
})
