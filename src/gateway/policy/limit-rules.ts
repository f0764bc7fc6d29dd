/**
 * An organisation's own rules as policies. They apply to every key when the call carries no readable policy header; all
 * of them at once, and the strictest answers.
 */
import { limitPolicy, segmentNamed } from './limit-grammar.ts'
import type { LimitPolicy, LimitUnit } from './limit-grammar.ts'

/** A stored rule, as far as a call needs it. */
export interface LimitRule {
  quota: number
  windowSeconds: number
  unit: string
  /** `user`, `key`, or the name of a property; null is the organisation. */
  segment: string | null
}

const UNITS: ReadonlySet<string> = new Set<LimitUnit>(['request', 'cents', 'tokens'])

/** Rules that this version cannot read are left out: they were written by another. */
export function rulesToPolicies(rules: readonly LimitRule[]): LimitPolicy[] {
  return rules.flatMap(({ quota, windowSeconds, unit, segment }) => {
    if (!isUnit(unit) || !(quota > 0) || !(windowSeconds > 0)) return []
    const named = segmentNamed((segment ?? 'global').toLowerCase())
    return [limitPolicy(quota, windowSeconds, unit, named)]
  })
}

function isUnit(text: string): text is LimitUnit {
  return UNITS.has(text)
}
