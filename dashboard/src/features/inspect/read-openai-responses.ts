/** OpenAI Responses: items instead of messages. */
import {
  asObject,
  asObjects,
  asString,
  parseArguments,
  roleOf,
  settingsOf,
  text,
} from './conversation.ts'
import type { Block, Conversation, JsonObject, Message } from './conversation.ts'

export function readOpenAiResponses(
  request: JsonObject | null,
  response: JsonObject | null,
): Conversation | null {
  if (request?.input === undefined && !Array.isArray(response?.output)) return null
  const instructions = asString(request?.instructions)
  const input = asString(request?.input)
  const sent: Message[] = [
    ...(instructions === null ? [] : [message('system', text(instructions), false)]),
    ...(input === null
      ? asObjects(request?.input).flatMap((item) => readItem(item, false))
      : [message('user', text(input), false)]),
  ]
  const tools = asObjects(request?.tools).flatMap(
    (tool) => asString(tool.name) ?? asString(tool.type) ?? [],
  )
  const incomplete = asString(asObject(response?.incomplete_details)?.reason)
  return {
    messages: joinTurns([
      ...sent,
      ...asObjects(response?.output).flatMap((item) => readItem(item, true)),
    ]),
    tools,
    settings: request ? settingsOf(request) : [],
    error: asString(asObject(response?.error)?.message),
    stopReason: incomplete ?? asString(response?.status),
  }
}

function message(role: Message['role'], blocks: Block[], isAnswer: boolean): Message {
  return { role, blocks, isAnswer, name: null }
}

function readItem(item: JsonObject, isAnswer: boolean): Message[] {
  const type = asString(item.type) ?? 'message'
  if (type === 'message') {
    return [
      message(
        roleOf(item.role ?? (isAnswer ? 'assistant' : 'user')),
        readContent(item.content),
        isAnswer,
      ),
    ]
  }
  if (type === 'reasoning') {
    const parts = [...asObjects(item.summary), ...asObjects(item.content)]
    const thought = parts.flatMap((part) => asString(part.text) ?? []).join('\n\n')
    return [message('assistant', [{ kind: 'thinking', text: thought }], isAnswer)]
  }
  if (type === 'function_call' || type === 'custom_tool_call') {
    const call: Block = {
      kind: 'tool-call',
      id: asString(item.call_id) ?? asString(item.id),
      name: asString(item.name) ?? 'tool',
      input: parseArguments(item.arguments ?? item.input),
      result: null,
    }
    return [message('assistant', [call], isAnswer)]
  }
  if (type === 'function_call_output' || type === 'custom_tool_call_output') {
    const output = typeof item.output === 'string' ? text(item.output) : readContent(item.output)
    return [
      message(
        'tool',
        [
          {
            kind: 'tool-result',
            id: asString(item.call_id),
            result: { blocks: output, isError: false },
          },
        ],
        isAnswer,
      ),
    ]
  }
  if (type.endsWith('_call')) {
    const { type: _type, id: _id, result, ...input } = item
    const image = type === 'image_generation_call' ? asString(result) : null
    const call: Block = {
      kind: 'tool-call',
      id: asString(item.id),
      name: type.replace(/_call$/, ''),
      input,
      result: null,
    }
    return [
      message(
        'assistant',
        image === null ? [call] : [call, { kind: 'image', url: `data:image/png;base64,${image}` }],
        isAnswer,
      ),
    ]
  }
  return [
    message(
      isAnswer ? 'assistant' : 'user',
      [{ kind: 'data', label: type, value: item }],
      isAnswer,
    ),
  ]
}

function readContent(content: unknown): Block[] {
  if (typeof content === 'string') return text(content)
  return asObjects(content).flatMap((part): Block[] => {
    switch (part.type) {
      case 'input_text':
      case 'output_text':
      case 'text':
        return text(asString(part.text))
      case 'refusal':
        return [{ kind: 'refusal', text: asString(part.refusal) ?? '' }]
      case 'input_image': {
        const url = asString(part.image_url)
        return [url === null ? { kind: 'attachment', label: 'Image file' } : { kind: 'image', url }]
      }
      case 'input_file':
        return [{ kind: 'attachment', label: asString(part.filename) ?? 'File' }]
      case 'input_audio':
        return [{ kind: 'attachment', label: 'Audio' }]
      default:
        return [{ kind: 'data', label: asString(part.type) ?? 'part', value: part }]
    }
  })
}

/** Items of one speaker in a row are one turn. */
function joinTurns(messages: readonly Message[]): Message[] {
  const turns: Message[] = []
  for (const next of messages) {
    const last = turns.at(-1)
    if (
      last &&
      last.role === 'assistant' &&
      next.role === 'assistant' &&
      last.isAnswer === next.isAnswer
    ) {
      last.blocks = [...last.blocks, ...next.blocks]
    } else {
      turns.push({ ...next })
    }
  }
  return turns
}
