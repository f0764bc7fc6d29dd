/**
 * Denials that still hold, in the isolate's memory: a caller who is over the limit and keeps asking is answered without
 * a hop. Bounded; the oldest goes first.
 */
import type { TakeAnswer } from '../../lib/limiter-protocol.ts'
import type { LimitGroup } from './limit-bucket.ts'

interface Denial {
  answer: TakeAnswer
  /** Epoch ms. */
  since: number
}

const MOST_DENIALS = 10_000

const denials = new Map<string, Denial>()

export function rememberDenial(group: LimitGroup, answer: TakeAnswer, now: number): void {
  const key = keyOf(group)
  denials.delete(key)
  denials.set(key, { answer, since: now })
  const oldest = denials.keys().next()
  if (denials.size > MOST_DENIALS && !oldest.done) denials.delete(oldest.value)
}

/** The denial as it would be answered `now`; null when there is none that still holds. */
export function recallDenial(group: LimitGroup, now: number): TakeAnswer | null {
  const key = keyOf(group)
  const denial = denials.get(key)
  if (denial === undefined) return null
  const age = now - denial.since
  if (age < 0 || age >= denial.answer.repeatForMs) {
    denials.delete(key)
    return null
  }
  const slots = denial.answer.slots.map((slot) => ({
    level: slot.level,
    fullInMs: Math.max(0, slot.fullInMs - age),
    retryInMs: Math.max(0, slot.retryInMs - age),
  }))
  return { ...denial.answer, slots }
}

/** For tests: forgets all. */
export function forgetDenials(): void {
  denials.clear()
}

/** With the policies: a call under a wider one must ask again. */
function keyOf({ bucket, policies }: LimitGroup): string {
  return `${bucket} ${policies.map(({ text }) => text).join(',')}`
}
