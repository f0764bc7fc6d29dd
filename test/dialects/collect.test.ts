import { expect, test } from 'vitest'
import { readBody } from '../../src/dialects/collect.ts'

const encoder = new TextEncoder()

function sse(events: unknown[], named = false): Uint8Array {
  const lines = events.map((event) => {
    const name = named ? `event: ${(event as { type: string }).type}\n` : ''
    return `${name}data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`
  })
  return encoder.encode(lines.join(''))
}

function readStream(dialect: string, bytes: Uint8Array, contentType = 'text/event-stream') {
  return readBody({
    bytes,
    contentType,
    contentEncoding: null,
    dialect,
    role: 'response',
    truncatedAt: null,
  })
}

function chunk(delta: unknown, finish: string | null = null) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    usage: null,
  }
}

function piece(index: number, content: string) {
  return { object: 'chat.completion.chunk', choices: [{ index, delta: { content } }] }
}

test('OpenAI chat chunks become the chat completion', async () => {
  const body = await readStream(
    'openai-chat',
    sse([
      chunk({ role: 'assistant', content: '', refusal: null }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({
        tool_calls: [
          { index: 1, id: 'b', type: 'function', function: { name: 'second', arguments: '' } },
        ],
      }),
      chunk({
        tool_calls: [
          { index: 0, id: 'a', type: 'function', function: { name: 'first', arguments: '{"x"' } },
        ],
      }),
      chunk({
        tool_calls: [
          { index: 0, function: { arguments: ':1}' } },
          { index: 1, function: { arguments: '{}' } },
        ],
      }),
      chunk({}, 'tool_calls'),
      {
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'gpt-4o',
        choices: [],
        usage: { total_tokens: 9 },
      },
      '[DONE]',
    ]),
  )
  expect(body).toMatchObject({
    kind: 'stream',
    value: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-4o',
      usage: { total_tokens: 9 },
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'Hello',
            refusal: null,
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'first', arguments: '{"x":1}' } },
              { id: 'b', type: 'function', function: { name: 'second', arguments: '{}' } },
            ],
          },
        },
      ],
    },
    raw: expect.stringContaining('data: [DONE]'),
  })
})

test('several choices stay apart', async () => {
  const body = await readStream('openai-chat', sse([piece(1, 'b'), piece(0, 'a'), piece(1, 'B')]))
  expect(body).toMatchObject({
    value: {
      choices: [
        { index: 0, message: { content: 'a' } },
        { index: 1, message: { content: 'bB' } },
      ],
    },
  })
})

test('a stream cannot reach the prototype of all objects', async () => {
  const evil = '{"choices":[{"index":0,"delta":{"__proto__":{"polluted":true},"content":"x"}}]}'
  const body = await readStream('openai-chat', sse([evil]))
  expect(body).toMatchObject({ value: { choices: [{ message: { content: 'x' } }] } })
  expect('polluted' in {}).toBe(false)
})

test('Responses events become the closing response', async () => {
  const body = await readStream(
    'openai-responses',
    sse(
      [
        { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
        { type: 'response.output_text.delta', output_index: 0, delta: 'Hi' },
        {
          type: 'response.completed',
          response: { id: 'r', status: 'completed', output: [{ type: 'message' }] },
        },
      ],
      true,
    ),
  )
  expect(body).toMatchObject({
    value: { id: 'r', status: 'completed', output: [{ type: 'message' }] },
  })
})

test('a Responses stream that broke off shows what had come', async () => {
  const body = await readStream(
    'openai-responses',
    sse([
      { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { type: 'message', id: 'm', content: [] },
      },
      { type: 'response.output_text.delta', output_index: 0, delta: 'Hal' },
      { type: 'response.output_text.delta', output_index: 0, delta: 'f' },
    ]),
  )
  expect(body).toMatchObject({
    value: { id: 'r', output: [{ id: 'm', content: [{ type: 'output_text', text: 'Half' }] }] },
  })
})

test('Anthropic events become the message', async () => {
  const body = await readStream(
    'anthropic-messages',
    sse(
      [
        {
          type: 'message_start',
          message: {
            id: 'msg',
            type: 'message',
            role: 'assistant',
            content: [],
            usage: { input_tokens: 5, output_tokens: 1 },
          },
        },
        {
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'thinking', thinking: '', signature: '' },
        },
        {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'thinking_delta', thinking: 'Hm.' },
        },
        {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'signature_delta', signature: 'sig' },
        },
        { type: 'content_block_stop', index: 0 },
        { type: 'ping' },
        {
          type: 'content_block_start',
          index: 1,
          content_block: { type: 'tool_use', id: 't', name: 'look', input: {} },
        },
        {
          type: 'content_block_delta',
          index: 1,
          delta: { type: 'input_json_delta', partial_json: '{"q":' },
        },
        {
          type: 'content_block_delta',
          index: 1,
          delta: { type: 'input_json_delta', partial_json: '"x"}' },
        },
        { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 20 } },
        { type: 'message_stop' },
      ],
      true,
    ),
  )
  expect(body).toMatchObject({
    value: {
      id: 'msg',
      role: 'assistant',
      stop_reason: 'tool_use',
      usage: { input_tokens: 5, output_tokens: 20 },
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
        { type: 'tool_use', id: 't', name: 'look', input: { q: 'x' } },
      ],
    },
  })
})

