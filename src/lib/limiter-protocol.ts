/**
 * What the gateway and a limiter object say to each other, and how amounts become whole units. Everything is plain data:
 * it crosses RPC, and receipts travel in log records. One object holds the buckets of one segment and unit.
 */
import type { BucketPolicy } from './token-bucket.ts'

export type LimitUnit = 'request' | 'cents' | 'tokens'

/** Units per request, per cent (a unit is a nano-dollar) and per token. Quotas may have decimals, units have not. */
export const UNITS_PER: Readonly<Record<LimitUnit, number>> = {
  request: 1_000,
  cents: 10_000_000,
  tokens: 1_000,
}

/** What a call wants of one bucket. */
export interface Demand extends BucketPolicy {
  /** Units to take. Null: what such calls took on average, or `fallbackCost` before any has settled. */
  cost: number | null
  fallbackCost: number
  /** True: the cost is a guess that a settlement corrects, and it is let in while anything is left (contract §2.4). */
  isReserved: boolean
}

export interface TakeInput {
  /** Id of the call, once per object. */
  id: string
  demands: Demand[]
  /** Other objects decide too, so this take may be given back at once. */
  isTentative: boolean
  /** Further calls like this one that the asker would decide about itself. */
  lend?: number
}

export interface SlotState {
  /** Units left, reservations taken off; may be negative. */
  level: number
  /** ms until the bucket is full. */
  fullInMs: number
  /** ms until this call could pass; 0 when it may now. */
  retryInMs: number
}

/** What was taken of one bucket, and under which policy: the object may have forgotten it meanwhile. */
export interface Taken extends BucketPolicy {
  units: number
}

/** Names one take, for its settlement. Plain JSON. */
export interface TakeReceipt {
  id: string
  /** Epoch ms at which the object stops waiting for the settlement and puts the units back. */
  expiresAt: number
  taken: Taken[]
}

/** Units that were taken ahead for calls yet to come. What is not used is given back by `release`. */
export interface Loan {
  /** Calls that it is for, at least 1. */
  calls: number
  receipt: TakeReceipt
}

export interface TakeAnswer {
  isAllowed: boolean
  /** In the order of the demands, as this take left them; a loan is not taken off. */
  slots: SlotState[]
  /** Null when nothing was taken. */
  receipt: TakeReceipt | null
  /** Of a denial: ms for which it may be repeated without asking again. */
  repeatForMs: number
  /** Absent when none was asked for, or the limit is not far enough away. */
  loan?: Loan
}

/** A bucket, as a person may look at it. */
export interface BucketView extends SlotState, BucketPolicy {
  /** What settled calls took on average, in units; null before any has. */
  meanCost: number | null
}

export interface LimiterView {
  buckets: BucketView[]
  /** Calls that await their settlement. */
  reservations: number
  /** Storage writes since this life of the object began. */
  writes: number
}

/** The object's methods, as its stub has them. */
export interface Limiter {
  take(input: TakeInput): Promise<TakeAnswer>
  /** One after the other, as if each had come by itself; the answers are in the same order. */
  takeAll(inputs: TakeInput[]): Promise<TakeAnswer[]>
  /** `actual`: units, or null when nobody knows them, which leaves what was reserved as the charge. */
  settle(receipt: TakeReceipt, actual: number | null): Promise<void>
  /** Undoes a take. */
  release(receipt: TakeReceipt): Promise<void>
  peek(): Promise<LimiterView>
}

/** A namespace of limiter objects; structural, so that tests can break it. */
export interface LimiterNamespace {
  getByName(name: string): unknown
}

/** The segment that is all of an organisation's calls. */
export const WHOLE_ORGANIZATION = 'organization'

/**
 * Name of the object that limits a segment: `organization`, `user:ann`, `key:<id>`, or `<property>:<value>`, the values
 * without any further colon. The policy is not part of it (contract §2.4).
 */
export function limiterName(orgId: string, segment: string, unit: LimitUnit): string {
  if (segment === WHOLE_ORGANIZATION) return `tb:${orgId}:global::${unit}`
  const isProperty = !segment.startsWith('user:') && !segment.startsWith('key:')
  return `tb:${orgId}:${isProperty ? 'prop:' : ''}${segment}:${unit}`
}

export function limiterNamed(limiters: LimiterNamespace, name: string): Limiter {
  return limiters.getByName(name) as Limiter
}

/** A take together with where it was made: what a log record keeps for the settlement. Plain JSON. */
export interface LimitReceipt {
  /** Name of the limiter object. */
  bucket: string
  unit: LimitUnit
  take: TakeReceipt
}

/** What a call really took; null is unknown. */
export interface ActualUse {
  costNano: number | null
  tokens: number | null
}

/** No single call counts for more than this (contract §2.4). */
const MOST_CENTS_PER_CALL = 1_000_000
/** Twice the longest context on sale: a provider that says more must not lock a segment for years. */
const MOST_TOKENS_PER_CALL = 20_000_000

/**
 * Replaces reservations by what was really taken. Safe to repeat. Limits by request are final when taken and are left
 * alone. Rejects when an object cannot be reached: the reservation then expires by itself.
 */
export async function settleReceipts(
  receipts: readonly LimitReceipt[],
  actual: ActualUse,
  limiters: LimiterNamespace,
): Promise<void> {
  const open = receipts.filter(({ unit }) => unit !== 'request')
  await Promise.all(
    open.map(({ bucket, unit, take }) =>
      limiterNamed(limiters, bucket).settle(take, unitsOf(actual, unit)),
    ),
  )
}

/** Gives takes back, for calls that never reached a provider. */
export async function releaseReceipts(
  receipts: readonly LimitReceipt[],
  limiters: LimiterNamespace,
): Promise<void> {
  await Promise.all(
    receipts.map(({ bucket, take }) => limiterNamed(limiters, bucket).release(take)),
  )
}

function unitsOf({ costNano, tokens }: ActualUse, unit: LimitUnit): number | null {
  if (unit === 'cents') return bounded(costNano, MOST_CENTS_PER_CALL * UNITS_PER.cents)
  return bounded(
    tokens === null ? null : tokens * UNITS_PER.tokens,
    MOST_TOKENS_PER_CALL * UNITS_PER.tokens,
  )
}

function bounded(units: number | null, most: number): number | null {
  return units === null || !Number.isFinite(units)
    ? null
    : Math.min(most, Math.max(0, Math.ceil(units)))
}
