/**
 * A stored body, made readable: content encoding undone, JSON parsed, a stream merged into the one response that the
 * provider would have answered without streaming (contract §6.1). Never throws; what nobody can read stays bytes.
 */
import { collectAnthropicMessage } from './anthropic-messages/collect.ts'
import { decodeBody } from './body.ts'
import type { Dialect } from './canonical/summary.ts'
import type { JsonObject } from './canonical/json.ts'
import { readFrames } from './framing/frames.ts'
import type { Frame } from './framing/frames.ts'
import { collectGemini } from './gemini/collect.ts'
import { collectOpenAiChat } from './openai-chat/collect.ts'
import { collectOpenAiCompletion } from './openai-completions/collect.ts'
import { collectOpenAiResponse } from './openai-responses/collect.ts'

export type ReadableBody =
  | { kind: 'json'; value: unknown }
  | { kind: 'text'; text: string }
  /** `raw` is the stream as it came; null for a binary framing. */
  | { kind: 'stream'; value: unknown; raw: string | null }
  | { kind: 'binary'; bytes: Uint8Array }

export interface BodyInput {
  bytes: Uint8Array
  contentType: string | null
  contentEncoding: string | null
  /** As the record has it; an unknown one merges nothing. */
  dialect: string
  role: 'request' | 'response'
  /** Where bytes were left out of the middle; null when all are there. */
  truncatedAt: number | null
}

const CUT_MARK = '\n[… left out …]\n'

export async function readBody(input: BodyInput): Promise<ReadableBody> {
  const isCut = input.truncatedAt !== null
  const bytes = markCut(input, await decodeBody(input.bytes, input.contentEncoding))
  const text = decodeText(bytes, isCut)
  if (input.role === 'request') {
    return text === null ? { kind: 'binary', bytes } : parseText(text)
  }
  const frames = readFrames(bytes, input.contentType)
  const isJsonList = text !== null && /^\s*\[/.test(text)
  // Only Gemini streams a JSON list; anywhere else a list is simply the answer.
  if (frames.kind === 'stream' && (!isJsonList || input.dialect === 'gemini')) {
    return { kind: 'stream', value: mergeStream(input.dialect, frames.frames, text), raw: text }
  }
  return text === null ? { kind: 'binary', bytes } : parseText(text)
}

/** The whole response, or `{streamed_data}` when the stream is of no language that is known here. */
function mergeStream(dialect: string, frames: readonly Frame[], text: string | null): unknown {
  const values = frames.map((frame) => frame.value).filter((value) => value !== null)
  return collect(dialect as Dialect, values) ?? { streamed_data: text ?? values }
}

function collect(dialect: Dialect, values: readonly JsonObject[]): JsonObject | null {
  switch (dialect) {
    case 'openai-chat':
      return collectOpenAiChat(values)
    case 'openai-completions':
      return collectOpenAiCompletion(values)
    case 'openai-responses':
      return collectOpenAiResponse(values)
    case 'anthropic-messages':
    case 'bedrock-invoke':
      return collectAnthropicMessage(values)
    case 'gemini':
      return collectGemini(values)
    default:
      return null
  }
}

/** A cut inside compressed bytes cannot be placed in the text: decoding ends there by itself. */
function markCut({ truncatedAt, contentEncoding }: BodyInput, bytes: Uint8Array): Uint8Array {
  if (truncatedAt === null || contentEncoding !== null) return bytes
  const mark = new TextEncoder().encode(CUT_MARK)
  const marked = new Uint8Array(bytes.byteLength + mark.byteLength)
  marked.set(bytes.subarray(0, truncatedAt))
  marked.set(mark, Math.min(truncatedAt, bytes.byteLength))
  marked.set(bytes.subarray(truncatedAt), Math.min(truncatedAt, bytes.byteLength) + mark.byteLength)
  return marked
}

/** Null for bytes that are no text. A cut may fall inside a letter, which alone does not make it binary. */
function decodeText(bytes: Uint8Array, isCut: boolean): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: !isCut, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}

function parseText(text: string): ReadableBody {
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown }
  } catch {
    return { kind: 'text', text }
  }
}
