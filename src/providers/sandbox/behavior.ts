/**
 * What a caller asks of the sandbox besides an answer: errors, latency, slow or broken streams.
 * By model name (`sandbox-error-429`, `sandbox-slow`, …) or by `x-sandbox-*` headers; see
 * docs/reference/sandbox.md. Times in ms. Header values that are not whole numbers are ignored.
 */

export interface Behavior {
  /** Wait before the response headers. */
  readonly latencyMs: number
  /** Wait between two content chunks of a stream. */
  readonly chunkDelayMs: number
  /** Exact number of content chunks; null lets the text decide. */
  readonly chunks: number | null
  /** How the body ends: as it should, cut off midway, silent from midway, or with an error event. */
  readonly ending: 'whole' | 'broken' | 'stalled' | 'error-event'
  /** Status to fail with, before any answer is made. */
  readonly errorStatus: number | null
}

const LONGEST_WAIT_MS = 30_000
const MOST_CHUNKS = 5_000
const SLOW_MS = 3_000
/** A stall ends by the caller's patience; this bounds a caller that has none. */
export const STALL_MS = 600_000

export function readBehavior(model: string, headers: Headers): Behavior {
  const name = model.slice(model.lastIndexOf('/') + 1)
  const status = /^sandbox-error-([45]\d\d)$/.exec(name)?.[1]
  const slow = name === 'sandbox-slow' ? SLOW_MS : 0
  const chunks = wholeNumber(headers, 'x-sandbox-chunks', MOST_CHUNKS)
  return {
    latencyMs: wholeNumber(headers, 'x-sandbox-latency-ms', LONGEST_WAIT_MS) ?? slow,
    chunkDelayMs: wholeNumber(headers, 'x-sandbox-chunk-delay-ms', LONGEST_WAIT_MS) ?? 0,
    chunks: chunks === 0 ? null : chunks,
    ending: endingOf(name),
    errorStatus: status === undefined ? null : Number(status),
  }
}

function endingOf(name: string): Behavior['ending'] {
  if (name === 'sandbox-broken') return 'broken'
  if (name === 'sandbox-stall') return 'stalled'
  return name === 'sandbox-error-stream' ? 'error-event' : 'whole'
}

function wholeNumber(headers: Headers, name: string, most: number): number | null {
  const value = headers.get(name)?.trim() ?? ''
  return /^\d{1,9}$/.test(value) ? Math.min(Number(value), most) : null
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error)
    if (ms <= 0) return resolve()
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
  })
}
