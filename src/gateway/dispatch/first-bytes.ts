/**
 * Holds an answer back until its first bytes that say something are there, so that a provider which accepts and then
 * fails or stalls can still be retried. What was held is at most a few KB; from then on the bytes flow as they come.
 */

/** Held bytes that count as an answer whatever they are. */
const MOST_HELD_BYTES = 16 * 1024

export type Opened =
  | { kind: 'answer'; response: Response }
  /** The body broke off before anything was said. */
  | { kind: 'unreachable' }
  | { kind: 'timeout' }
  | { kind: 'client_abort' }

/**
 * Waits at most `limitMs` (`Infinity` is for ever) for the body's first bytes; comments and blank lines of an event stream
 * do not count. The answer has the same status, headers and bytes. An empty body is an answer.
 */
export async function awaitFirstBytes(
  response: Response,
  limitMs: number,
  signal: AbortSignal,
): Promise<Opened> {
  if (response.body === null) return { kind: 'answer', response }
  const isEvents = response.headers.get('content-type')?.includes('event-stream') ?? false
  const reader = response.body.getReader()
  const end = interruption(limitMs, signal)
  try {
    const held = await Promise.race([hold(reader, isEvents), end.promise])
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
    return { kind: held }
  } catch {
    return { kind: signal.aborted ? 'client_abort' : 'unreachable' }
  } finally {
    end.clear()
  }
}

async function hold(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  isEvents: boolean,
): Promise<Uint8Array[]> {
  const held: Uint8Array[] = []
  const decoder = new TextDecoder()
  let text = ''
  let total = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return held
    held.push(value)
    total += value.byteLength
    if (!isEvents || total > MOST_HELD_BYTES) return held
    text += decoder.decode(value, { stream: true })
    if (saysSomething(text)) return held
  }
}

/** A line that is neither blank nor a comment. Providers that queue send comments to keep the connection open. */
function saysSomething(text: string): boolean {
  return text.split(/\r\n|\r|\n/).some((line) => line.trim() !== '' && !line.startsWith(':'))
}

function interruption(
  limitMs: number,
  signal: AbortSignal,
): { promise: Promise<'timeout' | 'client_abort'>; clear: () => void } {
  let clear = (): void => undefined
  const promise = new Promise<'timeout' | 'client_abort'>((resolve) => {
    const onAbort = (): void => resolve('client_abort')
    signal.addEventListener('abort', onAbort, { once: true })
    const timer =
      limitMs === Infinity ? null : setTimeout(() => resolve('timeout'), Math.max(0, limitMs))
    clear = () => {
      if (timer !== null) clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    if (signal.aborted) onAbort()
  })
  return { promise, clear }
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
