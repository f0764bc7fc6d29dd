/** A rule while it is being written: text as it is typed, and what is still wrong with it. */
import type {
  RateLimitRule,
  RateLimitRuleInput,
  RateLimitUnit,
} from '../../../../src/contracts/api/rate-limits.ts'
import {
  LONGEST_WINDOW_SECONDS,
  policyOf,
  sentenceOf,
  SHORTEST_WINDOW_SECONDS,
  splitWindow,
  WINDOW_UNITS,
} from './policy.ts'
import type { Limit, WindowUnit } from './policy.ts'

export type CountedBy = 'organization' | 'user' | 'key' | 'property'

export interface RuleDraft {
  name: string
  quota: string
  unit: RateLimitUnit
  windowCount: string
  windowUnit: WindowUnit
  countedBy: CountedBy
  property: string
}

export const NEW_RULE: RuleDraft = {
  name: '',
  quota: '100',
  unit: 'request',
  windowCount: '1',
  windowUnit: 'minutes',
  countedBy: 'user',
  property: '',
}

const PROPERTY = /^[a-z0-9_-]{1,128}$/i
/** Names that mean something else than a property. */
const TAKEN: ReadonlySet<string> = new Set(['user', 'key', 'organization', 'org', 'global'])
const LARGEST_QUOTA = 1e15
export const LONGEST_NAME = 120

export function draftOf(rule: RateLimitRule): RuleDraft {
  const { count, unit } = splitWindow(rule.window_seconds)
  const { segment } = rule
  const isProperty = segment !== null && segment !== 'user' && segment !== 'key'
  return {
    // A name that was made of the limit is made again of what the limit becomes.
    name: isGivenName(rule) ? rule.name : '',
    quota: String(rule.quota),
    unit: rule.unit,
    windowCount: String(count),
    windowUnit: unit,
    countedBy: isProperty ? 'property' : (segment ?? 'organization'),
    property: isProperty ? segment : '',
  } as RuleDraft
}

export function limitOfRule(rule: RateLimitRule): Limit {
  const { quota, window_seconds: windowSeconds, unit, segment } = rule
  return { quota, windowSeconds, unit, segment }
}

export type ReadDraft = { limit: Limit; problem: null } | { limit: null; problem: string }

/** The limit that the draft says, or the first thing that keeps it from being one. */
export function readDraft(draft: RuleDraft): ReadDraft {
  const quota = Number(draft.quota)
  if (draft.quota.trim() === '' || !(quota > 0) || quota > LARGEST_QUOTA) {
    return wrong('The limit has to be a number above 0.')
  }
  const unit = WINDOW_UNITS.find(({ value }) => value === draft.windowUnit) ?? WINDOW_UNITS[0]
  const windowSeconds = Math.round(Number(draft.windowCount) * unit.seconds)
  if (!(windowSeconds >= SHORTEST_WINDOW_SECONDS && windowSeconds <= LONGEST_WINDOW_SECONDS)) {
    return wrong('The window has to be between a minute and 365 days.')
  }
  const property = draft.property.trim().toLowerCase()
  if (draft.countedBy === 'property') {
    if (property === '') return wrong('Name the property to count by.')
    if (!PROPERTY.test(property)) {
      return wrong('A property name has letters, digits, - and _ alone.')
    }
    if (TAKEN.has(property)) return wrong(`“${property}” is no property: choose it above.`)
  }
  const segment = { organization: null, user: 'user', key: 'key', property }[draft.countedBy]
  return { limit: { quota, windowSeconds, unit: draft.unit, segment }, problem: null }
}

/** A rule without a name is called what it says: the API takes none without. */
export function inputOf(name: string, limit: Limit): RateLimitRuleInput {
  return {
    name: name.trim() === '' ? madeName(limit) : name.trim(),
    quota: limit.quota,
    window_seconds: limit.windowSeconds,
    unit: limit.unit,
    segment: limit.segment,
  }
}

/** The rule that limits the same already, which is then counted once. `own` is the one that is being changed. */
export function twinOf(
  limit: Limit,
  rules: readonly RateLimitRule[],
  own?: RateLimitRule,
): RateLimitRule | undefined {
  return rules.find(
    (rule) => rule.id !== own?.id && policyOf(limitOfRule(rule)) === policyOf(limit),
  )
}

/** What the rule is called on the page. Rules of the REST API may have names of blanks alone. */
export function nameOf(rule: RateLimitRule): string {
  return rule.name.trim() === '' ? sentenceOf(limitOfRule(rule)) : rule.name
}

function isGivenName(rule: RateLimitRule): boolean {
  return rule.name.trim() !== '' && rule.name !== madeName(limitOfRule(rule))
}

function madeName(limit: Limit): string {
  return sentenceOf(limit).slice(0, LONGEST_NAME)
}

function wrong(problem: string): ReadDraft {
  return { limit: null, problem }
}
