/**
 * Splits a response body into JSON values: one for a whole body, many in order for a stream. Streams come as SSE, as AWS
 * event stream, as a JSON array (Gemini without `alt=sse`) or as JSON lines. Invalid pieces are handed out as text, so
 * that the caller can still salvage from them. Never throws.
 */
import { createParser } from 'eventsource-parser'
import { asObject, type JsonObject } from '../canonical/json.ts'
import { looksLikeEventStream, readEventStream } from './event-stream.ts'
import { objectEnd } from './salvage.ts'

export interface Frame {
  name: string | null
  /** Null when the piece was not a JSON object; `text` then holds it. */
  value: JsonObject | null
  text: string
}

export type Frames =
  | { kind: 'whole'; value: unknown; text: string }
  | { kind: 'broken'; text: string }
  | { kind: 'stream'; frames: Frame[]; text: string }
  | { kind: 'opaque' }

export function readFrames(bytes: Uint8Array, contentType: string | null): Frames {
  const type = (contentType ?? '').toLowerCase()
  if (bytes.byteLength === 0) return { kind: 'opaque' }
  if (type.includes('vnd.amazon.eventstream') || looksLikeEventStream(bytes)) {
    return { kind: 'stream', frames: eventStreamFrames(bytes), text: '' }
  }
  if (/^(?:audio|image|video)\/|octet-stream/.test(type)) return { kind: 'opaque' }
  const text = new TextDecoder().decode(bytes)
  if (type.includes('event-stream') || /^\s*(?:data|event|id|retry)?:/.test(text.slice(0, 64))) {
    return { kind: 'stream', frames: sseFrames(text), text }
  }
  return jsonFrames(text)
}

function sseFrames(text: string): Frame[] {
  const frames: Frame[] = []
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (data !== '[DONE]') pushFrame(frames, event ?? null, data)
    },
  })
  parser.feed(text)
  // The last event of a cut stream has no blank line behind it.
  parser.feed('\n\n')
  return frames
}

/** A cut can glue two events into one: then each line is tried on its own. */
function pushFrame(frames: Frame[], name: string | null, data: string): void {
  const value = parseObject(data)
  if (value || !data.includes('\n')) {
    frames.push({ name, value, text: data })
    return
  }
  for (const line of data.split('\n')) {
    if (line.trim() !== '') frames.push({ name, value: parseObject(line), text: line })
  }
}

function eventStreamFrames(bytes: Uint8Array): Frame[] {
  const decoder = new TextDecoder()
  return readEventStream(bytes).map(({ name, body, isException }) => {
    const text = decoder.decode(body)
    const value = parseObject(text)
    if (isException) return { name: 'exception', value: { ...value, exceptionType: name }, text }
    return { name, value, text }
  })
}

function jsonFrames(text: string): Frames {
  const value = parse(text)
  if (Array.isArray(value)) {
    return { kind: 'stream', frames: value.map((item) => objectFrame(item)), text }
  }
  if (value !== undefined) return { kind: 'whole', value, text }
  const start = text.trimStart()[0]
  if (start === '[') return { kind: 'stream', frames: arrayFrames(text), text }
  if (start !== '{') return { kind: 'broken', text }
  const lines = lineFrames(text)
  return lines ? { kind: 'stream', frames: lines, text } : { kind: 'broken', text }
}

/** Enough to hold the last element's usage. */
const TAIL_CHARACTERS = 64 * 1024

/**
 * Objects of a JSON array whose text is cut: all whole ones before the cut. Behind it nothing tells elements from the
 * objects within them, so the end is handed out as text, from which the last usage can be salvaged.
 */
function arrayFrames(text: string): Frame[] {
  const frames: Frame[] = []
  let at = text.indexOf('{')
  while (at !== -1) {
    const end = objectEnd(text, at)
    const value = end === -1 ? null : parseObject(text.slice(at, end))
    if (!value) break
    frames.push({ name: null, value, text: '' })
    at = text.indexOf('{', end)
  }
  frames.push({ name: null, value: null, text: text.slice(-TAIL_CHARACTERS) })
  return frames
}

/** JSON lines, told by the first line being a whole object. */
function lineFrames(text: string): Frame[] | null {
  const firstEnd = text.indexOf('\n')
  if (firstEnd === -1 || !parseObject(text.slice(0, firstEnd))) return null
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ name: null, value: parseObject(line), text: line }))
}

function objectFrame(item: unknown): Frame {
  return { name: null, value: asObject(item), text: '' }
}

/** Looks at both ends first: a body of many broken pieces would otherwise cost an exception for each. */
function parseObject(text: string): JsonObject | null {
  const trimmed = text.trim()
  return trimmed.startsWith('{') && trimmed.endsWith('}') ? asObject(parse(trimmed)) : null
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
