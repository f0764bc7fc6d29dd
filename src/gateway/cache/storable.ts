/**
 * Is a 200 really the whole, good answer? Providers report failures inside a 200 as well, in an event or in the body, and
 * an answer can end early without its connection breaking. Looked at behind the answer, so that it costs the client nothing.
 */
import type { Dialect } from '../../dialects/canonical/summary.ts'
import { joinBytes } from '../../lib/bytes.ts'

/** Of longer answers only the end is looked at: it says whether they are whole. */
const LOOKED_AT_BYTES = 1024 * 1024

const decoder = new TextDecoder()

const ERROR_EVENT = /^event: ?(?:error|response\.failed)\b/m
/**
 * A member called error that holds something, MiniMax's status in its stead, or no choices where there must be some. Text
 * of the model cannot look like it: its quotes are escaped.
 */
const ERROR_MEMBER =
  /[{,]\s*"error"\s*:\s*[{"]|^[^{]*\{\s*"type"\s*:\s*"error"|"status_code"\s*:\s*[1-9]|"choices"\s*:\s*null/m
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
    return !isFailure(text) && (LAST_EVENTS[dialect]?.test(text) ?? true)
  }
  if (/\bjson\b/.test(type) && !type.includes('jsonl')) {
    return !isAll || (!isFailure(text) && isJson(text))
  }
  return !PAGE.test(type)
}

function isFailure(text: string): boolean {
  return ERROR_EVENT.test(text) || ERROR_MEMBER.test(text)
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
