/**
 * What a request asks for, whichever language it was written in: the common ground of the three
 * readers (chat, Responses, Messages) and the one writer of replies.
 */
import type { Voice } from './failure.ts'
import { Failure } from './failure.ts'
import { isObject, listOf, objectOf, stringOf, type JsonObject } from './json.ts'

/** A tool that the caller runs. `custom` tools take free text instead of JSON. */
export interface Tool {
  readonly name: string
  readonly kind: 'function' | 'custom'
  readonly schema: unknown
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string }

export interface Turn {
  readonly role: string
  /** All text of the turn, tool results included. */
  readonly text: string
  /** Pictures, sounds and files: they cost tokens and have no text. */
  readonly media: number
  /** One entry per tool result that the turn carries. */
  readonly toolResults: readonly string[]
}

export interface Ask {
  readonly model: string
  readonly stream: boolean
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice
  readonly parallelTools: boolean
  /** Null for prose; otherwise the answer is JSON, for `schema` unless that is null. */
  readonly json: { readonly schema: unknown } | null
  readonly maxTokens: number | null
  readonly stops: readonly string[]
  /** Whether the answer starts with thinking, which costs tokens. */
  readonly thinks: boolean
  /** Whether a sentence precedes tool calls, as Anthropic's models do. */
  readonly speaksBeforeTools: boolean
}

/** Model names that reason without being asked: `…think…`, `o1`, `o3-mini`, … */
export function isReasoningModel(model: string): boolean {
  return /think|(^|[^a-z0-9])o[1-9]([^a-z0-9]|$)/i.test(model)
}

/** The body's model; its absence is the vendor's own 400. */
export function requireModel(body: JsonObject, voice: Voice): string {
  const model = stringOf(body['model'])
  if (model !== null && model !== '') return model
  if (voice === 'anthropic') throw new Failure(400, 'model: Field required')
  throw new Failure(400, 'you must provide a model parameter')
}

/** The body's messages as objects that have a role; anything else is the vendor's own 400. */
export function requireMessages(body: JsonObject, voice: Voice): readonly JsonObject[] {
  const messages = body['messages']
  if (messages === undefined) {
    if (voice === 'anthropic') throw new Failure(400, 'messages: Field required')
    const message = "Missing required parameter: 'messages'."
    throw new Failure(400, message, 'messages', 'missing_required_parameter')
  }
  if (!Array.isArray(messages)) throw invalid('messages', 'an array of messages', voice)
  if (messages.length === 0) throw invalid('messages', 'an array with at least one message', voice)
  return messages.map((message: unknown, index) => {
    if (isObject(message) && typeof message['role'] === 'string') return message
    throw invalid(`messages[${index}]`, "an object with a 'role'", voice)
  })
}

/** A 400 that names the parameter and what was expected of it. */
export function invalid(param: string, expected: string, voice: Voice): Failure {
  if (voice === 'anthropic') return new Failure(400, `${param}: Input should be ${expected}`)
  const message = `Invalid value for '${param}': expected ${expected}.`
  return new Failure(400, message, param, 'invalid_value')
}

/** Text of a message's content: a string, or the texts of its parts, whatever the parts are called. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  const texts = listOf(content).map((part) => {
    const { text, refusal, thinking } = objectOf(part)
    return stringOf(text) ?? stringOf(refusal) ?? stringOf(thinking) ?? ''
  })
  return texts.filter((text) => text !== '').join('\n')
}

/** How many pictures, sounds and files a message's content holds. */
export function mediaParts(content: unknown): number {
  return listOf(content).filter((part) => {
    const type = stringOf(objectOf(part)['type']) ?? ''
    return /image|audio|file|document/.test(type)
  }).length
}

export function stopsOf(value: unknown): string[] {
  const stops = typeof value === 'string' ? [value] : listOf(value)
  return stops.filter((stop): stop is string => typeof stop === 'string' && stop !== '')
}
