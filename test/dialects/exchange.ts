/** Builds what `summarize` reads from the fixtures' true wire bytes. */
import { EventStreamCodec } from '@smithy/eventstream-codec'
import { readFileSync } from 'node:fs'
import {
  EMPTY_USAGE,
  type Dialect,
  type Summary,
  type SummaryInput,
  type Usage,
} from '../../src/dialects/canonical/summary.ts'
import { summarize } from '../../src/dialects/summary.ts'

const PATHS: Readonly<Record<Dialect, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-completions': '/v1/completions',
  'openai-responses': '/v1/responses',
  'openai-embeddings': '/v1/embeddings',
  'openai-images': '/v1/images/generations',
  'openai-audio': '/v1/audio/transcriptions',
  'anthropic-messages': '/v1/messages',
  gemini: '/v1beta/models/gemini-2.5-pro:generateContent',
  'bedrock-converse': '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
  'bedrock-invoke': '/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke',
  'cohere-chat': '/v2/chat',
  passthrough: '/v1/files',
}

const encoder = new TextEncoder()
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)),
  (text) => encoder.encode(text),
)

export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url))
}

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text)
}

export function exchange(dialect: Dialect, changes: Partial<SummaryInput>): SummaryInput {
  return {
    dialect,
    path: PATHS[dialect],
    status: 200,
    request: new Uint8Array(),
    requestContentType: 'application/json',
    response: new Uint8Array(),
    responseContentType: 'application/json',
    ...changes,
  }
}

/** Summary of fixtures, their content types told by the file names. */
export function summaryOf(
  dialect: Dialect,
  response: string,
  request: string | null = null,
  changes: Partial<SummaryInput> = {},
): Summary {
  return summarize(
    exchange(dialect, {
      request: request === null ? new Uint8Array() : fixture(request),
      response: fixture(response),
      responseContentType: response.endsWith('.sse') ? 'text/event-stream' : 'application/json',
      ...changes,
    }),
  )
}

export function usage(changes: Partial<Usage>): Usage {
  return { ...EMPTY_USAGE, ...changes }
}

/** One message of AWS event stream framing. */
export function eventStreamMessage(
  name: string,
  payload: unknown,
  type: 'event' | 'exception' = 'event',
): Uint8Array {
  return codec.encode({
    headers: {
      [`:${type}-type`]: { type: 'string', value: name },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: type },
    },
    body: encoder.encode(JSON.stringify(payload)),
  })
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

/** A Converse stream from the recorded events, each named by its only key. */
export function converseStream(): Uint8Array {
  const lines = new TextDecoder()
    .decode(fixture('bedrock/converse.events.jsonl'))
    .trim()
    .split('\n')
  const messages = lines.map((line) => {
    const [name, payload] = Object.entries<unknown>(JSON.parse(line))[0] ?? ['', {}]
    return eventStreamMessage(name, payload)
  })
  return concat(...messages)
}

/** An InvokeModel stream: each event of the model's own, in base64, in a `chunk`. */
export function invokeStream(events: readonly unknown[]): Uint8Array {
  const messages = events.map((event) =>
    eventStreamMessage('chunk', { bytes: btoa(JSON.stringify(event)), p: 'abc' }),
  )
  return concat(...messages)
}
