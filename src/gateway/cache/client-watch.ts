/** The client of a call that may wait for another call: it may go away, or be told to wait no longer. */

export interface ClientWatch {
  /** Fires when the client goes away, or stops waiting for another call's answer. */
  signal: () => AbortSignal
  leave: () => void
  /** Resolves when the client has been gone for so long. `forget` ends the waiting. */
  goneFor: (ms: number) => { promise: Promise<void>; forget: () => void }
}

/** The request's own signal is costly: it is touched only when somebody asks. */
export function watchClient(request: Request): ClientWatch {
  const controller = new AbortController()
  let isWatching = false
  const leave = (): void => controller.abort()
  const signal = (): AbortSignal => {
    if (!isWatching) {
      isWatching = true
      if (request.signal.aborted) leave()
      else request.signal.addEventListener('abort', leave, { once: true })
    }
    return controller.signal
  }
  return {
    signal,
    leave,
    goneFor: (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      let timer: ReturnType<typeof setTimeout> | null = null
      const start = (): void => {
        timer = setTimeout(resolve, ms)
      }
      if (signal().aborted) start()
      else signal().addEventListener('abort', start, { once: true })
      const forget = (): void => {
        signal().removeEventListener('abort', start)
        if (timer !== null) clearTimeout(timer)
      }
      return { promise, forget }
    },
  }
}
