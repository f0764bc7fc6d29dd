/** When to try again: a storage that is down is asked ever less often. */

const FIRST_SECONDS = 10
const LONGEST_SECONDS = 600

/** `attempts` counts deliveries so far, from 1. */
export function retryDelaySeconds(attempts: number): number {
  return Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(attempts - 1, 16))
}
