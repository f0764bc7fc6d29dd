/**
 * Notices that a provider call is over before its answer: the client went away, or the provider takes too long. Listening
 * to the client's signal costs a fifth of a forwarded call, so it begins only when the call has lasted a moment: whoever
 * left before is seen then. So does a signal on the call itself. A call that is the last of its request needs none: left
 * alone, it ends with its request, as soon as the record is stored.
 */

const LISTEN_AFTER_MS = 50

export interface CallWatch {
  /** For the call; null when it is to be left alone. */
  signal: AbortSignal | null
  /** Resolves when the call is over, never rejects. `gone` may still come when the answer is being read. */
  over: Promise<'gone' | 'timeout'>
  /** Ends the call where it has a signal. */
  cut: () => void
  /** The timer only: the client is listened to until its answer has ended. */
  stop: () => void
}

/** `waiting` answers the signal of whoever waits for the call. `isLast`: the request makes no other call. */
export function watchCall(
  waiting: () => AbortSignal,
  timeoutMs: number,
  isLast: boolean,
): CallWatch {
  const { promise, resolve } = Promise.withResolvers<'gone' | 'timeout'>()
  const controller = isLast ? null : new AbortController()
  const cut = (): void => controller?.abort()
  const end = (why: 'gone' | 'timeout'): void => {
    resolve(why)
    cut()
  }
  const listen = (): void => {
    const signal = waiting()
    if (signal.aborted) return end('gone')
    signal.addEventListener('abort', () => end('gone'), { once: true })
    timer = setTimeout(() => end('timeout'), Math.max(0, timeoutMs - LISTEN_AFTER_MS))
  }
  let timer = setTimeout(listen, Math.min(LISTEN_AFTER_MS, timeoutMs))
  return {
    signal: controller?.signal ?? null,
    over: promise,
    cut,
    stop: () => clearTimeout(timer),
  }
}
