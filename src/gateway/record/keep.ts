/**
 * Decides where a captured body goes: nowhere when the caller omits it, into the batch when it is small, into an R2
 * object of its own when it is big. Fails open: without R2 the head of a big body still travels in the batch.
 */
import type { Exchange, Principal } from '../exchange.ts'
import type { Captured } from '../capture.ts'
import type { KeptBody } from './build.ts'

/** Bodies above this do not travel in a queue message (128 KB at most, both bodies and the record together). */
export const INLINE_BYTES = 40 * 1024

const EMPTY = new Uint8Array(0)

export interface Kept {
  body: KeptBody
  /** Bytes that travel in the batch. */
  inline: Uint8Array
}

type Side = 'request' | 'response'

/** Both bodies, when neither needs an object of its own; else null. Most calls are like that, and need not wait. */
export function keepBoth(
  exchange: Exchange,
  request: Captured,
  response: Captured,
): [request: Kept, response: Kept] | null {
  const keptRequest = keepInline(exchange, 'request', request)
  const keptResponse = keepInline(exchange, 'response', response)
  return keptRequest === null || keptResponse === null ? null : [keptRequest, keptResponse]
}

function keepInline({ headers }: Exchange, side: Side, captured: Captured): Kept | null {
  const isOmitted = side === 'request' ? headers.omitRequest : headers.omitResponse
  if (isOmitted) {
    return {
      body: { bytes: EMPTY, truncatedAt: null, omitted: true, objectKey: null },
      inline: EMPTY,
    }
  }
  if (captured.bytes.byteLength > INLINE_BYTES) return null
  return { body: { ...captured, omitted: false, objectKey: null }, inline: captured.bytes }
}

export async function keepBody(
  exchange: Exchange,
  principal: Principal,
  side: Side,
  captured: Captured,
  bodies: R2Bucket,
): Promise<Kept> {
  const inline = keepInline(exchange, side, captured)
  if (inline !== null) return inline
  const objectKey = bodyKey(exchange, principal, side)
  if (await putTwice(bodies, objectKey, captured.bytes)) {
    return { body: { ...captured, omitted: false, objectKey }, inline: EMPTY }
  }
  return keepEnds(exchange, side, captured)
}

/** `bodies/v1/<org>/<yyyy>/<mm>/<dd>/<id>.<side>` */
function bodyKey(exchange: Exchange, principal: Principal, side: string): string {
  const day = new Date(exchange.startedAt).toISOString().slice(0, 10).replaceAll('-', '/')
  return `bodies/v1/${principal.orgId}/${day}/${exchange.id}.${side}`
}

async function putTwice(bodies: R2Bucket, key: string, bytes: Uint8Array): Promise<boolean> {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await bodies.put(key, bytes)
      return true
    } catch {
      // Tried once more, then kept in part: a lost body must not cost the row.
    }
  }
  return false
}

function keepEnds(exchange: Exchange, side: string, captured: Captured): Kept {
  const { bytes } = captured
  const half = INLINE_BYTES / 2
  const ends = new Uint8Array(INLINE_BYTES)
  ends.set(bytes.subarray(0, half))
  ends.set(bytes.subarray(bytes.byteLength - half), half)
  exchange.warnings.push({
    code: 'body_not_stored',
    header: null,
    message: `The ${side} body could not be stored whole; only its beginning and end were kept.`,
  })
  return {
    body: { bytes: ends, truncatedAt: half, omitted: false, objectKey: null },
    inline: ends,
  }
}
