/**
 * Anthropic Messages: reads the request into an `Ask`, writes the reply whole or as the documented
 * event sequence, ping included. `input_tokens` leaves out what was read from or written to the cache.
 */
import type { Frame } from './answer.ts'
import {
  contentText,
  invalid,
  mediaParts,
  requireMessages,
  requireModel,
  stopsOf,
  type Ask,
  type Tool,
  type ToolChoice,
  type Turn,
} from './ask.ts'
import { Failure, failureBody } from './failure.ts'
import { countOf, listOf, objectOf, stringOf, type JsonObject } from './json.ts'
import type { Reply } from './reply.ts'
import { newId, piecesOf } from './tokens.ts'

/** Tokens that a long prompt with a cache breakpoint writes anew. */
const CACHE_WRITE_TOKENS = 128

/** What only this language asks for. */
export interface MessagesExtras {
  /** Lifetime of the cache entry that the prompt asks to write; null asks for none. */
  readonly cacheWrite: '5m' | '1h' | null
  /** Whether thinking is to be sent with its text left out. */
  readonly hidesThinking: boolean
}

/** Reads a message request; `max_tokens` is required unless tokens are only counted. */
export function readMessages(body: JsonObject, needsMaxTokens: boolean): Ask {
  const model = requireModel(body, 'anthropic')
  const messages = requireMessages(body, 'anthropic').flatMap(readTurns)
  const system = contentText(body['system'])
  const maxTokens = countOf(body['max_tokens'])
  if (needsMaxTokens && body['max_tokens'] === undefined) {
    throw new Failure(400, 'max_tokens: Field required')
  }
  if (needsMaxTokens && maxTokens === null)
    throw invalid('max_tokens', 'a whole number above 0', 'anthropic')
  const thinking = objectOf(body['thinking'])['type']
  return {
    model,
    stream: body['stream'] === true,
    turns: system === '' ? messages : [turn('system', system), ...messages],
    tools: listOf(body['tools']).flatMap(readTool),
    toolChoice: readToolChoice(objectOf(body['tool_choice'])),
    parallelTools: objectOf(body['tool_choice'])['disable_parallel_tool_use'] !== true,
    json: readFormat(body),
    maxTokens,
    stops: stopsOf(body['stop_sequences']),
    thinks: thinking === 'enabled' || thinking === 'adaptive',
    speaksBeforeTools: true,
  }
}

export function readExtras(body: JsonObject): MessagesExtras {
  const marked = ['tools', 'system', 'messages'].map((key) => JSON.stringify(body[key] ?? null))
  const text = marked.join()
  const asks = text.includes('"cache_control":{') || body['cache_control'] !== undefined
  const lasting = text.includes('"ttl":"1h"') || objectOf(body['cache_control'])['ttl'] === '1h'
  return {
    cacheWrite: asks ? (lasting ? '1h' : '5m') : null,
    hidesThinking: objectOf(body['thinking'])['display'] === 'omitted',
  }
}

function turn(role: string, text: string, media = 0, toolResults: readonly string[] = []): Turn {
  return { role, text, media, toolResults }
}

/** Tool results become turns of their own, so that a question beside them stays a question. */
function readTurns(message: JsonObject): Turn[] {
  const role = stringOf(message['role']) ?? ''
  const content = message['content']
  if (typeof content === 'string') return [turn(role, content)]
  const parts = listOf(content).map(objectOf)
  const results = parts
    .filter((part) => part['type'] === 'tool_result')
    .map((part) => contentText(part['content']))
  const calls = parts
    .filter((part) => part['type'] === 'tool_use')
    .map((part) => JSON.stringify([part['name'], part['input']]))
  const said = [contentText(content), ...calls].filter((text) => text !== '').join('\n')
  const own = said === '' && results.length > 0 ? [] : [turn(role, said, mediaParts(content))]
  return [...own, ...results.map((result) => turn('tool', result, 0, [result]))]
}

function readTool(raw: unknown): Tool[] {
  const tool = objectOf(raw)
  const name = stringOf(tool['name'])
  if (name === null || tool['input_schema'] === undefined) return []
  return [{ name, kind: 'function', schema: tool['input_schema'] }]
}

function readToolChoice(choice: JsonObject): ToolChoice {
  const name = stringOf(choice['name'])
  if (choice['type'] === 'tool' && name !== null) return { name }
  if (choice['type'] === 'any') return 'required'
  return choice['type'] === 'none' ? 'none' : 'auto'
}

