/** Laws of `summarize`: it never throws, keeps the order of chunks, and finds usage in bodies whose middle is gone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dialect, Summary } from '../../src/dialects/canonical/summary.ts'
import { summarize } from '../../src/dialects/summary.ts'
import { bytesOf, concat, converseStream, exchange, fixture, summaryOf } from './exchange.ts'

const DIALECTS: readonly Dialect[] = [
  'openai-chat',
  'openai-completions',
  'openai-responses',
  'openai-embeddings',
  'openai-images',
  'openai-audio',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
  'bedrock-invoke',
  'cohere-chat',
  'passthrough',
]
const BODIES: readonly (readonly [Dialect, Uint8Array])[] = [
  ['openai-chat', fixture('openai/chat.json')],
  ['openai-chat', fixture('openai/chat.sse')],
  ['openai-responses', fixture('openai/responses.json')],
  ['openai-responses', fixture('openai/responses.sse')],
  ['openai-images', fixture('openai/images.sse')],
  ['openai-audio', fixture('openai/transcription.sse')],
  ['anthropic-messages', fixture('anthropic/messages.json')],
  ['anthropic-messages', fixture('anthropic/messages.sse')],
  ['gemini', fixture('google/generate.sse')],
  ['gemini', fixture('google/generate.array.json')],
  ['bedrock-converse', converseStream()],
  ['cohere-chat', fixture('cohere/chat.sse')],
  ['cohere-chat', fixture('cohere/chat-v1.jsonl')],
]

/** Every field has its type, whatever went in. */
function expectWellFormed(summary: Summary): void {
  for (const preview of [summary.requestPreview, summary.responsePreview]) {
    if (preview !== null) {
      expect(preview.length).toBeLessThanOrEqual(240)
      expect(preview).toBe(preview.trim())
      expect(preview).not.toMatch(/[\n\t]/)
    }
  }
  for (const count of Object.values(summary.usage ?? {})) {
    if (count !== null) expect(Number.isSafeInteger(count) && count >= 0).toBe(true)
  }
  expect(typeof summary.stream).toBe('boolean')
  expect(Number.isInteger(summary.toolCalls)).toBe(true)
  if (summary.costReportedNano !== null) {
    expect(Number.isSafeInteger(summary.costReportedNano)).toBe(true)
  }
}

function sse(...data: readonly string[]): Uint8Array {
  return bytesOf(data.map((text) => `data: ${text}\n\n`).join(''))
}

function previewOf(content: string): string | null {
  const request = bytesOf(JSON.stringify({ messages: [{ role: 'user', content }] }))
  return summarize(exchange('openai-chat', { request })).requestPreview
}

