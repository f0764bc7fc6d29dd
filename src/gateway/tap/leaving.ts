/**
 * Whether the own client of a shared call goes away while its answer is silent: then no write tells. What ends the call
 * itself follows whoever still waits, so that each client's own signal is asked here.
 */
import type { Exchange } from '../exchange.ts'

export interface Leaving {
  gone: Promise<'gone'>
  forget: () => void
}

/** Null for a call that nobody shares: its watch tells. */
export function watchLeaving({ cache, lead, request }: Exchange): Leaving | null {
  // A miss without a lead is a leader's that was taken for dead: its watch follows those who went on.
  const isShared = lead !== null || cache?.status === 'coalesced' || cache?.status === 'miss'
  if (!isShared) return null
  const { promise, resolve } = Promise.withResolvers<'gone'>()
  const { signal } = request
  const onAbort = (): void => resolve('gone')
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return { gone: promise, forget: () => signal.removeEventListener('abort', onAbort) }
}
