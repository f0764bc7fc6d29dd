/**
 * Is a 200 really the whole, good answer? Providers report failures inside a 200 as well, in an event or in the body, and
 * an answer can end early without its connection breaking. Looked at behind the answer, so that it costs the client nothing.
 */
import { asObject } from '../../dialects/canonical/json.ts'
import type { Dialect } from '../../dialects/canonical/summary.ts'
import { joinBytes } from '../../lib/bytes.ts'

/** Of longer answers only the end is looked at: it says whether they are whole. */
const LOOKED_AT_BYTES = 1024 * 1024

const decoder = new TextDecoder()

const ERROR_EVENT = /^event: ?(?:error|response\.failed)\b/m
/** Lines that may hold an error: only these are worth parsing. */
const SUSPECT = /"error"|"base_resp"|"choices"\s*:\s*null/
/** No model answers with a page: what stands between does. */
const PAGE = /html/

/** What the last events of a whole stream hold, where the dialect has such a mark. */
const LAST_EVENTS: Partial<Record<Dialect, RegExp>> = {
  'openai-chat': /^data: ?\[DONE\]|"finish_reason"\s*:\s*"/m,
  'openai-completions': /^data: ?\[DONE\]|"finish_reason"\s*:\s*"/m,
  'openai-responses': /"type"\s*:\s*"response\.(?:completed|incomplete)"/,
  'anthropic-messages': /"type"\s*:\s*"message_stop"/,
  gemini: /"finishReason"\s*:\s*"/,
}

/** `headers` are the provider's. Compressed bytes cannot be looked into, and were not asked for: they are not kept. */
export function isWholeAnswer(
  dialect: Dialect,
  headers: readonly (readonly [name: string, value: string])[],
  chunks: readonly Uint8Array[],
): boolean {
  const encoding = headerOf(headers, 'content-encoding')
  if (encoding !== '' && encoding !== 'identity') return false
  const type = headerOf(headers, 'content-type')
  const { text, isAll } = textOf(chunks)
  if (type.includes('event-stream')) {
    return !hasErrorEvent(text) && (LAST_EVENTS[dialect]?.test(text) ?? true)
  }
  if (/\bjson\b/.test(type) && !type.includes('jsonl')) {
    if (!isAll) return true
    const value = parsed(text)
    return value !== undefined && !isFailure(value)
  }
  return !PAGE.test(type)
}

function hasErrorEvent(text: string): boolean {
  if (ERROR_EVENT.test(text)) return true
  return text.split(/\r\n|\r|\n/).some((line) => {
    if (!line.startsWith('data:') || !SUSPECT.test(line)) return false
    return isFailure(parsed(line.slice('data:'.length)))
  })
}

/** An error at the top, MiniMax's status in its stead, or no choices where some belong: what a model says is further down. */
function isFailure(value: unknown): boolean {
  const answer = asObject(value)
  if (answer === null) return false
  const status = asObject(answer['base_resp'])?.['status_code'] ?? 0
  const { error } = answer
  const hasError =
    (typeof error === 'object' && error !== null) || (typeof error === 'string' && error !== '')
  return hasError || answer['type'] === 'error' || answer['choices'] === null || status !== 0
}

function headerOf(
  headers: readonly (readonly [name: string, value: string])[],
  name: string,
): string {
  return headers.find(([each]) => each === name)?.[1].toLowerCase() ?? ''
}

function textOf(chunks: readonly Uint8Array[]): { text: string; isAll: boolean } {
  const last: Uint8Array[] = []
  let bytes = 0
  for (const chunk of chunks.toReversed()) {
    last.push(chunk)
    bytes += chunk.byteLength
    if (bytes >= LOOKED_AT_BYTES) break
  }
  const all = joinBytes(last.toReversed())
  return { text: decoder.decode(all), isAll: last.length === chunks.length }
}

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
