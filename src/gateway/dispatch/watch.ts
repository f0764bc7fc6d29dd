/**
 * Notices that a provider call is over before its answer is there: the client went away, or the provider takes too long.
 * One timer does for both, from the call to the last byte of a short answer. Listening to the client's signal costs a
 * fifth of a forwarded call, so it begins only when the call has lasted a moment: whoever left before is seen then. So
 * does a signal on the call itself. A call that is the last of its request needs none: left alone, it ends with its
 * request, when the record is stored and whatever else was to be done behind it.
 */

const LISTEN_AFTER_MS = 50

export interface CallWatch {
  /** For the call; null when it is to be left alone. */
  signal: AbortSignal | null
  /** Resolves when the call is over, never rejects. The client may be seen to leave until its answer has ended. */
  over: Promise<'gone' | 'timeout'>
  /** Another limit in the place of the one before, ms from now; `Infinity` is none. */
  limit: (ms: number) => void
  /** Ends the call where it has a signal. */
  cut: () => void
  /** The timer only: who listens to the client already goes on. */
  stop: () => void
}

/** `waiting` answers the signal of whoever waits for the call. `isLast`: the request makes no other call. */
export function watchCall(waiting: () => AbortSignal, limitMs: number, isLast: boolean): CallWatch {
  const { promise, resolve } = Promise.withResolvers<'gone' | 'timeout'>()
  const controller = isLast ? null : new AbortController()
  const cut = (): void => controller?.abort()
  const end = (why: 'gone' | 'timeout'): void => {
    resolve(why)
    cut()
  }
  let dueAt = performance.now() + limitMs
  let isListening = false
  const tick = (): void => {
    const leftMs = dueAt - performance.now()
    if (leftMs <= 0) return end('timeout')
    if (!isListening) {
      isListening = true
      const signal = waiting()
      if (signal.aborted) return end('gone')
      signal.addEventListener('abort', () => end('gone'), { once: true })
    }
    if (leftMs < Infinity) timer = setTimeout(tick, leftMs)
  }
  let timer = setTimeout(tick, Math.min(LISTEN_AFTER_MS, limitMs))
  return {
    signal: controller?.signal ?? null,
    over: promise,
    limit: (ms) => {
      dueAt = ms < Infinity ? performance.now() + ms : Infinity
      // While it has not begun to listen it looks again soon enough, unless the limit is shorter than that.
      if (!isListening && ms > LISTEN_AFTER_MS) return
      clearTimeout(timer)
      if (ms < Infinity) timer = setTimeout(tick, ms)
    },
    cut,
    stop: () => clearTimeout(timer),
  }
}
