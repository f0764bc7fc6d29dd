/**
 * The body for the client. A small whole answer of known length is read at once, so that its length survives and a half
 * one can still become a clear error; everything else flows through the tap.
 */
import { joinBytes } from '../../lib/bytes.ts'
import { isBodyless } from '../../lib/statuses.ts'
import { contentLength } from '../content-length.ts'
import type { CallWatch } from '../dispatch/watch.ts'
import { elapsed } from '../exchange.ts'
import type { Exchange } from '../exchange.ts'
import { describeExpiry } from '../expiry.ts'
import { watchLeaving } from './leaving.ts'
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
  const length = contentLength(upstream.headers.get('content-length'))
  const isEvents = upstream.headers.get('content-type')?.includes('event-stream') ?? false
  const isSmall = length !== null && length <= READ_AT_ONCE_BYTES && !isEvents
  // Asking for the body makes a stream of it, which a small one need not be.
  if (isSmall && hasBody(upstream, exchange, length)) {
    return await readAtOnce(upstream, exchange, onEnd)
  }
  const { body } = upstream
  if (body === null) {
    exchange.watch?.stop()
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
  const { flow, lead, responseBody, request, watch } = exchange
  const reading =
    watch === null || wantsParts(exchange)
      ? readParts(upstream, exchange)
      : readFast(upstream, exchange, watch)
  try {
    const bytes = await reading.ended
    if (bytes === 'timeout' || bytes === 'gone') {
      reading.abandon()
      if (bytes === 'timeout') return { kind: 'timeout' }
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
    reading.stop()
  }
}

/** Under a short idle timer it counts when something comes; and what others read too must be left part by part. */
function wantsParts({ cache, time }: Exchange): boolean {
  return cache !== null || time.idleMs < SHORT_IDLE_MS
}

interface Reading {
  /** `timeout`: the idle or the total timer fired, and the exchange names it. */
  ended: Promise<Uint8Array | 'timeout' | 'gone'>
  /** Its timers. */
  stop: () => void
  /** Nobody wants it any more: frees the provider's socket. */
  abandon: () => void
}

/** What the runtime reads by itself can be stopped at its source only. */
function readFast(upstream: Response, exchange: Exchange, watch: CallWatch): Reading {
  const { name, ms } = nextExpiry(exchange)
  watch.limit(ms)
  const end = async (): Promise<Uint8Array | 'timeout' | 'gone'> => {
    const first = await Promise.race([upstream.arrayBuffer(), watch.over])
    if (first === 'timeout') exchange.timer = name
    return typeof first === 'string' ? first : new Uint8Array(first)
  }
  return { ended: end(), stop: watch.stop, abandon: watch.cut }
}

function readParts({ body }: Response, exchange: Exchange): Reading {
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const expiry = watchReading(exchange)
  const read = async (): Promise<Uint8Array> => {
    const parts: Uint8Array[] = []
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return joinBytes(parts)
      parts.push(value)
      expiry.again()
    }
  }
  const ends: Promise<Uint8Array | 'timeout' | 'gone'>[] = [read(), expiry.promise]
  const leaving = watchLeaving(exchange)
  if (leaving !== null) ends.push(leaving.gone)
  else if (exchange.watch !== null) ends.push(exchange.watch.over)
  const stop = (): void => {
    expiry.clear()
    leaving?.forget()
    exchange.watch?.stop()
  }
  const abandon = (): void => void reader.cancel().catch(() => undefined)
  return { ended: Promise.race(ends), stop, abandon }
}

/** Resolves when the idle or the total timer fires, and names it in the exchange. */
function watchReading(exchange: Exchange): {
  promise: Promise<'timeout'>
  /** Something came: the idle timer begins anew. */
  again: () => void
  clear: () => void
} {
  const { promise, resolve } = Promise.withResolvers<'timeout'>()
  const start = (): ReturnType<typeof setTimeout> => {
    const { name, ms } = nextExpiry(exchange)
    return setTimeout(() => {
      exchange.timer = name
      resolve('timeout')
    }, ms)
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

/** Of the timers that run while an answer is read, the first; ms from now. */
function nextExpiry(exchange: Exchange): { name: 'idle' | 'total'; ms: number } {
  const { idleMs, totalMs } = exchange.time
  const totalLeftMs = totalMs === null ? Infinity : totalMs - elapsed(exchange)
  return totalLeftMs < idleMs
    ? { name: 'total', ms: Math.max(0, totalLeftMs) }
    : { name: 'idle', ms: idleMs }
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