function readFormat(body: JsonObject): Ask['json'] {
  const format = objectOf(objectOf(body['output_config'])['format'] ?? body['output_format'])
  return format['type'] === 'json_schema' ? { schema: format['schema'] ?? null } : null
}

function messagesUsage(reply: Reply, extras: MessagesExtras, outputTokens: number): object {
  const read = reply.cachedTokens
  const written = read > 0 && extras.cacheWrite !== null ? CACHE_WRITE_TOKENS : 0
  return {
    input_tokens: reply.inputTokens - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: {
      ephemeral_5m_input_tokens: extras.cacheWrite === '5m' ? written : 0,
      ephemeral_1h_input_tokens: extras.cacheWrite === '1h' ? written : 0,
    },
    output_tokens: outputTokens,
    output_tokens_details:
      reply.reasoning === null ? null : { thinking_tokens: reply.reasoningTokens },
    server_tool_use: null,
    service_tier: 'standard',
  }
}

interface Block {
  /** The finished block. */
  readonly whole: object
  /** The block as `content_block_start` shows it. */
  readonly start: object
  readonly deltas: readonly object[]
}

function blocksOf(reply: Reply, extras: MessagesExtras): Block[] {
  const thinking = reply.reasoning === null ? [] : [thinkingBlock(reply.reasoning, extras)]
  const text = reply.text === '' && reply.calls.length > 0 ? [] : [textBlock(reply)]
  return [...thinking, ...text, ...reply.calls.map(toolBlock)]
}

function thinkingBlock(reasoning: string, extras: MessagesExtras): Block {
  const thinking = extras.hidesThinking ? '' : reasoning
  const signature = btoa(`sandbox:${reasoning.length}`)
  const deltas = piecesOf(thinking).map((piece) => ({ type: 'thinking_delta', thinking: piece }))
  return {
    whole: { type: 'thinking', thinking, signature },
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [...deltas, { type: 'signature_delta', signature }],
  }
}

function textBlock(reply: Reply): Block {
  return {
    whole: { type: 'text', text: reply.text, citations: null },
    start: { type: 'text', text: '', citations: null },
    deltas: reply.pieces.map((text) => ({ type: 'text_delta', text })),
  }
}

function toolBlock({ tool, input }: Reply['calls'][number]): Block {
  const head = { type: 'tool_use', id: newId('toolu_').slice(0, 30), name: tool.name }
  const caller = { type: 'direct' }
  const pieces = ['', ...piecesOf(input)]
  return {
    whole: { ...head, input: JSON.parse(input) as unknown, caller },
    start: { ...head, input: {}, caller },
    deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  }
}

function stopReason(reply: Reply): string {
  if (reply.stop === 'tools') return 'tool_use'
  if (reply.stop === 'length') return 'max_tokens'
  return reply.stop === 'sequence' ? 'stop_sequence' : 'end_turn'
}

function envelope(ask: Ask): object {
  return {
    id: newId('msg_').slice(0, 28),
    type: 'message',
    role: 'assistant',
    model: ask.model,
  }
}

/** The whole `message` object. */
export function anthropicMessage(ask: Ask, reply: Reply, extras: MessagesExtras): object {
  return {
    ...envelope(ask),
    content: blocksOf(reply, extras).map((block) => block.whole),
    stop_reason: stopReason(reply),
    stop_sequence: reply.stopSequence,
    usage: messagesUsage(reply, extras, reply.outputTokens),
  }
}

function frame(type: string, fields: object, paced = false): Frame {
  return { event: type, data: { type, ...fields }, paced }
}

/** The events of a stream, from `message_start` to `message_stop`. */
export function messageFrames(ask: Ask, reply: Reply, extras: MessagesExtras): Frame[] {
  const message = {
    ...envelope(ask),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: messagesUsage(reply, extras, 1),
  }
  const content = blocksOf(reply, extras).flatMap(({ start, deltas }, index) => [
    frame('content_block_start', { index, content_block: start }),
    ...(index === 0 ? [frame('ping', {})] : []),
    ...deltas.map((delta) => frame('content_block_delta', { index, delta }, true)),
    frame('content_block_stop', { index }),
  ])
  const delta = { stop_reason: stopReason(reply), stop_sequence: reply.stopSequence }
  return [
    frame('message_start', { message }),
    ...content,
    frame('message_delta', { delta, usage: messagesUsage(reply, extras, reply.outputTokens) }),
    frame('message_stop', {}),
  ]
}

/** What a message stream carries when it fails after it began. */
export function messageErrorFrame(requestId: string): Frame {
  const data = failureBody('anthropic', new Failure(529, 'Overloaded'), requestId)
  return { event: 'error', data, paced: false }
}
