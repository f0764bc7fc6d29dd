/**
 * The request's body on its way to the provider. A small body of known length is read at once and sent with its length;
 * a policy that compares, changes or repeats it may ask for more; anything else streams through, its length kept when it
 * is known, so that nothing is ever buffered whole.
 */
import { contentLength } from '../content-length.ts'
import type { Exchange } from '../exchange.ts'
import { pump } from '../pump.ts'
import { HeldBytes } from './held-bytes.ts'
import { readWhole } from './whole-body.ts'
import type { Read } from './whole-body.ts'

export type TakenBody =
  /** In memory, captured; null when there is none. */
  | { kind: 'whole'; bytes: Uint8Array | null }
  /** To be sent once: opening it begins to read and to capture. */
  | { kind: 'stream'; open: () => ReadableStream<Uint8Array> }
  /** The client broke off its upload. */
  | { kind: 'cut' }

/** Bodies up to here are read before the provider is called: it needs them whole anyway. */
const READ_AT_ONCE_BYTES = 64 * 1024
const BUFFER_BYTES = 64 * 1024

/** `holdBytes`: a body up to here is wanted whole, also when nobody said how long it is; null when none is. */
export async function takeBody(exchange: Exchange, holdBytes: number | null): Promise<TakenBody> {
  const { request, requestBody, requestHeaders } = exchange
  const length = contentLength(requestHeaders['content-length'])
  if (holdBytes === null && isSmall(length) && mayHaveBody(request)) {
    // Asking for the body makes a stream of it, which a small one need not be.
    return await takeSmall(exchange)
  }
  if (request.body === null) return NO_BODY
  if (!mayHaveBody(request)) {
    exchange.warnings.push({
      code: 'request_body_ignored',
      header: null,
      message: `The body of a ${request.method} request was not passed on.`,
    })
    return NO_BODY
  }
  try {
    const read = await readUpTo(exchange, holdBytes, length)
    if (read.kind === 'stream') {
      return { kind: 'stream', open: () => passOn(exchange, read.body, read.length) }
    }
    if (read.bytes !== null) requestBody.takeWhole(read.bytes)
    return read
  } catch {
    return { kind: 'cut' }
  }
}

const NO_BODY: TakenBody = { kind: 'whole', bytes: null }

async function takeSmall({ request, requestBody }: Exchange): Promise<TakenBody> {
  try {
    const bytes = new Uint8Array(await request.arrayBuffer())
    requestBody.takeWhole(bytes)
    return { kind: 'whole', bytes }
  } catch {
    return { kind: 'cut' }
  }
}

async function readUpTo(
  exchange: Exchange,
  holdBytes: number | null,
  length: number | null,
): Promise<Read> {
  const { request } = exchange
  const { body } = request
  if (body === null) return { kind: 'whole', bytes: null }
  if (holdBytes !== null) {
    exchange.held = new HeldBytes()
    return await readWhole(request, holdBytes, exchange.held)
  }
  return { kind: 'stream', body, length }
}

/** Streams a body on, capturing it. `length` is its exact size when it is known. */
function passOn(
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
      // Only the client's side of it: a provider that hangs up is a provider's failure. It counts when no answer comes.
      exchange.isUploadCut = end === 'source_failed'
    },
  })
  return readable
}

function isSmall(length: number | null): boolean {
  return length !== null && length > 0 && length <= READ_AT_ONCE_BYTES
}

/** The runtime refuses to send one with these; such a body has no meaning anyway (RFC 9110 §9.3.1). */
function mayHaveBody({ method }: Request): boolean {
  return method !== 'GET' && method !== 'HEAD'
}
