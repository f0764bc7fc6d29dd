import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { anthropic, dataLines, post, user } from './clients.ts'

const base = { model: 'claude-sonnet-5-5', max_tokens: 1_024 }
const tools = [
  {
    name: 'get_weather',
    input_schema: {
      type: 'object' as const,
      properties: { city: { type: 'string' } },
      required: ['city'],
    },
  },
  { name: 'get_time', input_schema: { type: 'object' as const, properties: {} } },
]

describe('Anthropic messages', () => {
  it('answers whole, and the stream helper rebuilds the same message', async () => {
    const body = { ...base, system: 'Be kind', messages: [user('Tell me a tale')] }
    const whole = await anthropic().messages.create(body)
    const final = await anthropic().messages.stream(body).finalMessage()
    expect(whole.model).toBe('claude-sonnet-5-5')
    expect(whole.stop_reason).toBe('end_turn')
    expect(whole.content[0]?.type === 'text' && whole.content[0].text).toContain('Tell me a tale')
    expect(final.content).toEqual(whole.content)
    expect(final.usage.output_tokens).toBe(whole.usage.output_tokens)
    expect(final.usage.input_tokens).toBe(whole.usage.input_tokens)
  })

  it('streams the documented events, ping included', async () => {
    const response = await post('/v1/messages', { ...base, stream: true, messages: [user('hi')] })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const types = dataLines(await response.text()).map((line) => {
      const event = JSON.parse(line) as { type: string }
      return event.type
    })
    expect(types.filter((type, index) => type !== types[index - 1])).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
  })

  it('thinks when asked, with a signature and thinking tokens', async () => {
    const body = {
      ...base,
      max_tokens: 4_096,
      thinking: { type: 'enabled' as const, budget_tokens: 2_048 },
      messages: [user('Ponder this')],
    }
    const whole = await anthropic().messages.create(body)
    const final = await anthropic().messages.stream(body).finalMessage()
    expect(whole.content.map((block) => block.type)).toEqual(['thinking', 'text'])
    expect(final.content).toEqual(whole.content)
    expect(whole.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(0)
  })

  it('uses the tools that the prompt names, in parallel, and then speaks about their results', async () => {
    const messages = [user('Use get_weather in Paris and get_time')]
    const whole = await anthropic().messages.create({ ...base, tools, messages })
    const streamed = await anthropic()
      .messages.stream({ ...base, tools, messages })
      .finalMessage()
    const calls = whole.content.filter((block) => block.type === 'tool_use')
    expect(whole.stop_reason).toBe('tool_use')
    expect(calls.map((call) => [call.name, call.input])).toEqual([
      ['get_weather', { city: 'Paris' }],
      ['get_time', {}],
    ])
    expect(streamed.content.map((block) => block.type)).toEqual(['text', 'tool_use', 'tool_use'])
    const results = calls.map((call) => ({
      type: 'tool_result' as const,
      tool_use_id: call.id,
      content: `result of ${call.name}`,
    }))
    const after = await anthropic().messages.create({
      ...base,
      tools,
      messages: [
        ...messages,
        { role: 'assistant', content: whole.content },
        { role: 'user', content: results },
      ],
    })
    const said = after.content.find((block) => block.type === 'text')?.text
    expect(said).toContain('result of get_weather')
    expect(said).toContain('result of get_time')
    const alone = await anthropic().messages.create({
      ...base,
      tools,
      messages,
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    })
    expect(alone.content.filter((block) => block.type === 'tool_use')).toHaveLength(1)
  })

  it('fills a schema that the parse helper accepts', async () => {
    const schema = z.object({ title: z.string(), tags: z.array(z.enum(['a', 'b'])).min(1) })
    const parsed = await anthropic().messages.parse({
      ...base,
      messages: [user('hi')],
      output_config: { format: zodOutputFormat(schema) },
    })
    expect(parsed.parsed_output?.tags).toEqual(['a'])
  })

  it('counts tokens as the answer does, and splits a long prompt by cache', async () => {
    const text = 'word '.repeat(2_000)
    const messages = [
      {
        role: 'user' as const,
        content: [{ type: 'text' as const, text, cache_control: { type: 'ephemeral' as const } }],
      },
    ]
    const count = await anthropic().messages.countTokens({ model: 'm', messages })
    const { usage } = await anthropic().messages.create({ ...base, messages })
    const parts = [
      usage.input_tokens,
      usage.cache_read_input_tokens,
      usage.cache_creation_input_tokens,
    ]
    expect(parts.every((part) => part !== null && part > 0)).toBe(true)
    expect(parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)).toBe(count.input_tokens)
    expect(usage.cache_creation?.ephemeral_5m_input_tokens).toBe(usage.cache_creation_input_tokens)
  })

  it('names the stop sequence that it stopped at, and max_tokens', async () => {
    const messages = [user('alpha beta')]
    const stopped = await anthropic().messages.create({
      ...base,
      messages,
      stop_sequences: ['beta'],
    })
    expect([stopped.stop_reason, stopped.stop_sequence]).toEqual(['stop_sequence', 'beta'])
    const cut = await anthropic().messages.create({ ...base, messages, max_tokens: 3 })
    expect(cut.stop_reason).toBe('max_tokens')
    expect(cut.usage.output_tokens).toBeLessThanOrEqual(3)
  })
})
