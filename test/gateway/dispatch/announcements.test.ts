/** Which events only announce an answer, and which are a part of one: in the shapes that providers send. */
import { describe, expect, test } from 'vitest'
import { announces } from '../../../src/gateway/dispatch/announcements.ts'

function chunk(delta: object, more: object = {}, choice: object = {}): object {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: null, ...choice }]
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt', choices, ...more }
}

function block(content_block: object): object {
  return { type: 'content_block_start', index: 0, content_block }
}

function item(value: object): object {
  return { type: 'response.output_item.added', output_index: 0, item: value, sequence_number: 2 }
}

function part(value: object): object {
  return { type: 'response.content_part.added', item_id: 'msg_1', content_index: 0, part: value }
}

const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [] as object[] }
const usage = { input_tokens: 3, output_tokens: 1 }
/** What a request may hold that comes back in the first events. */
const response = {
  id: 'resp_1',
  status: 'in_progress',
  error: null,
  instructions: 'Say "text":"now".',
  tools: [{ type: 'function', parameters: { error: { type: 'string' }, text: 'x', delta: 'y' } }],
  usage: null,
}

describe('announces', () => {
  const values: [name: string, value: object][] = [
    ['a message', { type: 'message_start', message: { ...message, usage } }],
    ['an empty text block', block({ type: 'text', text: '' })],
    ['an empty text block with citations', block({ citations: null, text: '', type: 'text' })],
    ['an empty thinking block', block({ type: 'thinking', thinking: '', signature: '' })],
    ['a response', { type: 'response.created', sequence_number: 0, response }],
    ['a response, its type last', { response, sequence_number: 0, type: 'response.created' }],
    ['a response that waits', { type: 'response.queued', response }],
    ['a response in progress', { sequence_number: 1, type: 'response.in_progress', response }],
    ['an empty message', item({ ...message, status: 'in_progress', phase: 'final_answer' })],
    ['an empty reasoning', item({ id: 'rs_1', type: 'reasoning', summary: [] })],
    ['an empty part', part({ type: 'output_text', annotations: [], logprobs: [], text: '' })],
    ['a role', chunk({ role: 'assistant' })],
    ['a role and empty content', chunk({ role: 'assistant', content: '', refusal: null })],
    ['a role and no content', chunk({ role: 'assistant', content: null, reasoning_content: '' })],
    ['a role and no calls', chunk({ role: 'assistant', content: '', tool_calls: [] })],
    ['a role, and no usage', chunk({ content: '', role: 'assistant' }, { usage: null })],
    ['a role in another order', { choices: [{ finish_reason: null, delta: { role: 'a' } }] }],
    ['nothing in a delta', chunk({})],
    [
      'what a filter says of the prompt',
      { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
    ],
  ]
  test.each(values)('%s', (_, value) => {
    expect(announces(`data: ${JSON.stringify(value)}`)).toBe(true)
    expect(announces(`data:${JSON.stringify(value)}`)).toBe(true)
    // As Python writes it.
    expect(announces(`data: ${spaced(value)}`)).toBe(true)
  })
})

describe('is a part of the answer', () => {
  const values: [name: string, value: object | string][] = [
    ['an error', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    ['an error in a chat', { error: { message: 'No.', code: 500 }, choices: [] }],
    ['an error beside a role', chunk({ role: 'assistant' }, { error: { message: 'No.' } })],
    ['a failed response', { type: 'response.failed', response }],
    ['a message with content', { type: 'message_start', message: { content: [{ text: 'Hi' }] } }],
    ['a text block', block({ type: 'text', text: 'Hi' })],
    ['a tool call', block({ type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} })],
    ['hidden thinking', block({ type: 'redacted_thinking', data: 'abc' })],
    ['a block of another kind', block({ type: 'fallback', from: {}, to: {} })],
    ['a text delta', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } }],
    ['a stop reason', { type: 'message_delta', delta: { stop_reason: 'refusal' }, usage }],
    ['a function call', item({ id: 'fc_1', type: 'function_call', name: 'f', arguments: '' })],
    ['a call of a tool of theirs', item({ id: 'ws_1', type: 'web_search_call', status: 'x' })],
    ['hidden reasoning', item({ id: 'rs_1', type: 'reasoning', encrypted_content: 'abc' })],
    ['a message with its content', item({ ...message, content: [{ type: 'output_text' }] })],
    ['a part with text', part({ type: 'output_text', annotations: [], text: 'Hi' })],
    ['a part that refuses', part({ type: 'refusal', refusal: 'No.' })],
    ['a delta of a response', { type: 'response.output_text.delta', delta: 'Hi' }],
    ['a word', chunk({ role: 'assistant', content: 'Hi' })],
    ['a word that looks like a member', chunk({ content: '"delta":{}' })],
    ['content in parts', chunk({ role: 'assistant', content: [{ type: 'text', text: 'Hi' }] })],
    ['reasoning', chunk({ role: 'assistant', content: null, reasoning_content: 'Well' })],
    ['a refusal', chunk({ role: 'assistant', refusal: 'No.' })],
    ['a call', chunk({ role: 'assistant', content: null, tool_calls: [{ index: 0 }] })],
    ['an end', chunk({}, {}, { finish_reason: 'stop' })],
    ['usage', chunk({ role: 'assistant' }, { usage: { prompt_tokens: 3 } })],
    ['usage alone', { choices: [], usage: { prompt_tokens: 3 } }],
    ['a message beside a delta', chunk({}, {}, { message: { role: 'a', content: 'Hi' } })],
    ['a second choice', { choices: [{ delta: { role: 'a' } }, { delta: { content: 'Hi' } }] }],
    ['a completion', { choices: [{ index: 0, text: 'Hi', finish_reason: null }] }],
    ['a completion behind a filter', { choices: [{ text: 'Hi' }], prompt_filter_results: [] }],
    ['a choice of an unknown kind', { choices: [{ index: 0, output: 'Hi' }] }],
    ['a Gemini candidate', { candidates: [{ content: { parts: [{ text: 'Hi' }] } }] }],
    ['an unknown event', { type: 'keepalive' }],
    ['no object', '[DONE]'],
    ['no JSON', 'Hi'],
  ]
  test.each(values)('%s', (_, value) => {
    expect(announces(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}`)).toBe(
      false,
    )
    expect(announces(`data: ${spaced(value)}`)).toBe(false)
  })

  test('a line that is no data', () => {
    expect(announces('{"type":"response.created"}')).toBe(false)
  })
})

test('a line that is made to be hard costs no more than another', () => {
  const hard = [
    `"choices":[{"delta":{${'"role":"a", '.repeat(1_300)}`,
    `"choices":[{"delta":{${'"a":null  '.repeat(1_600)}`,
    '"type":"message_start"'.repeat(700),
    '"choices":[{'.repeat(1_300),
  ]
  // A pattern that tries every way to split these would not come back.
  expect(hard.map((text) => announces(`data: {${text}`))).toEqual(hard.map(() => false))
})

/** JSON with a space behind each colon and comma. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(([name, one]) => `"${name}": ${spaced(one)}`)
  return `{${members.join(', ')}}`
}
