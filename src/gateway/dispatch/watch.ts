/**
 * Ends a provider call when the client goes away or the provider takes too long. Listening to the client's signal costs a
 * fifth of a forwarded call, so it begins only when the call has lasted a moment: whoever left before is seen then.
 */

const LISTEN_AFTER_MS = 50

export interface CallWatch {
  signal: AbortSignal
  hasTimedOut: () => boolean
  cut: () => void
  /** The timer only: the client is listened to until its answer has ended. */
  stop: () => void
}

/** `waiting` answers the signal of whoever waits for the call. */
export function watchCall(waiting: () => AbortSignal, timeoutMs: number): CallWatch {
  const controller = new AbortController()
  let hasTimedOut = false
  const expire = (): void => {
    hasTimedOut = true
    controller.abort()
  }
  const listen = (): void => {
    const signal = waiting()
    if (signal.aborted) controller.abort()
    signal.addEventListener('abort', () => controller.abort(), { once: true })
    timer = setTimeout(expire, Math.max(0, timeoutMs - LISTEN_AFTER_MS))
  }
  let timer = setTimeout(listen, Math.min(LISTEN_AFTER_MS, timeoutMs))
  return {
    signal: controller.signal,
    hasTimedOut: () => hasTimedOut,
    cut: () => controller.abort(),
    stop: () => clearTimeout(timer),
  }
}
