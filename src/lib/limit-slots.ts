/**
 * The slots of one limiter object: which belongs to which policy, and what happens when the policies change. Policies are
 * in force from the first call under them that their own books let in, until one comes with others.
 *
 * Invariants: a policy that is known gets no units but its own refill and what its own takes give back, so callers that
 * take turns with different policies never exceed either. A policy that changes keeps what is left. Decision 10.
 */
import { msUntil } from './token-bucket.ts'
import type { BucketPolicy } from './token-bucket.ts'
import { bucketAt, isFor, newSlot, openSlot, refill, takeOver } from './limit-slot.ts'
import type { SavedSlot, Slot } from './limit-slot.ts'

/** Two callers with as many policies as a header holds. */
export const MOST_SLOTS = 16

export class LimitSlots {
  /** Those in force first, in the order of their call. */
  #all: Slot[]
  /** Of the policies in force; 0 while there are none. */
  #turn: number

  constructor(saved: readonly SavedSlot[]) {
    // Slots in force are reckoned to the same moment, the others stand still.
    const moments = [...new Set(saved.map(({ bucket }) => bucket.at))].toSorted((a, b) => a - b)
    this.#all = saved.map((each) => openSlot(each, moments.indexOf(each.bucket.at) + 1))
    this.#turn = moments.length
  }

  get all(): readonly Slot[] {
    return this.#all
  }

  refillInForce(now: number): void {
    for (const slot of this.#all) if (this.#isInForce(slot)) refill(slot, now)
  }

  /**
   * One for each policy, in their order; a full one that is not kept yet where none is known. Only what is in force is refilled:
   * the moment at which a slot stands still tells, after an eviction, when its policy was last in force.
   */
  claim(policies: readonly BucketPolicy[], now: number): Slot[] {
    const free = [...this.#all]
    return policies.map((policy) => {
      const index = free.findIndex((slot) => isFor(slot, policy))
      const [known] = index === -1 ? [] : free.splice(index, 1)
      if (known === undefined) return newSlot(policy, this.#all[0]?.mean ?? null, now)
      if (this.#isInForce(known)) refill(known, now)
      return known
    })
  }

  /**
   * Puts the claimed ones in force. One that was not goes on from the slot of the same window that was, for that is the same
   * policy with another quota; a new one else from the least that is left of those that go. Otherwise it is as it was, or full.
   */
  enforce(claimed: readonly Slot[], now: number): void {
    const others = this.#all.filter((slot) => !claimed.includes(slot))
    const goes = others.filter((slot) => this.#isInForce(slot))
    const comes = claimed.filter((slot) => !this.#isInForce(slot))
    if (comes.length === 0 && goes.length === 0) return
    const heirless = new Set(others)
    const strangers = comes.filter((slot) => {
      refill(slot, now)
      const before = newest([...heirless].filter((other) => isBefore(other, slot)))
      if (before === null) return slot.turn === 0
      takeOver(slot, before, now)
      heirless.delete(before)
      return false
    })
    const least = leastOf(
      goes.filter((slot) => heirless.has(slot)),
      now,
    )
    for (const slot of strangers) if (least !== null) takeOver(slot, least, now)
    this.#turn += 1
    for (const slot of claimed) {
      slot.turn = this.#turn
      slot.heir = null
    }
    this.#all = [...claimed, ...others]
    this.#bound(claimed, now)
  }

  /** For a settlement of a policy that is not known any more; it is not in force by that. */
  keep(slot: Slot, now: number): void {
    if (this.#all.includes(slot)) return
    this.#all.push(slot)
    this.#bound([slot], now)
  }

  #isInForce({ turn }: Slot): boolean {
    return turn > 0 && turn === this.#turn
  }

  /** Drops those that would be full soonest: they have the least to forget. */
  #bound(kept: readonly Slot[], now: number): void {
    while (this.#all.length > MOST_SLOTS) {
      const idle = this.#all.filter((slot) => !this.#isInForce(slot) && !kept.includes(slot))
      const dropped = idle.reduceRight<Slot | null>((first, slot) => {
        return first === null || fullInMs(slot, now) < fullInMs(first, now) ? slot : first
      }, null)
      if (dropped === null) return
      this.#all = this.#all.filter((slot) => slot !== dropped)
      // Or it would be kept all the same, by whom it went on from.
      for (const slot of this.#all) if (slot.heir === dropped) slot.heir = dropped.heir
    }
  }
}

/** Whether the policy of `slot` is that of `other` with another quota, and `other` was in force later. */
function isBefore(other: Slot, slot: Slot): boolean {
  return other.bucket.windowMs === slot.bucket.windowMs && other.turn > slot.turn
}

function newest(slots: readonly Slot[]): Slot | null {
  return slots.reduce<Slot | null>((first, slot) => {
    return first === null || slot.turn > first.turn ? slot : first
  }, null)
}

function leastOf(slots: readonly Slot[], now: number): Slot | null {
  return slots.reduce<Slot | null>((least, slot) => {
    const isLess = least === null || bucketAt(slot, now).level < bucketAt(least, now).level
    return isLess ? slot : least
  }, null)
}

function fullInMs(slot: Slot, now: number): number {
  return msUntil(bucketAt(slot, now), slot.bucket.capacity)
}
