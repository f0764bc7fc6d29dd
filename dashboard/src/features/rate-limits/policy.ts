/** A rate limit in words, as a header, and back: `100;w=60;s=user` is "100 requests per minute for each user". */
import type { RateLimitUnit } from '../../../../src/contracts/api/rate-limits.ts'
import { formatCount, formatRate } from '../../lib/format.ts'

export interface Limit {
  /** Requests, cents or tokens per window. */
  quota: number
  windowSeconds: number
  unit: RateLimitUnit
  /** `user`, `key`, or the name of a property; null is the organisation as a whole. */
  segment: string | null
}

export const POLICY_HEADER = 'Helicone-RateLimit-Policy'

export const WINDOW_UNITS = [
  { value: 'minutes', one: 'minute', seconds: 60 },
  { value: 'hours', one: 'hour', seconds: 3_600 },
  { value: 'days', one: 'day', seconds: 86_400 },
] as const
export type WindowUnit = (typeof WINDOW_UNITS)[number]['value']

export const SHORTEST_WINDOW_SECONDS = 60
export const LONGEST_WINDOW_SECONDS = 31_536_000

const POLICY = /^(\d+(?:\.\d+)?);w=(\d+)(?:;u=(request|cents|tokens))?(?:;s=(.+))?$/

/** Null for what is no policy in its normal form. */
export function parsePolicy(text: string): Limit | null {
  const [, quota, seconds, unit = 'request', segment = null] = POLICY.exec(text) ?? []
  if (quota === undefined || seconds === undefined) return null
  return {
    quota: Number(quota),
    windowSeconds: Number(seconds),
    unit: unit as RateLimitUnit,
    segment: segment === 'organization' || segment === 'global' ? null : segment,
  }
}

/** The value of the header that asks for the same. */
export function policyOf({ quota, windowSeconds, unit, segment }: Limit): string {
  const parts = [
    String(quota),
    `w=${String(windowSeconds)}`,
    ...(unit === 'request' ? [] : [`u=${unit}`]),
    ...(segment === null ? [] : [`s=${segment}`]),
  ]
  return parts.join(';')
}

export function sentenceOf(limit: Limit): string {
  return `${allowanceOf(limit)} ${whoseOf(limit.segment)}`
}

/** The same for the text of a policy; what cannot be read stays as it is. */
export function sentenceOfPolicy(text: string): string {
  const limit = parsePolicy(text)
  return limit === null ? text : sentenceOf(limit)
}

/** `100 requests per minute`, `$50.00 per day`. */
export function allowanceOf({ quota, windowSeconds, unit }: Limit): string {
  return `${amountOf(quota, unit)} per ${windowOf(windowSeconds)}`
}

/** With its noun, or as money. */
export function amountOf(quota: number, unit: RateLimitUnit): string {
  if (unit === 'cents') return formatRate(quota / 100)
  const noun = unit === 'request' ? 'request' : 'token'
  return `${formatCount(quota)} ${noun}${quota === 1 ? '' : 's'}`
}

/** A number of a counter: money where it is cents. What is little is not nothing. */
export function figureOf(amount: number, unit: RateLimitUnit): string {
  if (unit !== 'cents') return formatCount(amount)
  return amount > 0 && amount < 0.01 ? '<$0.0001' : formatRate(amount / 100)
}

export function whoseOf(segment: string | null): string {
  if (segment === null) return 'for the whole organisation'
  return segment === 'user' || segment === 'key'
    ? `for each ${segment}`
    : `for each value of ${segment}`
}

/** `minute`, `5 minutes`, `90 seconds`, `7 days`. */
export function windowOf(seconds: number): string {
  const unit = WINDOW_UNITS.findLast((each) => seconds % each.seconds === 0)
  if (unit === undefined) return `${formatCount(seconds)} seconds`
  const count = seconds / unit.seconds
  return count === 1 ? unit.one : `${formatCount(count)} ${unit.value}`
}

/** A window as a person would have typed it; odd ones in whole minutes. */
export function splitWindow(seconds: number): { count: number; unit: WindowUnit } {
  const unit = WINDOW_UNITS.findLast((each) => seconds % each.seconds === 0) ?? WINDOW_UNITS[0]
  return { count: seconds / unit.seconds, unit: unit.value }
}
