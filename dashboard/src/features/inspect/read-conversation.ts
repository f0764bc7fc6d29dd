/** Picks the reader: by the dialect that the gateway saw, else by the shape. Null is for the JSON view. */
import type { BodyDocument } from '../../../../src/contracts/api/requests.ts'
import { asObject, asObjects, asString, pairTools, text } from './conversation.ts'
import type { Conversation, JsonObject } from './conversation.ts'
import { readAnthropic } from './read-anthropic.ts'
import { readGemini } from './read-gemini.ts'
import { readOpenAiChat } from './read-openai-chat.ts'
import { readOpenAiResponses } from './read-openai-responses.ts'

type Reader = (request: JsonObject | null, response: JsonObject | null) => Conversation | null

const READERS: Readonly<Record<string, Reader>> = {
  'openai-chat': readOpenAiChat,
  'openai-completions': readCompletions,
  'openai-responses': readOpenAiResponses,
  'openai-embeddings': readEmbeddings,
  'anthropic-messages': readAnthropic,
  gemini: readGemini,
}

export function readConversation(dialect: string, body: BodyDocument): Conversation | null {
  const request = asObject(body.request)
  const response = asObject(body.response)
  const own = READERS[dialect]
  const conversation = own ? own(request, response) : readByShape(request, response)
  if (!conversation) return null
  return {
    ...conversation,
    messages: pairTools(conversation.messages),
    error: conversation.error ?? errorOf(response),
  }
}

/** Anthropic's system prompt stands apart; its tools have an input schema. */
function readByShape(request: JsonObject | null, response: JsonObject | null): Conversation | null {
  if (request?.contents !== undefined || Array.isArray(response?.candidates))
    return readGemini(request, response)
  if (Array.isArray(response?.output)) return readOpenAiResponses(request, response)
  if (response?.type === 'message' || request?.anthropic_version !== undefined)
    return readAnthropic(request, response)
  if (Array.isArray(request?.messages) || Array.isArray(response?.choices))
    return readOpenAiChat(request, response)
  return null
}

function readCompletions(
  request: JsonObject | null,
  response: JsonObject | null,
): Conversation | null {
  const prompt = asString(request?.prompt)
  if (prompt === null) return null
  const answers = readOpenAiChat(null, response)
  return {
    tools: [],
    settings: [],
    error: null,
    stopReason: answers?.stopReason ?? null,
    messages: [
      { role: 'user', blocks: text(prompt), isAnswer: false, name: null },
      ...(answers?.messages ?? []),
    ],
  }
}

function readEmbeddings(
  request: JsonObject | null,
  response: JsonObject | null,
): Conversation | null {
  const inputs = [request?.input].flat().filter((item) => typeof item === 'string') as string[]
  if (inputs.length === 0) return null
  const vectors = asObjects(response?.data)
  const [first] = vectors
  const size = Array.isArray(first?.embedding)
    ? `${String(first.embedding.length)} dimensions`
    : 'encoded'
  return {
    tools: [],
    settings: [],
    error: null,
    stopReason: null,
    messages: [
      ...inputs.map((input) => ({
        role: 'user' as const,
        blocks: text(input),
        isAnswer: false,
        name: null,
      })),
      ...(vectors.length === 0
        ? []
        : [
            {
              role: 'assistant' as const,
              blocks: [
                {
                  kind: 'attachment' as const,
                  label: `${String(vectors.length)} × vector, ${size}`,
                },
              ],
              isAnswer: true,
              name: null,
            },
          ]),
    ],
  }
}

function errorOf(response: JsonObject | null): string | null {
  const error = asObject(response?.error)
  return asString(error?.message) ?? asString(response?.error)
}
