/** The forms in which a failure may be met: two dialects, whole and streamed, each with what is said in it when all is well. */
import type { Dialect } from '../../src/dialects/canonical/summary.ts'
import {
  chatAnswer,
  chatEvents,
  chatRequest,
  messageAnswer,
  messageEvents,
  messageRequest,
} from '../support/calls.ts'
import type { Script } from '../support/upstream.ts'
import { chunks, json, type Answer } from '../support/upstream-scripts.ts'

export type Client = 'openai' | 'anthropic'

export interface Form {
  readonly name: string
  readonly client: Client
  readonly dialect: Dialect
  readonly isStream: boolean
  readonly path: string
  readonly body: string
  /** What a provider that is well answers, whole or event by event. */
  readonly whole: string
  readonly events: readonly string[]
  /** The provider's own error body. */
  readonly error: (status: number) => object
}

const INPUT_TOKENS = 12
const OUTPUT_TOKENS = 8

/** What every good answer adds to its row. */
export const USAGE = { input_tokens: INPUT_TOKENS, output_tokens: OUTPUT_TOKENS }

const OPENAI = {
  client: 'openai',
  dialect: 'openai-chat',
  path: '/oai/v1/chat/completions',
  whole: JSON.stringify(chatAnswer(INPUT_TOKENS, OUTPUT_TOKENS)),
  events: chatEvents(INPUT_TOKENS, OUTPUT_TOKENS).map(String),
  error: (status: number) => ({
    error: { message: messageOf(status), type: 'server_error', param: null, code: 'busy' },
  }),
} as const

const ANTHROPIC = {
  client: 'anthropic',
  dialect: 'anthropic-messages',
  path: '/anthropic/v1/messages',
  whole: JSON.stringify(messageAnswer(INPUT_TOKENS, OUTPUT_TOKENS)),
  events: messageEvents(INPUT_TOKENS, OUTPUT_TOKENS).map(String),
  error: (status: number) => ({
    type: 'error',
    error: { type: 'overloaded_error', message: messageOf(status) },
    request_id: 'req_1',
  }),
} as const

export function messageOf(status: number): string {
  return `refused with ${status}`
}

/** The plainest of them. */
export const CHAT: Form = { ...OPENAI, name: 'OpenAI', isStream: false, body: chatRequest() }

export const WHOLE: readonly Form[] = [
  CHAT,
  { ...ANTHROPIC, name: 'Anthropic', isStream: false, body: messageRequest() },
]

export const STREAMED: readonly Form[] = [
  {
    ...OPENAI,
    name: 'OpenAI stream',
    isStream: true,
    body: chatRequest('Hello', { stream: true, stream_options: { include_usage: true } }),
  },
  {
    ...ANTHROPIC,
    name: 'Anthropic stream',
    isStream: true,
    body: messageRequest('Hello', { stream: true }),
  },
]

export const ALL: readonly Form[] = [...WHOLE, ...STREAMED]

export const NO_USAGE = { input_tokens: null, output_tokens: null, cost_nano: null }

/** The first events: something was said, nothing was finished. */
export function opening({ client, events }: Form): readonly string[] {
  return events.slice(0, client === 'openai' ? 2 : 3)
}

/** The model is about to say something. */
export function announcement({ client, events }: Form): readonly string[] {
  return client === 'openai' ? [ROLE] : events.slice(0, 2)
}

const ROLE = `data: ${JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
})}\n\n`

/** What the first events tell of usage: Anthropic counts the input in the very first. */
export function openingUsage({ client }: Form): object {
  if (client === 'openai') return NO_USAGE
  return { input_tokens: 12, output_tokens: 1, cost_nano: 51_000 }
}

/** What the provider says when it is well, byte for byte. */
export function goodText(form: Form): string {
  return form.isStream ? form.events.join('') : form.whole
}

export function good(form: Form): Script {
  return form.isStream ? streamed(form.events) : json(JSON.parse(form.whole) as unknown)
}

/** An event stream as the providers label it. */
export function streamed(
  parts: readonly string[],
  options: Parameters<typeof chunks>[1] = {},
): Script {
  return chunks(parts, { ...options, headers: { ...EVENT_STREAM, ...options.headers } })
}

export function refused(form: Form, status: number, headers: Answer['headers'] = {}): Script {
  return json(form.error(status), { status, headers })
}

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' }
