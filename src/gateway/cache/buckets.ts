/** Which of a bucket's slots answers, or is filled (contract §2.3): all must be full before one is used, at random. */
import type { StoredAnswer } from './stored.ts'

export type SlotChoice =
  | { kind: 'hit'; slot: number; answer: StoredAnswer }
  /** `empty` in order: the first of them is filled. */
  | { kind: 'miss'; empty: number[] }

/** `slots[i]` is null when slot `i` holds nothing fresh. `random` is 0 (included) to 1 (excluded). */
export function chooseSlot(
  slots: readonly (StoredAnswer | null)[],
  random: () => number,
): SlotChoice {
  const empty = slots.flatMap((answer, slot) => (answer === null ? [slot] : []))
  if (empty.length > 0) return { kind: 'miss', empty }
  const slot = Math.floor(random() * slots.length)
  const answer = slots[slot]
  return answer ? { kind: 'hit', slot, answer } : { kind: 'miss', empty: [] }
}
