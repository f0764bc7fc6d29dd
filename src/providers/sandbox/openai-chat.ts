/**
 * OpenAI Chat Completions: reads the request into an `Ask`, writes the reply whole or as chunks.
 * Shapes follow the API reference: usage in a stream only when asked for, `[DONE]` at the end.
 */
import type { Frame } from './answer.ts'
import {
  contentText,
  invalid,
  isReasoningModel,
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
import type { Reply, ToolCall } from './reply.ts'
import { newId, piecesOf } from './tokens.ts'

const MOST_CHOICES = 16

export function readChat(body: JsonObject): Ask {
  const model = requireModel(body, 'openai')
  const turns = requireMessages(body, 'openai').map(readTurn)
  const effort = stringOf(body['reasoning_effort'])
  return {
    model,
    stream: body['stream'] === true,
    turns,
    tools: listOf(body['tools']).flatMap(readTool),
    toolChoice: readToolChoice(body['tool_choice']),
    parallelTools: body['parallel_tool_calls'] !== false,
    json: readFormat(objectOf(body['response_format'])),
    maxTokens: countOf(body['max_completion_tokens']) ?? countOf(body['max_tokens']),
    stops: stopsOf(body['stop']),
    thinks: isReasoningModel(model) || (effort !== null && effort !== 'none'),
    speaksBeforeTools: false,
  }
}

/** How many choices `n` asks for; 1 when it is absent. */
export function readChoiceCount(body: JsonObject): number {
  const asked = body['n'] ?? 1
  const count = countOf(asked)
  if (count === null || count > MOST_CHOICES) {
    throw invalid('n', `a whole number from 1 to ${MOST_CHOICES}`, 'openai')
  }
  return count
}

function readTurn(message: JsonObject): Turn {
  const role = stringOf(message['role']) ?? ''
  const said = contentText(message['content'])
  const calls = message['tool_calls'] === undefined ? '' : JSON.stringify(message['tool_calls'])
  return {
    role,
    text: said + calls,
    media: mediaParts(message['content']),
    toolResults: role === 'tool' ? [said] : [],
  }
}

function readTool(raw: unknown): Tool[] {
  const tool = objectOf(raw)
  const kind = tool['type'] === 'custom' ? 'custom' : 'function'
  const definition = objectOf(tool[kind])
  const name = stringOf(definition['name'])
  return name === null
    ? []
    : [{ name, kind, schema: definition['parameters'] ?? { type: 'object' } }]
}

function readToolChoice(raw: unknown): ToolChoice {
  if (raw === 'none' || raw === 'required') return raw
  const choice = objectOf(raw)
  const name = stringOf(objectOf(choice['function'] ?? choice['custom'])['name'])
  return name === null ? 'auto' : { name }
}

function readFormat(format: JsonObject): Ask['json'] {
  if (format['type'] === 'json_object') return { schema: null }
  if (format['type'] !== 'json_schema') return null
  return { schema: objectOf(format['json_schema'])['schema'] ?? null }
}

function chatUsage(reply: Reply, choices: number): object {
  const completion = reply.outputTokens * choices
  return {
    prompt_tokens: reply.inputTokens,
    completion_tokens: completion,
    total_tokens: reply.inputTokens + completion,
    prompt_tokens_details: { cached_tokens: reply.cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reply.reasoningTokens * choices,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

function finishReason(reply: Reply): string {
  if (reply.stop === 'tools') return 'tool_calls'
  return reply.stop === 'length' ? 'length' : 'stop'
}

function wireCall({ tool, input }: ToolCall, emptied: boolean): object {
  const id = newId('call_').slice(0, 29)
  const written = emptied ? '' : input
  if (tool.kind === 'custom')
    return { id, type: 'custom', custom: { name: tool.name, input: written } }
  return { id, type: 'function', function: { name: tool.name, arguments: written } }
}

function envelope(ask: Ask, object: string): object {
  return {
    id: newId('chatcmpl-'),
    object,
    created: Math.floor(Date.now() / 1000),
    model: ask.model,
    service_tier: 'default',
    system_fingerprint: 'fp_sandbox',
  }
}

/** The whole `chat.completion` object with `choices` equal choices. */
export function chatCompletion(ask: Ask, reply: Reply, choices: number): object {
  const speaks = reply.calls.length === 0
  return {
    ...envelope(ask, 'chat.completion'),
    choices: Array.from({ length: choices }, (_, index) => ({
      index,
      message: {
        role: 'assistant',
        content: speaks ? reply.text : null,
        ...(speaks ? {} : { tool_calls: reply.calls.map((call) => wireCall(call, false)) }),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: finishReason(reply),
    })),
    usage: chatUsage(reply, choices),
  }
}

/** The frames of a stream; `includeUsage` is `stream_options.include_usage`. */
export function chatFrames(
  ask: Ask,
  reply: Reply,
  choices: number,
  includeUsage: boolean,
): Frame[] {
  const head = {
    ...envelope(ask, 'chat.completion.chunk'),
    ...(includeUsage ? { usage: null } : {}),
  }
  const frame = (index: number, delta: object, finish: string | null = null): Frame => ({
    event: null,
    data: { ...head, choices: [{ index, delta, logprobs: null, finish_reason: finish }] },
    paced: finish === null && !('role' in delta),
  })
  const frames: Frame[] = []
  for (let index = 0; index < choices; index++) {
    const speaks = reply.calls.length === 0
    frames.push(frame(index, { role: 'assistant', content: speaks ? '' : null, refusal: null }))
    for (const piece of speaks ? reply.pieces : []) frames.push(frame(index, { content: piece }))
    for (const delta of callDeltas(reply.calls)) frames.push(frame(index, delta))
    frames.push(frame(index, {}, finishReason(reply)))
  }
  if (includeUsage) {
    const data = { ...head, choices: [], usage: chatUsage(reply, choices) }
    frames.push({ event: null, data, paced: false })
  }
  return [...frames, { event: null, data: '[DONE]', paced: false }]
}

function callDeltas(calls: readonly ToolCall[]): object[] {
  return calls.flatMap((call, index) => {
    const field = call.tool.kind === 'custom' ? 'input' : 'arguments'
    const pieces = piecesOf(call.input).map((piece) => ({
      tool_calls: [{ index, [call.tool.kind]: { [field]: piece } }],
    }))
    return [{ tool_calls: [{ index, ...wireCall(call, true) }] }, ...pieces]
  })
}

/** What a chat stream carries when it fails after it began. */
export function chatErrorFrame(): Frame {
  const failure = new Failure(500, 'The server had an error while processing your request.')
  return { event: null, data: failureBody('openai', failure, ''), paced: false }
}
