/**
 * The request's body on its way to the provider. A small body of known length is read at once and sent with its length;
 * anything else streams through, its length kept when it is known, so that nothing is ever buffered whole.
 */
import type { Exchange } from '../exchange.ts'
import { pump } from '../pump.ts'

/** Bodies up to here are read before the provider is called: it needs them whole anyway. */
const READ_AT_ONCE_BYTES = 64 * 1024
const BUFFER_BYTES = 64 * 1024

/** The body to send upstream, captured on the way. `isBroken`: the client went away while it was read. */
export async function openRequestBody(
  exchange: Exchange,
): Promise<{ isBroken: boolean; body: BodyInit | null }> {
  try {
    return { isBroken: false, body: await open(exchange) }
  } catch {
    return { isBroken: true, body: null }
  }
}

async function open(exchange: Exchange): Promise<BodyInit | null> {
  const { request, requestBody } = exchange
  if (request.body === null) return null
  if (request.method === 'GET' || request.method === 'HEAD') {
    // The runtime refuses to send one; such a body has no meaning anyway (RFC 9110 §9.3.1).
    exchange.warnings.push({
      code: 'request_body_ignored',
      header: null,
      message: `The body of a ${request.method} request was not passed on.`,
    })
    return null
  }
  const length = contentLength(request.headers)
  if (length !== null && length <= READ_AT_ONCE_BYTES) {
    const bytes = new Uint8Array(await request.arrayBuffer())
    requestBody.takeWhole(bytes)
    return bytes
  }
  return passOn(exchange, request.body, length)
}

/** Streams a body on, capturing it. `length` is its exact size when it is known. */
export function passOn(
  exchange: Exchange,
  body: ReadableStream<Uint8Array>,
  length: number | null,
): ReadableStream<Uint8Array> {
  const { requestBody } = exchange
  const { readable } = pump(body, {
    length,
    bufferBytes: BUFFER_BYTES,
    onPart: (part) => requestBody.add(part),
    onEnd: (end) => {
      // Either side may have gone; it only counts when no answer comes.
      exchange.isUploadCut = end !== 'complete'
    },
  })
  return readable
}

/** Content-Length as a whole number of bytes, or null. */
export function contentLength(headers: Headers): number | null {
  const value = headers.get('content-length')
  if (value === null || !/^\d+$/.test(value)) return null
  return Number(value)
}
