/**
 * What every dialect's `read.ts` provides: facts of a request, of a whole response and of one stream event.
 * Readers fill the two records below in place and may be called with any JSON at all.
 */
import type { JsonObject } from './json.ts'
import { RAW_CHARACTERS } from './text.ts'
import type { Usage } from './summary.ts'

export interface Asked {
  model: string | null
  stream: boolean
  userId: string | null
  serviceTier: string | null
  /** Last user text, not yet shortened. */
  text: string | null
}

export interface Answered {
  model: string | null
  usage: Usage | null
  /** Usage object as pieced together so far, for dialects that send it in parts. */
  usageParts: JsonObject
  costReportedNano: number | null
  stopReason: string | null
  serviceTier: string | null
  text: string
  toolCalls: number
  /** Tool calls already counted in a stream. */
  toolKeys: Set<string>
  errorMessage: string | null
}

export interface DialectReader {
  request(body: JsonObject, asked: Asked): void
  whole(body: JsonObject, answered: Answered): void
  /** One event of a stream, in order. `name` is the framing's own event name, when it has one. */
  event(event: JsonObject, answered: Answered, name: string | null): void
  /** A usage object on its own: also called with one salvaged from a body that is cut. */
  usage(raw: JsonObject, answered: Answered): void
  /** Keys under which the dialect sends its usage object. */
  usageKeys: readonly string[]
}

export function newAsked(): Asked {
  return { model: null, stream: false, userId: null, serviceTier: null, text: null }
}

export function newAnswered(): Answered {
  return {
    model: null,
    usage: null,
    usageParts: {},
    costReportedNano: null,
    stopReason: null,
    serviceTier: null,
    text: '',
    toolCalls: 0,
    toolKeys: new Set(),
    errorMessage: null,
  }
}

/** Adds a piece of the answer's text, in the order of the wire. What no preview could show is not kept. */
export function addText(answered: Answered, text: unknown): void {
  if (typeof text !== 'string' || answered.text.length >= RAW_CHARACTERS) return
  answered.text += text.length > RAW_CHARACTERS ? text.slice(0, RAW_CHARACTERS) : text
}

/** Counts a tool call once, however many events it is spread over. */
export function countTool(answered: Answered, key: string): void {
  if (answered.toolKeys.has(key)) return
  answered.toolKeys.add(key)
  answered.toolCalls += 1
}