describe('never throws', () => {
  const dialect = fc.constantFrom(...DIALECTS)
  const status = fc.constantFrom(200, 400, 500)
  const contentType = fc.constantFrom(
    null,
    'application/json',
    'text/event-stream',
    'application/vnd.amazon.eventstream',
    'multipart/form-data; boundary=x',
  )

  it('on random bytes', () => {
    fc.assert(
      fc.property(
        dialect,
        status,
        contentType,
        fc.uint8Array({ maxLength: 400 }),
        fc.uint8Array({ maxLength: 400 }),
        (dialect, status, type, request, response) => {
          const types = { requestContentType: type, responseContentType: type }
          expectWellFormed(summarize(exchange(dialect, { status, request, response, ...types })))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('on JSON of any shape under the keys that readers look at', () => {
    const key = fc.constantFrom(
      ...['choices', 'message', 'delta', 'usage', 'content', 'output', 'model', 'error', 'type'],
      ...['tool_calls', 'prompt_tokens', 'input_tokens', 'cost', 'messages', 'input', 'role'],
      ...['usageMetadata', 'candidates', 'parts', 'iterations', 'response', 'item', 'metadata'],
    )
    const leaf = fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('user', 'message', 'compaction', -1, 1e300, '__proto__'),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
      ),
    }))
    fc.assert(
      fc.property(dialect, tree, fc.boolean(), (dialect, value, streamed) => {
        const text = JSON.stringify(value) ?? 'null'
        const response = streamed ? sse(text, text) : bytesOf(text)
        expectWellFormed(summarize(exchange(dialect, { request: bytesOf(text), response })))
      }),
      { numRuns: 1_000 },
    )
  })

  it('on any cut of any fixture', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...BODIES),
        fc.nat(10_000),
        fc.nat(10_000),
        ([dialect, body], from, length) => {
          const at = from % body.length
          const response = concat(body.subarray(0, at), body.subarray(at + length))
          expectWellFormed(summarize(exchange(dialect, { response, responseContentType: null })))
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('a body whose middle is gone', () => {
  it('still yields the usage of a stream, wherever the cut is', () => {
    const body = fixture('openai/chat.sse')
    const tail = 420
    fc.assert(
      fc.property(fc.nat(body.length - tail), fc.nat(body.length), (at, length) => {
        const resume = Math.min(at + length, body.length - tail)
        if (resume < at) return
        const response = concat(body.subarray(0, at), body.subarray(resume))
        const summary = summarize(
          exchange('openai-chat', { response, responseContentType: 'text/event-stream' }),
        )
        expect(summary.usage).toMatchObject({ inputTokens: 1200, outputTokens: 42 })
      }),
    )
  })

  it.each([
    ['openai-chat', 'openai/chat.json', '"usage"'],
    ['openai-responses', 'openai/responses.json', '"usage"'],
    ['anthropic-messages', 'anthropic/messages.json', '"usage"'],
    ['gemini', 'google/generate.json', '"usageMetadata"'],
    ['gemini', 'google/generate.array.json', '"usageMetadata":{"promptTokenCount":9,"cand'],
    ['bedrock-converse', 'bedrock/converse.json', '"usage"'],
    ['cohere-chat', 'cohere/chat.json', '"usage"'],
  ] as const)('still yields the usage of a whole %s, wherever the cut is', (dialect, name, key) => {
    const text = new TextDecoder().decode(fixture(name))
    const { usage } = summarize(exchange(dialect, { response: bytesOf(text) }))
    const last = text.indexOf(key)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: last }), fc.nat(last), (at, length) => {
        const response = bytesOf(text.slice(0, at) + text.slice(Math.min(at + length, last)))
        expect(summarize(exchange(dialect, { response })).usage).toEqual(usage)
      }),
    )
  })

  it('finds usage inside the one event that the cut went through', () => {
    const text = new TextDecoder().decode(fixture('openai/responses.sse'))
    const at = text.indexOf('"response.incomplete"') + 60
    const response = bytesOf(text.slice(0, at) + text.slice(at + 300))
    expect(summarize(exchange('openai-responses', { response })).usage).toMatchObject({
      inputTokens: 300,
      outputTokens: 90,
      cacheReadTokens: 128,
    })
  })

  it('takes events apart that the cut glued together', () => {
    const response = bytesOf(
      'data: {"choices":[{"index":0,"del\ndata: {"choices":[{"index":0,"delta":{"content":"end"}}]}\n\n',
    )
    expect(summarize(exchange('openai-chat', { response })).responsePreview).toBe('end')
  })

  it('is not fooled by a usage that the model wrote', () => {
    const content = JSON.stringify('{"usage":{"prompt_tokens":1,"completion_tokens":1}}')
    const response = bytesOf(
      `{"model":"m","usage":{"prompt_tokens":7,"completion_tokens":8},"choices":[{"message":{"content":${content}`,
    )
    expect(summarize(exchange('openai-chat', { response })).usage).toMatchObject({
      inputTokens: 7,
      outputTokens: 8,
    })
  })

  it('yields the facts of a request', () => {
    const request = bytesOf(
      '{"model":"gpt-5","stream":true,"messages":[{"role":"user","content":"fi' +
        'st"},{"role":"user","content":"say \\"hi\\" now"}],"user":"u-1"',
    )
    expect(summarize(exchange('openai-chat', { request }))).toMatchObject({
      modelAsked: 'gpt-5',
      stream: true,
      userId: 'u-1',
      requestPreview: 'say "hi" now',
    })
  })

  it('reads the last event of a stream that ends without a blank line', () => {
    const response = bytesOf('data: {"usage":{"prompt_tokens":1,"completion_tokens":2}}')
    const summary = summarize(exchange('openai-chat', { response }))
    expect(summary).toMatchObject({ stream: true, usage: { inputTokens: 1, outputTokens: 2 } })
  })
})

describe('text', () => {
  it('keeps the order of chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ]{1,6}$/), { maxLength: 30 }), (pieces) => {
        const chunks = pieces.map((content) =>
          JSON.stringify({ choices: [{ index: 0, delta: { content } }] }),
        )
        const summary = summarize(exchange('openai-chat', { response: sse(...chunks, '[DONE]') }))
        const text = pieces.join('').replace(/\s+/g, ' ').trim()
        expect(summary.responsePreview).toBe(text.slice(0, 240).trimEnd() || null)
      }),
    )
  })

  it('never shows binary data, nor half a character', () => {
    const image = `data:image/png;base64,${'iVBORw0KGgo'.repeat(900)}`
    expect(previewOf(`look ${image}`)).toBe('look [data]')
    expect(previewOf(`look ${'QUJD'.repeat(100)} here`)).toBe('look [data] here')
    expect(previewOf(`${'é'.repeat(239)}😀`)).toBe('é'.repeat(239))
  })

  it('costs only the broken field', () => {
    const response = bytesOf(
      '{"model":7,"choices":"none","usage":{"prompt_tokens":"3","completion_tokens":4,"prompt_tokens_details":[]},"service_tier":"flex"}',
    )
    expect(summarize(exchange('openai-chat', { response }))).toMatchObject({
      modelAnswered: null,
      usage: { inputTokens: null, outputTokens: 4 },
      serviceTier: 'flex',
    })
  })

  it('says what it can of an empty exchange', () => {
    expect(
      summaryOf('openai-chat', 'openai/error.json', null, { response: new Uint8Array() }),
    ).toEqual({
      modelAsked: null,
      modelAnswered: null,
      usage: null,
      costReportedNano: null,
      stream: false,
      stopReason: null,
      userId: null,
      serviceTier: null,
      requestPreview: null,
      responsePreview: null,
      toolCalls: 0,
      errorMessage: null,
    })
  })
})
