/** Anthropic Messages. */
import { asObject, asObjects, asString, roleOf, settingsOf, text } from './conversation.ts'
import type { Block, Conversation, JsonObject, Message } from './conversation.ts'

export function readAnthropic(
  request: JsonObject | null,
  response: JsonObject | null,
): Conversation | null {
  if (!Array.isArray(request?.messages) && !Array.isArray(response?.content)) return null
  const system = readContent(request?.system)
  const sent = asObjects(request?.messages).map((message) => ({
    role: roleOf(message.role),
    blocks: readContent(message.content),
    isAnswer: false,
    name: null,
  }))
  const answer = readContent(response?.content)
  const messages: Message[] = [
    ...(system.length === 0
      ? []
      : [{ role: 'system' as const, blocks: system, isAnswer: false, name: null }]),
    ...sent,
    ...(answer.length === 0
      ? []
      : [{ role: 'assistant' as const, blocks: answer, isAnswer: true, name: null }]),
  ]
  return {
    messages,
    tools: asObjects(request?.tools).flatMap((tool) => asString(tool.name) ?? []),
    settings: request ? settingsOf(request) : [],
    error: null,
    stopReason: asString(response?.stop_reason),
  }
}

function readContent(content: unknown): Block[] {
  if (typeof content === 'string') return text(content)
  return asObjects(content).flatMap(readBlock)
}

function readBlock(block: JsonObject): Block[] {
  const type = asString(block.type) ?? 'block'
  switch (type) {
    case 'text':
      return text(asString(block.text))
    case 'thinking':
      return [{ kind: 'thinking', text: asString(block.thinking) ?? '' }]
    case 'redacted_thinking':
      return [{ kind: 'thinking', text: 'Redacted by the provider.' }]
    case 'image':
      return [readImage(asObject(block.source))]
    case 'document':
      return [{ kind: 'attachment', label: asString(block.title) ?? 'Document' }]
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return [
        {
          kind: 'tool-call',
          id: asString(block.id),
          name: asString(block.name) ?? 'tool',
          input: block.input,
          result: null,
        },
      ]
    default:
      if (!type.endsWith('tool_result')) return [{ kind: 'data', label: type, value: block }]
      return [
        {
          kind: 'tool-result',
          id: asString(block.tool_use_id),
          result: { blocks: readContent(block.content), isError: block.is_error === true },
        },
      ]
  }
}

function readImage(source: JsonObject | null): Block {
  const url = asString(source?.url)
  if (url !== null) return { kind: 'image', url }
  const data = asString(source?.data)
  if (data === null) return { kind: 'attachment', label: 'Image file' }
  return {
    kind: 'image',
    url: `data:${asString(source?.media_type) ?? 'image/png'};base64,${data}`,
  }
}
