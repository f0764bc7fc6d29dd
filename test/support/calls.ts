/** Calls as applications make them, and the keys that they make them with. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { LOCAL_KEY } from '../../src/env.ts'
import type { Bytes } from './upstream-scripts.ts'

/** A well-formed key that nobody has seen before. */
export function newKey(kind: 'sk' | 'pk' = 'sk'): string {
  const text = randomBytes(14).toString('hex')
  return `${kind}-helicone-${text.match(/.{7}/g)?.join('-') ?? ''}`
}

export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Puts a key into `DB`, as the dashboard does; answers it. */
export async function mintKey(
  env: Env,
  orgId: string,
  options: { readonly kind?: 'sk' | 'pk'; readonly revokedAt?: number } = {},
): Promise<string> {
  const key = newKey(options.kind)
  const permissions = options.kind === 'pk' ? 'w' : 'rw'
  await env.DB.prepare(
    'insert into api_keys (id, org_id, name, hash, hint, permissions, created_at, revoked_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)',
  )
    .bind(
      `key-${key.slice(-7)}`,
      orgId,
      'Test',
      hashOfKey(key),
      key.slice(-4),
      permissions,
      Date.now(),
      options.revokedAt ?? null,
    )
    .run()
  return key
}

/** An organisation with these settings, unknown to any isolate, and its key. */
export async function foundOrganization(
  env: Env,
  settings: object = {},
): Promise<{ orgId: string; key: string }> {
  const orgId = `org-${randomUUID()}`
  await env.DB.prepare(
    'insert into organizations (id, name, settings, created_at) values (?1, ?1, ?2, 0)',
  )
    .bind(orgId, JSON.stringify(settings))
    .run()
  return { orgId, key: await mintKey(env, orgId) }
}

/** Headers of a call by this key, with a provider key beside it. */
export function keyed(
  headers: Readonly<Record<string, string>> = {},
  key: string = LOCAL_KEY,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'helicone-auth': `Bearer ${key}`,
    authorization: 'Bearer sk-provider-key',
    ...headers,
  }
}

export function chatRequest(text = 'Hello', more: object = {}): string {
  return JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: text }],
    ...more,
  })
}

/** An OpenAI chat completion with this usage. */
export function chatAnswer(inputTokens: number, outputTokens: number, text = 'Hello'): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_767_225_600,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    },
  }
}

/** The same as events; the usage comes in the last one. */
export function chatEvents(
  inputTokens: number,
  outputTokens: number,
  words: readonly string[] = ['Hel', 'lo'],
): Bytes[] {
  const head = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_767_225_600,
    model: 'gpt-4o-mini-2024-07-18',
  }
  const delta = (content: string) => ({
    ...head,
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  })
  const end = { ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
  const { usage } = chatAnswer(inputTokens, outputTokens) as { usage: object }
  return [...words.map(delta), end, { ...head, choices: [], usage }, '[DONE]'].map(
    (value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`,
  )
}

/** A request for Anthropic's Messages. */
export function messageRequest(text = 'Hello', more: object = {}): string {
  return JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_tokens: 100,
    messages: [{ role: 'user', content: text }],
    ...more,
  })
}

/** An Anthropic message with this usage. */
export function messageAnswer(inputTokens: number, outputTokens: number, text = 'Hello'): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5-20250929',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: outputTokens },
  }
}

/** The same as events: the input is counted in the first one, the output in the last but one. */
export function messageEvents(
  inputTokens: number,
  outputTokens: number,
  words: readonly string[] = ['Hel', 'lo'],
): Bytes[] {
  const start = { ...messageAnswer(inputTokens, 1), content: [], stop_reason: null }
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
  const delta = (text: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  })
  const usage = { output_tokens: outputTokens }
  const end = { stop_reason: 'end_turn', stop_sequence: null }
  return [
    { type: 'message_start', message: start },
    block,
    ...words.map(delta),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: end, usage },
    { type: 'message_stop' },
  ].map((value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`)
}
