/** OpenAI Chat Completions, and the many providers that speak it. */
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

export function readOpenAiChat(
  request: JsonObject | null,
  response: JsonObject | null,
): Conversation | null {
  if (!Array.isArray(request?.messages) && !Array.isArray(response?.choices)) return null
  const sent = asObjects(request?.messages).map((message) => readMessage(message, false, null))
  const choices = asObjects(response?.choices)
  const answers = choices.flatMap((choice, index) => {
    const message = asObject(choice.message)
    const name = choices.length > 1 ? `choice ${String(index + 1)}` : null
    if (message) return [readMessage(message, true, name)]
    const plain = asString(choice.text)
    return plain === null
      ? []
      : [{ role: 'assistant' as const, blocks: text(plain), isAnswer: true, name }]
  })
  const tools = asObjects(request?.tools).flatMap((tool) => {
    const name =
      asString(asObject(tool.function)?.name) ?? asString(tool.name) ?? asString(tool.type)
    return name === null ? [] : [name]
  })
  return {
    messages: [...sent, ...answers],
    tools,
    settings: request ? settingsOf(request) : [],
    error: null,
    stopReason: asString(choices[0]?.finish_reason),
  }
}

function readMessage(message: JsonObject, isAnswer: boolean, name: string | null): Message {
  const role = roleOf(message.role ?? (isAnswer ? 'assistant' : 'user'))
  const base = { role, isAnswer, name: name ?? asString(message.name) }
  if (role === 'tool') {
    const id = asString(message.tool_call_id)
    return {
      ...base,
      blocks: [
        {
          kind: 'tool-result',
          id,
          result: { blocks: readContent(message.content), isError: false },
        },
      ],
    }
  }
  const thinking = asString(message.reasoning_content) ?? asString(message.reasoning)
  const refusal = asString(message.refusal)
  return {
    ...base,
    blocks: [
      ...(thinking === null || thinking === ''
        ? []
        : [{ kind: 'thinking' as const, text: thinking }]),
      ...readContent(message.content),
      ...(refusal === null ? [] : [{ kind: 'refusal' as const, text: refusal }]),
      ...(asObject(message.audio) ? [{ kind: 'attachment' as const, label: 'Audio answer' }] : []),
      ...asObjects(message.tool_calls).map(readToolCall),
      ...legacyCall(message),
    ],
  }
}

export function readContent(content: unknown): Block[] {
  if (typeof content === 'string') return text(content)
  return asObjects(content).flatMap((part): Block[] => {
    switch (part.type) {
      case 'text':
        return text(asString(part.text))
      case 'refusal':
        return [{ kind: 'refusal', text: asString(part.refusal) ?? '' }]
      case 'image_url': {
        const url = asString(asObject(part.image_url)?.url) ?? asString(part.image_url)
        return url === null ? [] : [{ kind: 'image', url }]
      }
      case 'input_audio':
        return [
          {
            kind: 'attachment',
            label: `Audio (${asString(asObject(part.input_audio)?.format) ?? 'sound'})`,
          },
        ]
      case 'file':
        return [{ kind: 'attachment', label: asString(asObject(part.file)?.filename) ?? 'File' }]
      default:
        return [{ kind: 'data', label: asString(part.type) ?? 'part', value: part }]
    }
  })
}

function readToolCall(call: JsonObject): Block {
  const made = asObject(call.function) ?? asObject(call.custom)
  return {
    kind: 'tool-call',
    id: asString(call.id),
    name: asString(made?.name) ?? 'tool',
    input: parseArguments(made?.arguments ?? made?.input),
    result: null,
  }
}

function legacyCall(message: JsonObject): Block[] {
  const call = asObject(message.function_call)
  if (!call) return []
  const input = parseArguments(call.arguments)
  return [
    { kind: 'tool-call', id: null, name: asString(call.name) ?? 'function', input, result: null },
  ]
}
