/** Gemini's generateContent. Its tool calls often have no id: then results belong to calls by name, in order. */
import { asObject, asObjects, asString, roleOf, settingsOf, text } from './conversation.ts'
import type { Block, Conversation, JsonObject, Message } from './conversation.ts'

export function readGemini(
  request: JsonObject | null,
  response: JsonObject | null,
): Conversation | null {
  if (request?.contents === undefined && !Array.isArray(response?.candidates)) return null
  const names = new CallNames()
  const system = asObject(request?.systemInstruction ?? request?.system_instruction)
  const contents = Array.isArray(request?.contents)
    ? asObjects(request.contents)
    : [asObject(request?.contents) ?? {}]
  const sent = contents.map((content) => readContent(content, 'user', false, names))
  const candidates = asObjects(response?.candidates)
  const answers = candidates.map((candidate) =>
    readContent(asObject(candidate.content) ?? {}, 'assistant', true, names),
  )
  const tools = asObjects(request?.tools).flatMap((tool) =>
    asObjects(tool.functionDeclarations ?? tool.function_declarations).flatMap(
      (one) => asString(one.name) ?? [],
    ),
  )
  const blocked = asString(asObject(response?.promptFeedback)?.blockReason)
  return {
    messages: [
      ...(system
        ? [{ ...readContent(system, 'user', false, names), role: 'system' as const }]
        : []),
      ...sent,
      ...answers,
    ],
    tools,
    settings: settingsOf(asObject(request?.generationConfig) ?? {}),
    error: blocked === null ? null : `Blocked: ${blocked}`,
    stopReason: asString(candidates[0]?.finishReason),
  }
}

function readContent(
  content: JsonObject,
  fallback: string,
  isAnswer: boolean,
  names: CallNames,
): Message {
  const blocks = asObjects(content.parts).flatMap((part) => readPart(part, names))
  return { role: roleOf(content.role ?? fallback), blocks, isAnswer, name: null }
}

function readPart(part: JsonObject, names: CallNames): Block[] {
  const said = asString(part.text)
  if (said !== null) return part.thought === true ? [{ kind: 'thinking', text: said }] : text(said)
  const inline = asObject(part.inlineData ?? part.inline_data)
  if (inline) {
    const type = asString(inline.mimeType ?? inline.mime_type) ?? 'application/octet-stream'
    const data = asString(inline.data) ?? ''
    return type.startsWith('image/')
      ? [{ kind: 'image', url: `data:${type};base64,${data}` }]
      : [{ kind: 'attachment', label: type }]
  }
  const file = asObject(part.fileData ?? part.file_data)
  if (file) return [{ kind: 'attachment', label: asString(file.fileUri) ?? 'File' }]
  const call = asObject(part.functionCall ?? part.function_call)
  if (call) {
    const name = asString(call.name) ?? 'function'
    return [
      {
        kind: 'tool-call',
        id: asString(call.id) ?? names.called(name),
        name,
        input: call.args,
        result: null,
      },
    ]
  }
  const answer = asObject(part.functionResponse ?? part.function_response)
  if (answer) {
    const id = asString(answer.id) ?? names.answered(asString(answer.name) ?? 'function')
    const value = answer.response
    return [
      {
        kind: 'tool-result',
        id,
        result: { blocks: [{ kind: 'data', label: 'result', value }], isError: false },
      },
    ]
  }
  const [label = 'part'] = Object.keys(part)
  return [{ kind: 'data', label, value: part }]
}

/** Counts calls and answers of each name, so that the n-th answer meets the n-th call. */
class CallNames {
  readonly #calls = new Map<string, number>()
  readonly #answers = new Map<string, number>()

  called(name: string): string {
    return next(this.#calls, name)
  }

  answered(name: string): string {
    return next(this.#answers, name)
  }
}

function next(counts: Map<string, number>, name: string): string {
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  return `${name}#${String(count)}`
}
