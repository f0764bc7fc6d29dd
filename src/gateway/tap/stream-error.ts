/**
 * The event that ends a stream of server-sent events with an error which the client's SDK raises, in the dialect it reads.
 * Written when one of our timers fires behind the first byte: a stream that only stops would pass for a short answer.
 */
import type { Dialect } from '../../dialects/canonical/summary.ts'

/** What the event says. `status` is the HTTP status that it would have been. */
export interface StreamError {
  /** Stable code, such as `upstream_timeout`. */
  code: string
  message: string
  status: number
  requestId: string
  /** OpenAI Responses numbers its events: the number of this one. */
  sequence?: number
}

/**
 * True when an error event can be put behind the bytes that were sent: a plain event stream of no fixed length. Where it
 * cannot (AWS event streams, JSON arrays, compressed bodies) the connection is cut, which SDKs raise too.
 */
export function canCarryErrorEvent(headers: Headers): boolean {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  return (
    (headers.get('content-type')?.includes('text/event-stream') ?? false) &&
    (encoding === 'identity' || encoding === '') &&
    !headers.has('content-length')
  )
}

/** The bytes of the event. Blank lines come first: they end an event that the provider left open. */
export function streamErrorEvent(dialect: Dialect, error: StreamError): Uint8Array {
  const { name, data } = eventOf(dialect, error)
  const event = name === null ? '' : `event: ${name}\n`
  return new TextEncoder().encode(`\n\n${event}data: ${JSON.stringify(data)}\n\n`)
}

/** The number after the last one in a Responses stream's last bytes; 0 when there is none. */
export function nextSequence(tail: Uint8Array): number {
  const text = new TextDecoder().decode(tail)
  const at = text.lastIndexOf(SEQUENCE)
  const number = at === -1 ? null : /^\s*(\d{1,15})\b/.exec(text.slice(at + SEQUENCE.length))?.[1]
  return number ? Number(number) + 1 : 0
}

const SEQUENCE = '"sequence_number":'

function eventOf(dialect: Dialect, error: StreamError): { name: string | null; data: unknown } {
  const { code, message, status } = error
  switch (dialect) {
    case 'openai-chat':
    case 'openai-completions':
      return { name: null, data: { error: { message, type: 'api_error', param: null, code } } }
    case 'openai-responses':
      return {
        name: 'error',
        data: { type: 'error', code, message, param: null, sequence_number: error.sequence ?? 0 },
      }
    case 'anthropic-messages': {
      const type = status === 504 ? 'timeout_error' : 'api_error'
      return {
        name: 'error',
        data: { type: 'error', error: { type, message, code }, request_id: error.requestId },
      }
    }
    case 'gemini': {
      const word = status === 504 ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE'
      return {
        name: null,
        data: { error: { code: status, message, status: word, details: [{ code }] } },
      }
    }
    default:
      return { name: 'error', data: { error: { message, type: 'api_error', code } } }
  }
}
