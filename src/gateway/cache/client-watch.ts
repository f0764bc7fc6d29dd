/** The client of a call that may wait for another call: it may go away, or be told to wait no longer. */

export interface ClientWatch {
  /** Fires when the client goes away, or stops waiting for another call's answer. */
  signal: () => AbortSignal
  leave: () => void
}

/** The request's own signal is costly: it is touched only when somebody asks. */
export function watchClient(request: Request): ClientWatch {
  const controller = new AbortController()
  let isWatching = false
  const leave = (): void => controller.abort()
  return {
    signal: () => {
      if (!isWatching) {
        isWatching = true
        if (request.signal.aborted) leave()
        else request.signal.addEventListener('abort', leave, { once: true })
      }
      return controller.signal
    },
    leave,
  }
}
