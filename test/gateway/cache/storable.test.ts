import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Dialect } from '../../../src/dialects/canonical/summary.ts'
import { isWholeAnswer } from '../../../src/gateway/cache/storable.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures')
const EVENTS = 'text/event-stream; charset=utf-8'
const JSON_TYPE = 'application/json'

function whole(
  dialect: Dialect,
  type: string,
  body: string | Uint8Array,
  more: [string, string][] = [],
) {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const middle = Math.floor(bytes.byteLength / 2)
  const chunks = [bytes.subarray(0, middle), bytes.subarray(middle)]
  return isWholeAnswer(dialect, [['content-type', type], ...more], chunks)
}

const fixture = (name: string): Promise<Uint8Array> => readFile(path.join(FIXTURES, name))

describe('whole answers, as providers send them', () => {
  test.each<[string, Dialect, string]>([
    ['openai/chat.sse', 'openai-chat', EVENTS],
    ['openai/completions.sse', 'openai-completions', EVENTS],
    ['openai/responses.sse', 'openai-responses', EVENTS],
    ['anthropic/messages.sse', 'anthropic-messages', EVENTS],
    ['google/generate.sse', 'gemini', EVENTS],
    ['groq/chat.sse', 'openai-chat', EVENTS],
    ['xai/chat.sse', 'openai-chat', EVENTS],
    ['cohere/chat.sse', 'cohere-chat', EVENTS],
    ['openai/chat.json', 'openai-chat', JSON_TYPE],
    ['openai/responses.json', 'openai-responses', JSON_TYPE],
    ['anthropic/messages.json', 'anthropic-messages', JSON_TYPE],
    ['cohere/chat-v1.jsonl', 'cohere-chat', 'application/jsonl'],
  ])('%s', async (name, dialect, type) => {
    expect(whole(dialect, type, await fixture(name))).toBe(true)
  })
})

describe('failures inside a 200', () => {
  test.each<[string, Dialect, string]>([
    ['anthropic/error.sse', 'anthropic-messages', EVENTS],
    ['openrouter/error.sse', 'openai-chat', EVENTS],
    ['openai/responses-failed.sse', 'openai-responses', EVENTS],
    ['openai/error.json', 'openai-chat', JSON_TYPE],
    ['anthropic/error.json', 'anthropic-messages', JSON_TYPE],
  ])('%s', async (name, dialect, type) => {
    expect(whole(dialect, type, await fixture(name))).toBe(false)
  })
})

describe('answers that end too soon, although their connection did not break', () => {
  test.each<[string, Dialect]>([
    ['openai/chat.sse', 'openai-chat'],
    ['openai/responses.sse', 'openai-responses'],
    ['anthropic/messages.sse', 'anthropic-messages'],
    ['google/generate.sse', 'gemini'],
  ])('half of %s', async (name, dialect) => {
    const bytes = await fixture(name)
    expect(whole(dialect, EVENTS, bytes.subarray(0, bytes.byteLength / 2))).toBe(false)
  })

  test('half of a JSON body', async () => {
    const bytes = await fixture('openai/chat.json')
    expect(whole('openai-chat', JSON_TYPE, bytes.subarray(0, bytes.byteLength / 2))).toBe(false)
  })
})

test('what a model hands to a tool is no error, whatever it is called', () => {
  const input = { error: 'reported by a user', type: 'error' }
  const answer = JSON.stringify({ content: [{ type: 'tool_use', name: 'report', input }] })
  expect(whole('anthropic-messages', JSON_TYPE, answer)).toBe(true)
  const events = `data: {"choices":[{"delta":{"tool":{"error":"x"}},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`
  expect(whole('openai-chat', EVENTS, events)).toBe(true)
  const failed = events.replace('"choices"', '"error":{"code":502},"choices"')
  expect(whole('openai-chat', EVENTS, failed)).toBe(false)
})

test('text that speaks of errors is no error', () => {
  const said = JSON.stringify({ choices: [{ message: { content: '{"error":{"type":"error"}}' } }] })
  expect(whole('openai-chat', JSON_TYPE, said)).toBe(true)
  expect(whole('openai-responses', JSON_TYPE, '{"id":"r","error": null}')).toBe(true)
  expect(whole('openai-chat', JSON_TYPE, '{"id":"r","error":{"code":502}}')).toBe(false)
})

test('sound passes; a page, and bytes that nobody can look into, do not', () => {
  expect(whole('openai-audio', 'audio/mpeg', 'ID3')).toBe(true)
  expect(whole('openai-chat', 'text/html; charset=utf-8', '<h1>Busy</h1>')).toBe(false)
  expect(whole('openai-chat', JSON_TYPE, '\u001f\u008b', [['content-encoding', 'gzip']])).toBe(
    false,
  )
})

test('a status inside the body, or nothing where an answer belongs, is a failure', () => {
  const miniMax = '{"choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit"}}'
  expect(whole('openai-chat', JSON_TYPE, miniMax)).toBe(false)
  const good = '{"choices":[{"index":0}],"base_resp":{"status_code":0,"status_msg":""}}'
  expect(whole('openai-chat', JSON_TYPE, good)).toBe(true)
})

test('of a very long stream the end decides', () => {
  const filler = `data: {"choices":[{"delta":{"content":"${'x'.repeat(1000)}"}}]}\n\n`
  const long = filler.repeat(3_000)
  const chunks = [...(long + 'data: [DONE]\n\n').matchAll(/[\s\S]{1,60000}/g)].map(([part]) =>
    new TextEncoder().encode(part),
  )
  expect(isWholeAnswer('openai-chat', [['content-type', EVENTS]], chunks)).toBe(true)
  expect(isWholeAnswer('openai-chat', [['content-type', EVENTS]], chunks.slice(0, -1))).toBe(false)
})
