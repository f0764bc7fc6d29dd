/**
 * One bucket of a limiter object and what belongs to it: the copy on disk, the mean of what calls took, and the slot that
 * came in its place. A slot belongs to one policy, for as long as it is known: it is never turned into another policy's.
 */
import { adopt, advance, charge, fullBucket, msUntil } from './token-bucket.ts'
import type { Bucket, BucketPolicy } from './token-bucket.ts'
import type { Demand, SlotState, Taken } from './limiter-protocol.ts'

/** What is kept on disk of one bucket. */
export interface SavedSlot {
  bucket: Bucket
  mean: number | null
}

export interface Slot {
  bucket: Bucket
  saved: Bucket
  mean: number | null
  /** When its policy was last in force: policies of one call share the number. 0 is never. */
  turn: number
  /** Units that its own books would have beyond what it holds, because it went on from what another had left. */
  forgone: number
  /** Went on from what this one had left. */
  heir: Slot | null
  /** Units of the last take; Infinity before any, so that nothing is written ahead. */
  lastCost: number
  /** Units taken in the second that began at `since`, and in the one before. */
  meter: { since: number; units: number; before: number }
}

export function openSlot({ bucket, mean }: SavedSlot, turn: number): Slot {
  const meter = { since: bucket.at, units: 0, before: 0 }
  const lastCost = Number.POSITIVE_INFINITY
  const copies = { bucket: { ...bucket }, saved: { ...bucket } }
  return { ...copies, mean, turn, forgone: 0, heir: null, lastCost, meter }
}

export function newSlot(policy: BucketPolicy, mean: number | null, now: number): Slot {
  return openSlot({ bucket: fullBucket(policy, now), mean }, 0)
}

export function isFor({ bucket }: Slot, { capacity, windowMs }: BucketPolicy): boolean {
  return bucket.capacity === capacity && bucket.windowMs === windowMs
}

/** Both copies refill alike. */
export function refill(slot: Slot, now: number): void {
  const { bucket, saved } = slot
  advance(bucket, now)
  advance(saved, now)
  // Full by its own books too.
  slot.forgone = Math.min(slot.forgone, Math.max(0, bucket.capacity - bucket.level))
}

/** As it stands now, for looking at: a slot out of force keeps the time at which it went out. */
export function bucketAt({ bucket }: Slot, now: number): Bucket {
  const copy = { ...bucket }
  advance(copy, now)
  return copy
}

/** What `from` has left goes on under the slot's policy, and never more than the slot's own books allow. */
export function takeOver(slot: Slot, from: Slot, now: number): void {
  const kept = bucketAt(from, now)
  adopt(kept, slot.bucket)
  from.heir = slot
  slot.mean ??= from.mean
  slot.forgone = Math.max(0, slot.bucket.level - kept.level)
  if (slot.forgone > 0) slot.bucket = kept
}

/**
 * Corrects a take of the slot. Whoever went on from what it had left was charged too, as far as that held it back, and is
 * corrected alike: beyond its own books nothing comes back.
 */
export function correct(slot: Slot, units: number, now: number): void {
  spill(slot, now)
  charge(slot.bucket, units)
  let due = units
  for (let { heir } = slot; heir !== null; { heir } = heir) {
    spill(heir, now)
    if (heir.forgone === 0) return
    due = Math.max(due, -heir.forgone)
    heir.forgone += due
    charge(heir.bucket, due)
  }
}

/**
 * Takes out the refill that would not fit by now, so that what is charged to a slot out of force at the time at which it
 * stands still counts as if it were charged now.
 */
function spill(slot: Slot, now: number): void {
  const { capacity, windowMs, level, carry, at } = slot.bucket
  const accrued = Math.max(0, now - at) * capacity + carry
  const room = capacity - level - Math.ceil(accrued / windowMs)
  slot.forgone = Math.min(slot.forgone, Math.max(0, room))
  if (room < 0) charge(slot.bucket, -room)
}

export function ask(
  mean: number | null,
  { level }: Bucket,
  demand: Demand | undefined,
): { cost: number; needed: number; isAdmitted: boolean } {
  if (demand === undefined) return { cost: 0, needed: 0, isAdmitted: true }
  const wanted = demand.cost ?? mean ?? demand.fallbackCost
  // A guess above the whole limit would block the segment for longer than its window.
  const cost = demand.isReserved ? Math.min(Math.max(1, wanted), demand.capacity) : wanted
  const needed = demand.isReserved ? 1 : cost
  return { cost, needed, isAdmitted: level >= needed }
}

export function spend(slot: Slot, units: number, now: number): Taken {
  drain(slot, units, now)
  slot.lastCost = Math.max(1, units)
  const { capacity, windowMs } = slot.bucket
  return { units, capacity, windowMs }
}

export function drain({ bucket, meter }: Slot, units: number, now: number): void {
  charge(bucket, units)
  const age = now - meter.since
  if (age >= 1_000 || age < 0) {
    meter.before = age < 2_000 ? meter.units : 0
    meter.units = 0
    meter.since = now
  }
  meter.units += units
}

/** Units that the copy on disk runs ahead. */
export function aheadOf({ bucket, lastCost, meter }: Slot, isBusy: boolean): number {
  const { capacity, windowMs } = bucket
  const perSecond = Math.floor((capacity * 1_000) / windowMs)
  const recent = isBusy ? Math.max(meter.units, meter.before) : 0
  const ahead = Math.max(perSecond, Math.min(recent, Math.floor(capacity / 100)))
  return ahead >= lastCost ? ahead : 0
}

export function stateOf(bucket: Bucket, retryInMs: number): SlotState {
  return { level: bucket.level, fullInMs: msUntil(bucket, bucket.capacity), retryInMs }
}
