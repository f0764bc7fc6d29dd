/**
 * Which buckets a call draws from: one object per organisation, segment and unit, named as the contract has it (§2.4).
 * The policy is not part of the name, so that changing it keeps what is left. Policies of one call that share an object
 * get a bucket each; which one is the object's to know.
 */
import { limiterName, UNITS_PER, WHOLE_ORGANIZATION } from '../../lib/limiter-protocol.ts'
import type { Demand, LimitUnit } from '../../lib/limiter-protocol.ts'
import type { LimitPolicy, LimitSegment } from './limit-grammar.ts'

/** Who calls, and what of the call is known beforehand. */
export interface LimitCaller {
  orgId: string
  keyId: string
  userId: string | null
  /** By lower-cased name. */
  properties: Readonly<Record<string, string>>
}

/** What the call will probably take; null is unknown. */
export interface Estimate {
  costNano: number | null
  tokens: number | null
}

/** All policies of one call that one object answers for. */
export interface LimitGroup {
  /** Name of the object. */
  bucket: string
  unit: LimitUnit
  /** `organization`, `user:ann`, `key:<id>`, `<property>:<value>`. */
  segment: string
  /** Shortest window first: the order of the demands and of the answer. */
  policies: LimitPolicy[]
}

/** `s=organization` without such a property means the organisation itself. */
const ORGANIZATION_NAMES: ReadonlySet<string> = new Set(['org', 'organization', 'global'])
const LONGEST_VALUE = 256
/** Reserved for a segment's first call when nobody can guess: a tenth of a cent, a thousand tokens. */
const FALLBACK: Readonly<Record<LimitUnit, number>> = {
  request: UNITS_PER.request,
  cents: UNITS_PER.cents / 10,
  tokens: 1_000 * UNITS_PER.tokens,
}

/**
 * Groups in the policies' order, and apart the policies that count by a user or property which the call does not name:
 * those let it through (contract §2.4).
 */
export function groupPolicies(
  policies: readonly LimitPolicy[],
  caller: LimitCaller,
): { groups: LimitGroup[]; skipped: LimitPolicy[] } {
  const groups = new Map<string, LimitGroup>()
  const skipped: LimitPolicy[] = []
  for (const policy of policies) {
    const { unit } = policy
    const segment = segmentOf(policy.segment, caller)
    if (segment === null) {
      skipped.push(policy)
      continue
    }
    const bucket = limiterName(caller.orgId, segment, unit)
    const group = groups.get(bucket)
    if (group === undefined) {
      groups.set(bucket, { bucket, unit, segment, policies: [policy] })
    } else if (!group.policies.some(({ text }) => text === policy.text)) {
      group.policies.push(policy)
      group.policies.sort((a, b) => a.windowSeconds - b.windowSeconds || a.quota - b.quota)
    }
  }
  return { groups: [...groups.values()], skipped }
}

export function demandOf({ quota, windowSeconds, unit }: LimitPolicy, estimate: Estimate): Demand {
  const capacity = Math.min(
    Number.MAX_SAFE_INTEGER,
    Math.max(1, Math.round(quota * UNITS_PER[unit])),
  )
  return {
    capacity,
    windowMs: windowSeconds * 1_000,
    cost: costOf(unit, estimate),
    fallbackCost: FALLBACK[unit],
    isReserved: unit !== 'request',
  }
}

function costOf(unit: LimitUnit, { costNano, tokens }: Estimate): number | null {
  if (unit === 'request') return UNITS_PER.request
  const units = unit === 'cents' ? costNano : tokens === null ? null : tokens * UNITS_PER.tokens
  return units === null ? null : Math.ceil(units)
}

function segmentOf(
  segment: LimitSegment,
  { keyId, userId, properties }: LimitCaller,
): string | null {
  switch (segment.kind) {
    case 'global':
      return WHOLE_ORGANIZATION
    case 'key':
      return `key:${safeValue(keyId)}`
    case 'user': {
      const user = safeValue(userId ?? '')
      return user === '' ? null : `user:${user}`
    }
    case 'property': {
      const value = safeValue(valueOf(properties, segment.name))
      if (value !== '') return `${segment.name}:${value}`
      return ORGANIZATION_NAMES.has(segment.name) ? WHOLE_ORGANIZATION : null
    }
  }
}

/** Case does not matter; the Fetch API lower-cases names already. */
function valueOf(properties: Readonly<Record<string, string>>, name: string): string {
  if (Object.hasOwn(properties, name)) return properties[name] ?? ''
  const found = Object.keys(properties).find((key) => key.toLowerCase() === name)
  return found === undefined ? '' : (properties[found] ?? '')
}

function safeValue(value: string): string {
  return value
    .replaceAll(':', '_')
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .slice(0, LONGEST_VALUE)
}
