/**
 * OpenAI Responses API: reads the request into an `Ask` and writes the `response` object. The
 * event sequence of a stream is in openai-responses-events.ts.
 */
import {
  contentText,
  invalid,
  isReasoningModel,
  mediaParts,
  requireModel,
  type Ask,
  type Tool,
  type ToolChoice,
  type Turn,
} from './ask.ts'
import { Failure } from './failure.ts'
import { countOf, isObject, listOf, objectOf, stringOf, type JsonObject } from './json.ts'
import type { Reply } from './reply.ts'
import { newId } from './tokens.ts'

export function readResponses(body: JsonObject): Ask {
  const model = requireModel(body, 'openai')
  const instructions = stringOf(body['instructions'])
  const turns = readInput(body['input'])
  const effort = stringOf(objectOf(body['reasoning'])['effort'])
  const system = { role: 'system', text: instructions ?? '', media: 0, toolResults: [] }
  return {
    model,
    stream: body['stream'] === true,
    turns: instructions === null ? turns : [system, ...turns],
    tools: listOf(body['tools']).flatMap(readTool),
    toolChoice: readToolChoice(body['tool_choice']),
    parallelTools: body['parallel_tool_calls'] !== false,
    json: readFormat(objectOf(objectOf(body['text'])['format'])),
    maxTokens: countOf(body['max_output_tokens']),
    stops: [],
    thinks: isReasoningModel(model) || (effort !== null && effort !== 'none'),
    speaksBeforeTools: false,
  }
}

function readInput(input: unknown): Turn[] {
  if (typeof input === 'string') return [{ role: 'user', text: input, media: 0, toolResults: [] }]
  if (input === undefined) {
    const message = "Missing required parameter: 'input'."
    throw new Failure(400, message, 'input', 'missing_required_parameter')
  }
  if (!Array.isArray(input) || input.length === 0 || !input.every(isObject)) {
    throw invalid('input', 'a text or a list of at least one item', 'openai')
  }
  return input.map(readItem)
}

function readItem(item: JsonObject): Turn {
  const type = stringOf(item['type']) ?? 'message'
  if (type.endsWith('_call_output')) {
    const output = stringOf(item['output']) ?? contentText(item['output'])
    return { role: 'tool', text: output, media: 0, toolResults: [output] }
  }
  if (type !== 'message') {
    const text = stringOf(item['arguments']) ?? contentText(item['summary'] ?? item['content'])
    return { role: 'assistant', text, media: 0, toolResults: [] }
  }
  const role = stringOf(item['role']) ?? 'user'
  const content = item['content']
  return { role, text: contentText(content), media: mediaParts(content), toolResults: [] }
}

function readTool(raw: unknown): Tool[] {
  const tool = objectOf(raw)
  const name = stringOf(tool['name'])
  const kind = tool['type']
  if (name === null || (kind !== 'function' && kind !== 'custom')) return []
  return [{ name, kind, schema: tool['parameters'] ?? { type: 'object' } }]
}

function readToolChoice(raw: unknown): ToolChoice {
  if (raw === 'none' || raw === 'required') return raw
  const name = stringOf(objectOf(raw)['name'])
  return name === null ? 'auto' : { name }
}

function readFormat(format: JsonObject): Ask['json'] {
  if (format['type'] === 'json_object') return { schema: null }
  return format['type'] === 'json_schema' ? { schema: format['schema'] ?? null } : null
}

/** One item of `output`, whole; ids are made once so that events and the final object agree. */
export type OutputItem =
  | { readonly type: 'reasoning'; readonly id: string; readonly summary: readonly SummaryPart[] }
  | {
      readonly type: 'message'
      readonly id: string
      readonly role: 'assistant'
      readonly status: 'completed' | 'incomplete'
      readonly content: readonly [TextPart]
    }
  | {
      readonly type: 'function_call'
      readonly id: string
      readonly call_id: string
      readonly name: string
      readonly arguments: string
      readonly status: 'completed'
    }
  | {
      readonly type: 'custom_tool_call'
      readonly id: string
      readonly call_id: string
      readonly name: string
      readonly input: string
      readonly status: 'completed'
    }

export interface SummaryPart {
  readonly type: 'summary_text'
  readonly text: string
}

export interface TextPart {
  readonly type: 'output_text'
  readonly text: string
  readonly annotations: readonly []
  readonly logprobs: readonly []
}

export function textPart(text: string): TextPart {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

/** The reply as output items; `summarises` shows the reasoning instead of only counting it. */
export function outputItems(reply: Reply, summarises: boolean): OutputItem[] {
  const items: OutputItem[] = []
  if (reply.reasoning !== null) {
    const summary = summarises ? [{ type: 'summary_text' as const, text: reply.reasoning }] : []
    items.push({ type: 'reasoning', id: newId('rs_'), summary })
  }
  if (reply.calls.length === 0) {
    const status = reply.stop === 'length' ? 'incomplete' : 'completed'
    const content = [textPart(reply.text)] as const
    items.push({ type: 'message', id: newId('msg_'), role: 'assistant', status, content })
  }
  for (const { tool, input } of reply.calls) {
    const call = {
      call_id: newId('call_').slice(0, 29),
      name: tool.name,
      status: 'completed' as const,
    }
    if (tool.kind === 'custom') {
      items.push({ type: 'custom_tool_call', id: newId('ctc_'), ...call, input })
    } else {
      items.push({ type: 'function_call', id: newId('fc_'), ...call, arguments: input })
    }
  }
  return items
}

/** Whether the request asks to see what the model thought. */
export function asksForSummary(body: JsonObject): boolean {
  const reasoning = objectOf(body['reasoning'])
  return typeof (reasoning['summary'] ?? reasoning['generate_summary']) === 'string'
}

/** The fields that every snapshot of a response shares, echoing the request as OpenAI does. */
export function responseHead(body: JsonObject, ask: Ask): JsonObject {
  return {
    id: newId('resp_'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    error: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: ask.maxTokens,
    metadata: body['metadata'] ?? {},
    model: ask.model,
    parallel_tool_calls: ask.parallelTools,
    previous_response_id: body['previous_response_id'] ?? null,
    reasoning: {
      effort: objectOf(body['reasoning'])['effort'] ?? null,
      summary: objectOf(body['reasoning'])['summary'] ?? null,
    },
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    user: body['user'] ?? null,
  }
}

/** The finished response. */
export function finishedResponse(
  head: JsonObject,
  reply: Reply,
  output: readonly OutputItem[],
): JsonObject {
  const incomplete = reply.stop === 'length'
  return {
    ...head,
    status: incomplete ? 'incomplete' : 'completed',
    completed_at: incomplete ? null : head['created_at'],
    incomplete_details: incomplete ? { reason: 'max_output_tokens' } : null,
    output,
    usage: {
      input_tokens: reply.inputTokens,
      input_tokens_details: { cached_tokens: reply.cachedTokens, cache_write_tokens: 0 },
      output_tokens: reply.outputTokens,
      output_tokens_details: { reasoning_tokens: reply.reasoningTokens },
      total_tokens: reply.inputTokens + reply.outputTokens,
    },
  }
}
