/**
 * AWS event stream framing (`application/vnd.amazon.eventstream`): length-prefixed binary messages with two checksums.
 * A body whose middle was cut out is resynchronised at the next message whose checksums hold.
 */
import { EventStreamCodec } from '@smithy/eventstream-codec'

const MINIMUM_MESSAGE_BYTES = 16
/** False starts after which the rest is given up: each costs an exception. */
const MAXIMUM_MISSES = 1_000
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : decoder.decode(bytes)),
  (text) => encoder.encode(text),
)

export interface EventStreamMessage {
  /** `:event-type`, or `:exception-type` for an exception. */
  name: string
  isException: boolean
  body: Uint8Array
}

/** Messages in order. Bytes that belong to no whole message are passed over. */
export function readEventStream(bytes: Uint8Array): EventStreamMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const messages: EventStreamMessage[] = []
  let offset = 0
  let misses = 0
  while (offset + MINIMUM_MESSAGE_BYTES <= bytes.byteLength && misses < MAXIMUM_MISSES) {
    const length = messageLength(view, offset)
    const message = length === 0 ? null : decodeMessage(bytes.subarray(offset, offset + length))
    if (message) messages.push(message)
    else if (length > 0) misses += 1
    offset += message ? length : 1
  }
  return messages
}

/** True when the bytes begin with a message of this framing. */
export function looksLikeEventStream(bytes: Uint8Array): boolean {
  if (bytes.byteLength < MINIMUM_MESSAGE_BYTES || bytes[0] !== 0) return false
  return messageLength(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0) > 0
}

/** Length of the message that could start at `offset`, or 0: cheap enough to be asked at every byte. */
function messageLength(view: DataView, offset: number): number {
  const length = view.getUint32(offset)
  if (length < MINIMUM_MESSAGE_BYTES || offset + length > view.byteLength) return 0
  return view.getUint32(offset + 4) + MINIMUM_MESSAGE_BYTES <= length ? length : 0
}

function decodeMessage(bytes: Uint8Array): EventStreamMessage | null {
  try {
    const { headers, body } = codec.decode(bytes)
    const exception = headers[':exception-type'] ?? headers[':error-code']
    const name = exception ?? headers[':event-type']
    return { name: String(name?.value ?? ''), isException: exception !== undefined, body }
  } catch {
    return null
  }
}
