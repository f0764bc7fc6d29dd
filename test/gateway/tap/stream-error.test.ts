import Anthropic from '@anthropic-ai/sdk'
import { createParser } from 'eventsource-parser'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Dialect } from '../../../src/dialects/canonical/summary.ts'
import {
  canCarryErrorEvent,
  nextSequence,
  streamErrorEvent,
} from '../../../src/gateway/tap/stream-error.ts'

const MESSAGE = 'The provider fell silent for 30000 ms.'
const error = { code: 'upstream_timeout', message: MESSAGE, status: 504, requestId: 'id-1' }
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Starts of real streams: whole events, an event without its blank line, and one cut in its middle. */
const chatStart =
  'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}\n\n'
const endings = [chatStart, chatStart.trimEnd(), `${chatStart}\n`, '']

function answering(body: string | Uint8Array): typeof fetch {
  return async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

function openai(body: string): OpenAI {
  return new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: answering(body) })
}

async function drain(stream: AsyncIterable<unknown>): Promise<number> {
  let events = 0
  for await (const _ of stream) events += 1
  return events
}

describe('the OpenAI SDK raises', () => {
  test.each(endings)('in a chat stream, behind %j', async (start) => {
    const body = start + text(streamErrorEvent('openai-chat', error))
    const stream = await openai(body).chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    })
    await expect(drain(stream)).rejects.toMatchObject({
      message: MESSAGE,
      code: 'upstream_timeout',
      type: 'api_error',
    })
  })

  test('in a completions stream', async () => {
    const body = text(streamErrorEvent('openai-completions', error))
    const stream = await openai(body).completions.create({ model: 'm', prompt: 'p', stream: true })
    await expect(drain(stream)).rejects.toBeInstanceOf(OpenAI.APIError)
  })

  test('in a Responses stream', async () => {
    const start = await fixture('openai/responses.sse')
    const cut = start.slice(0, start.indexOf('\n\n') + 2)
    const body = cut + text(streamErrorEvent('openai-responses', { ...error, sequence: 1 }))
    const stream = await openai(body).responses.create({
      model: 'gpt-5.1',
      input: 'hi',
      stream: true,
    })
    await expect(drain(stream)).rejects.toMatchObject({ code: 'upstream_timeout' })
    const helper = openai(body).responses.stream({ model: 'gpt-5.1', input: 'hi' })
    await expect(helper.finalResponse()).rejects.toBeInstanceOf(Error)
  })

  test('not in a stream that only stops: the event is needed', async () => {
    const stream = await openai(chatStart).chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    })
    expect(await drain(stream)).toBe(1)
  })
})

test('the Anthropic SDK raises', async () => {
  const fixed = await fixture('anthropic/messages.sse')
  const start = fixed.slice(0, fixed.indexOf('event: content_block_stop'))
  const body = start + text(streamErrorEvent('anthropic-messages', error))
  const client = new Anthropic({ apiKey: 'k', maxRetries: 0, fetch: answering(body) })
  const asked = {
    model: 'claude-haiku-4-5',
    max_tokens: 9,
    messages: [{ role: 'user' as const, content: 'hi' }],
  }
  const stream = await client.messages.create({ ...asked, stream: true })
  await expect(drain(stream)).rejects.toMatchObject({
    type: 'timeout_error',
    error: { type: 'error', error: { message: MESSAGE }, request_id: 'id-1' },
  })
  await expect(client.messages.stream(asked).finalMessage()).rejects.toBeInstanceOf(
    Anthropic.APIError,
  )
})

test('Gemini has an error with a status in it', () => {
  const [event] = parsed(text(streamErrorEvent('gemini', error)))
  expect(event).toEqual({
    name: null,
    data: {
      error: {
        code: 504,
        message: MESSAGE,
        status: 'DEADLINE_EXCEEDED',
        details: [{ code: 'upstream_timeout' }],
      },
    },
  })
})

test('Responses errors carry the number that follows', () => {
  const [event] = parsed(text(streamErrorEvent('openai-responses', { ...error, sequence: 7 })))
  expect(event).toEqual({
    name: 'error',
    data: {
      type: 'error',
      code: 'upstream_timeout',
      message: MESSAGE,
      param: null,
      sequence_number: 7,
    },
  })
})

const DIALECTS: Dialect[] = [
  'openai-chat',
  'openai-completions',
  'openai-responses',
  'openai-images',
  'openai-audio',
  'anthropic-messages',
  'gemini',
  'cohere-chat',
  'passthrough',
]

test.each(DIALECTS)('%s: one event, of its own, whatever the message', (dialect) => {
  const message = 'line\nline\r\n\n"quoted" ünï'
  const events = parsed(`data: {"a":1}\n${text(streamErrorEvent(dialect, { ...error, message }))}`)
  expect(events).toHaveLength(2)
  expect(events[0]).toEqual({ name: null, data: { a: 1 } })
  expect(JSON.stringify(events[1])).toContain(JSON.stringify(message).slice(1, -1))
})

test.each([
  ['', 0],
  ['data: {}', 0],
  ['"sequence_number":0', 1],
  ['"sequence_number":3}\n\ndata: {"sequence_number": 12,"x":1}', 13],
  ['"sequence_number":oops', 0],
  ['"sequence_number":', 0],
])('%j is followed by number %i', (tail, expected) => {
  expect(nextSequence(new TextEncoder().encode(tail))).toBe(expected)
})

test.each([
  [{ 'content-type': 'text/event-stream' }, true],
  [{ 'content-type': 'text/event-stream; charset=utf-8', 'content-encoding': 'identity' }, true],
  [{ 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }, false],
  [{ 'content-type': 'text/event-stream', 'content-length': '9' }, false],
  [{ 'content-type': 'application/vnd.amazon.eventstream' }, false],
  [{ 'content-type': 'application/json' }, false],
  [{}, false],
])('%o can carry an error event: %s', (headers, expected) => {
  expect(canCarryErrorEvent(new Headers(headers as Record<string, string>))).toBe(expected)
})

function parsed(stream: string): { name: string | null; data: unknown }[] {
  const events: { name: string | null; data: unknown }[] = []
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ name: event ?? null, data: JSON.parse(data) }),
  })
  parser.feed(stream)
  return events
}

async function fixture(name: string): Promise<string> {
  return await readFile(path.join(import.meta.dirname, '../../fixtures', name), 'utf8')
}
