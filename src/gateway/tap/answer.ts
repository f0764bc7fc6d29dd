/**
 * The body for the client. A small whole answer of known length is read at once, so that its length survives and a half
 * one can still become a clear error; everything else flows through the tap.
 */
import { joinBytes } from '../../lib/bytes.ts'
import { isBodyless } from '../../lib/statuses.ts'
import { elapsed } from '../exchange.ts'
import type { Exchange } from '../exchange.ts'
import { describeExpiry } from '../expiry.ts'
import { canCarryErrorEvent, nextSequence, streamErrorEvent } from './stream-error.ts'
import { tapBody } from './tap.ts'
import type { FlowEnd } from './tap.ts'

const READ_AT_ONCE_BYTES = 64 * 1024
/** Nobody sends 64 KB for longer than this without a pause. */
const SHORT_IDLE_MS = 60_000

export type AnswerBody =
  | { kind: 'body'; body: BodyInit | null }
  /** The provider broke off, or fell silent, before a whole answer was there; nothing was sent to the client yet. */
  | { kind: 'broken' }
  | { kind: 'timeout' }

export async function answerBody(
  upstream: Response,
  exchange: Exchange,
  onEnd: (end: FlowEnd) => void,
): Promise<AnswerBody> {
  const length = contentLength(upstream.headers)
  const isEvents = upstream.headers.get('content-type')?.includes('event-stream') ?? false
  const isSmall = length !== null && length <= READ_AT_ONCE_BYTES && !isEvents
  // Asking for the body makes a stream of it, which a small one need not be.
  if (isSmall && hasBody(upstream, exchange, length)) {
    return await readAtOnce(upstream, exchange, onEnd)
  }
  const { body } = upstream
  if (body === null) {
    onEnd('complete')
    return { kind: 'body', body: null }
  }
  const lastWord = canCarryErrorEvent(upstream.headers) ? lastWordFor(exchange) : null
  const options = { length, isEventStream: isEvents, lastWord }
  return { kind: 'body', body: tapBody(body, exchange, options, onEnd) }
}

/** What the protocol says; false where only the runtime knows. */
function hasBody({ status }: Response, { request }: Exchange, length: number): boolean {
  return length > 0 && request.method !== 'HEAD' && !isBodyless(status)
}

async function readAtOnce(
  upstream: Response,
  exchange: Exchange,
  onEnd: (end: FlowEnd) => void,
): Promise<AnswerBody> {
  const { flow, lead, over, responseBody, request } = exchange
  const expiry = watchReading(exchange)
  const reading = wantsParts(exchange)
    ? readParts(upstream, expiry.again)
    : readFast(upstream, exchange)
  try {
    const bytes = await Promise.race([reading.whole, expiry.promise, over ?? expiry.promise])
    if (bytes === null || typeof bytes === 'string') reading.stop()
    if (bytes === null || bytes === 'timeout') return { kind: 'timeout' }
    if (bytes === 'gone') {
      onEnd('client_abort')
      return { kind: 'body', body: null }
    }
    flow.firstByteMs = elapsed(exchange)
    flow.lastByteMs = flow.firstByteMs
    flow.chunks = 1
    if (lead === null) responseBody.takeWhole(bytes)
    onEnd('complete')
    return { kind: 'body', body: bytes }
  } catch {
    if (!request.signal.aborted) return { kind: 'broken' }
    onEnd('client_abort')
    return { kind: 'body', body: null }
  } finally {
    expiry.clear()
  }
}

/** Resolves with null when the idle or the total timer fires, and names it in the exchange. */
function watchReading(exchange: Exchange): {
  promise: Promise<null>
  /** Something came: the idle timer begins anew. */
  again: () => void
  clear: () => void
} {
  const { promise, resolve } = Promise.withResolvers<null>()
  const start = (): ReturnType<typeof setTimeout> => {
    const { idleMs, totalMs } = exchange.time
    const totalLeftMs = (totalMs ?? Infinity) - elapsed(exchange)
    const name = totalLeftMs < idleMs ? 'total' : 'idle'
    const expire = (): void => {
      exchange.timer = name
      resolve(null)
    }
    return setTimeout(expire, Math.max(0, Math.min(idleMs, totalLeftMs)))
  }
  let timer = start()
  const clear = (): void => clearTimeout(timer)
  return {
    promise,
    again: () => {
      clear()
      timer = start()
    },
    clear,
  }
}

/** Under a short idle timer it counts when something comes; and what others read too must be left part by part. */
function wantsParts({ cache, time }: Exchange): boolean {
  return cache !== null || time.idleMs < SHORT_IDLE_MS
}

interface Reading {
  whole: Promise<Uint8Array>
  /** Nobody wants it any more: frees the provider's socket. */
  stop: () => void
}

/** What the runtime reads by itself can be stopped at its source only. */
function readFast(upstream: Response, { cutUpstream }: Exchange): Reading {
  return {
    whole: upstream.arrayBuffer().then((buffer) => new Uint8Array(buffer)),
    stop: cutUpstream,
  }
}

function readParts({ body }: Response, onPart: () => void): Reading {
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const read = async (): Promise<Uint8Array> => {
    const parts: Uint8Array[] = []
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return joinBytes(parts)
      parts.push(value)
      onPart()
    }
  }
  return { whole: read(), stop: () => void reader.cancel().catch(() => undefined) }
}

/** The error event that ends a stream on which a timer fired, so that the client's SDK raises instead of believing it. */
function lastWordFor(exchange: Exchange): () => Uint8Array {
  return () =>
    streamErrorEvent(exchange.dialect, {
      code: 'upstream_timeout',
      message: describeExpiry(exchange),
      status: 504,
      requestId: exchange.requestId,
      sequence: nextSequence(exchange.responseBody.finish().bytes),
    })
}

function contentLength(headers: Headers): number | null {
  const value = headers.get('content-length')
  return value !== null && /^\d+$/.test(value) ? Number(value) : null
}
