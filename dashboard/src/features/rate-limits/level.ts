/** What a counter holds while the time goes on: a token bucket refills evenly, its capacity in one window. */
import type { LiveLimit } from '../../../../src/contracts/api/rate-limits.ts'
import { parsePolicy } from './policy.ts'

export interface Level {
  /** Null when the limiter did not answer. */
  left: number | null
  /** Until it is full again; null when that is not known. */
  fullInSeconds: number | null
  /** Of a limit by requests that has none left: until the next one passes. */
  nextInSeconds: number | null
}

/** So many seconds after the server was asked. */
export function levelAfter(live: LiveLimit, passedSeconds: number): Level {
  const { limit, unit, remaining, resetSeconds } = live
  if (remaining === null || resetSeconds === null) {
    return { left: remaining, fullInSeconds: resetSeconds, nextInSeconds: null }
  }
  const fullInSeconds = Math.max(0, resetSeconds - passedSeconds)
  const windowSeconds = parsePolicy(live.policy)?.windowSeconds ?? null
  if (windowSeconds === null) return { left: remaining, fullInSeconds, nextInSeconds: null }
  // Reckoned back from the end, since a counter that is overdrawn has nothing left for longer.
  const refilled = limit * (1 - fullInSeconds / windowSeconds)
  // The wait is in whole seconds: it says a little less than is there.
  const left = Math.min(limit, Math.max(remaining, unit === 'cents' ? refilled : floor(refilled)))
  const nextInSeconds =
    unit === 'request' && left < 1 && limit >= 1
      ? Math.max(1, Math.ceil(fullInSeconds - windowSeconds * (1 - 1 / limit)))
      : null
  return { left, fullInSeconds, nextInSeconds }
}

/** 100 × (1 − 59.4/60) is a hair below 1. */
function floor(amount: number): number {
  return Math.floor(amount + 1e-9)
}
