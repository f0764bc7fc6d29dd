/**
 * Holds an answer back until its first bytes that say something are there, so that a provider which accepts and then
 * fails or stalls can still be retried. Of events a few KB are held at most, then the bytes flow as they come; a small whole
 * answer is held until it is whole, because half of it is of no use to anybody.
 */
import { announces } from './announcements.ts'

/** Held bytes of events that count as an answer whatever they are. */
const MOST_HELD_BYTES = 16 * 1024
/** Up to here an answer of known length is waited for whole. */
const MOST_WHOLE_BYTES = 64 * 1024

export type Opened =
  | { kind: 'answer'; response: Response }
  /** The body broke off before anything was passed on. */
  | { kind: 'broken' }
  | { kind: 'timeout' }
  | { kind: 'client_abort' }

/**
 * Waits at most `limitMs` (`Infinity` is for ever) for the body's first bytes. Each part that does not end the wait sets
 * the limit anew, to `restMs(isFirst)`: `isFirst` while nothing was said, as in an event stream comments, blank lines,
 * pings and announcements do not count. The answer has the same status, headers and bytes. A body that ends before it said
 * anything is an answer; one that breaks is none.
 */
export async function awaitFirstBytes(
  response: Response,
  limitMs: number,
  signal: AbortSignal,
  restMs: (isFirst: boolean) => number = () => limitMs,
): Promise<Opened> {
  if (response.body === null) return { kind: 'answer', response }
  const isEvents = response.headers.get('content-type')?.includes('event-stream') ?? false
  const reader = response.body.getReader()
  const end = interruption(limitMs, signal)
  const holding = isEvents
    ? holdEvents(reader, () => end.again(restMs(true)))
    : response.ok && isSmall(response.headers)
      ? holdAll(reader, () => end.again(restMs(false)))
      : holdFirst(reader)
  try {
    const held = await Promise.race([holding, end.promise])
    if (Array.isArray(held)) {
      const init = { status: response.status, statusText: response.statusText }
      const body = flowing(held, reader)
      const headers = response.headers
      return {
        kind: 'answer',
        response: new Response(body, { ...init, headers, encodeBody: 'manual' }),
      }
    }
    reader.cancel().catch(() => undefined)
    return held
  } catch {
    return { kind: signal.aborted ? 'client_abort' : 'broken' }
  } finally {
    end.clear()
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function holdFirst(reader: Reader): Promise<Uint8Array[]> {
  const { done, value } = await reader.read()
  return done ? [] : [value]
}

async function holdAll(reader: Reader, onPart: () => void): Promise<Uint8Array[]> {
  const held: Uint8Array[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return held
    held.push(value)
    onPart()
  }
}

async function holdEvents(reader: Reader, onPart: () => void): Promise<Uint8Array[]> {
  const held: Uint8Array[] = []
  const decoder = new TextDecoder()
  let line = ''
  let total = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return held
    held.push(value)
    total += value.byteLength
    if (total > MOST_HELD_BYTES) return held
    const lines = (line + decoder.decode(value, { stream: true })).split(/\r\n|\r|\n/)
    // A line counts when it has come to its end.
    line = lines.pop() ?? ''
    if (lines.some((whole) => !SAYS_NOTHING.test(whole) && !announces(whole))) return held
    onPart()
  }
}

/** Lines that keep a connection open: comments, fields other than data, and pings. */
const SAYS_NOTHING = /^(?::|event:|id:|retry:|data: ?(?:\{\s*"type"\s*:\s*"ping"|\s*$)|\s*$)/

function isSmall(headers: Headers): boolean {
  const length = headers.get('content-length')
  return length !== null && /^\d+$/.test(length) && Number(length) <= MOST_WHOLE_BYTES
}

type Interruption = Extract<Opened, { kind: 'timeout' | 'client_abort' }>

function interruption(
  limitMs: number,
  signal: AbortSignal,
): { promise: Promise<Interruption>; again: (limitMs: number) => void; clear: () => void } {
  const { promise, resolve } = Promise.withResolvers<Interruption>()
  const onAbort = (): void => resolve({ kind: 'client_abort' })
  const start = (ms: number): ReturnType<typeof setTimeout> | null =>
    ms === Infinity ? null : setTimeout(() => resolve({ kind: 'timeout' }), Math.max(0, ms))
  let timer = start(limitMs)
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return {
    promise,
    again: (ms) => {
      stop()
      timer = start(ms)
    },
    clear: () => {
      stop()
      signal.removeEventListener('abort', onAbort)
    },
  }
}

function flowing(
  held: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const first = held.shift()
        if (first !== undefined) {
          controller.enqueue(first)
          return
        }
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel(reason) {
        await reader.cancel(reason)
      },
    },
    // Nothing is read ahead of the client, and the end follows the last bytes at once.
    { highWaterMark: 0 },
  )
}
