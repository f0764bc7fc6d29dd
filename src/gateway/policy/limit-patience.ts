/**
 * How long a limiter is waited for. While one is silent, or all are, calls do not wait a whole second each; the moment it
 * answers again it is waited for, and counted by, as before.
 */

const PATIENCE_MS = 1_000
const DOUBTFUL_PATIENCE_MS = 100
const DOUBT_MS = 10_000
const MOST_DOUBTED = 1_000

/** Bucket → epoch ms until which it is doubted. */
const doubted = new Map<string, number>()
/** All are doubted: the last thing that was heard of any was silence. */
let allUntil = 0

/** ms. `patienceMs` is the wait for a limiter that is not doubted. */
export function patienceFor(bucket: string, now: number, patienceMs = PATIENCE_MS): number {
  const until = Math.max(allUntil, doubted.get(bucket) ?? 0)
  return now < until ? Math.min(DOUBTFUL_PATIENCE_MS, patienceMs) : patienceMs
}

export function noteSilence(bucket: string, now: number): void {
  allUntil = now + DOUBT_MS
  if (doubted.size >= MOST_DOUBTED) doubted.clear()
  doubted.set(bucket, allUntil)
}

export function noteAnswer(bucket: string): void {
  allUntil = 0
  if (doubted.size > 0) doubted.delete(bucket)
}

/** For tests: doubts nobody. */
export function forgetDoubts(): void {
  allUntil = 0
  doubted.clear()
}