const GEMINI = [
  { candidates: [{ content: { role: 'model', parts: [{ text: 'think', thought: true }] } }] },
  { candidates: [{ content: { role: 'model', parts: [{ text: 'Hel' }] } }] },
  {
    candidates: [
      {
        content: { role: 'model', parts: [{ text: 'lo' }, { functionCall: { name: 'f' } }] },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: { totalTokenCount: 4 },
  },
]
const GEMINI_WHOLE = {
  candidates: [
    {
      content: {
        role: 'model',
        parts: [
          { text: 'think', thought: true },
          { text: 'Hello' },
          { functionCall: { name: 'f' } },
        ],
      },
      finishReason: 'STOP',
    },
  ],
  usageMetadata: { totalTokenCount: 4 },
}

test('Gemini pieces are concatenated, as SSE and as a JSON list', async () => {
  expect(await readStream('gemini', sse(GEMINI))).toMatchObject({
    kind: 'stream',
    value: GEMINI_WHOLE,
  })
  const list = encoder.encode(JSON.stringify(GEMINI))
  expect(await readStream('gemini', list, 'application/json')).toMatchObject({
    value: GEMINI_WHOLE,
  })
})

test('text completions are joined', async () => {
  const body = await readStream(
    'openai-completions',
    sse([
      { object: 'text_completion', choices: [{ index: 0, text: 'a', finish_reason: null }] },
      { object: 'text_completion', choices: [{ index: 0, text: 'b', finish_reason: 'stop' }] },
    ]),
  )
  expect(body).toMatchObject({ value: { choices: [{ text: 'ab', finish_reason: 'stop' }] } })
})

test('a stream in no known language stays what it was', async () => {
  const bytes = sse(['one', 'two'])
  expect(await readStream('passthrough', bytes)).toEqual({
    kind: 'stream',
    value: { streamed_data: new TextDecoder().decode(bytes) },
    raw: new TextDecoder().decode(bytes),
  })
})

test.each([
  ['{"a":1}', { kind: 'json', value: { a: 1 } }],
  ['[1,2]', { kind: 'json', value: [1, 2] }],
  ['{"a":', { kind: 'text', text: '{"a":' }],
  ['hello', { kind: 'text', text: 'hello' }],
])('a whole body %s', async (text, expected) => {
  const input = {
    bytes: encoder.encode(text),
    contentType: 'application/json',
    contentEncoding: null,
    dialect: 'openai-chat',
    truncatedAt: null,
  }
  expect(await readBody({ ...input, role: 'response' })).toEqual(expected)
  expect(await readBody({ ...input, role: 'request' })).toEqual(expected)
})

test('binary stays bytes', async () => {
  const bytes = new Uint8Array([0xff, 0xd8, 0xff, 0x00])
  const body = await readBody({
    bytes,
    contentType: 'image/jpeg',
    contentEncoding: null,
    dialect: 'passthrough',
    role: 'response',
    truncatedAt: null,
  })
  expect(body).toEqual({ kind: 'binary', bytes })
})

test('a content encoding is undone', async () => {
  const zipped = new Response(
    new Blob(['{"a":1}']).stream().pipeThrough(new CompressionStream('gzip')),
  )
  const bytes = new Uint8Array(await zipped.arrayBuffer())
  const body = await readBody({
    bytes,
    contentType: 'application/json',
    contentEncoding: 'gzip',
    dialect: 'passthrough',
    role: 'request',
    truncatedAt: null,
  })
  expect(body).toEqual({ kind: 'json', value: { a: 1 } })
})

test('a body whose middle was left out says so, even when the cut falls inside a letter', async () => {
  const whole = encoder.encode('{"text":"aé…end"}')
  const bytes = new Uint8Array([...whole.subarray(0, 11), ...whole.subarray(-5)])
  const body = await readBody({
    bytes,
    contentType: 'application/json',
    contentEncoding: null,
    dialect: 'openai-chat',
    role: 'request',
    truncatedAt: 11,
  })
  expect(body).toEqual({ kind: 'text', text: '{"text":"a\ufffd\n[… left out …]\nend"}' })
})
