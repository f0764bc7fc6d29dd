/**
 * The policy header: `<quota>;w=<seconds>[;u=request|cents|tokens][;s=user|key|organization|<property>]`, several with
 * commas between them. Case, order and spaces do not matter, and `u=user` and `u=org` name a segment, as some guides
 * have it. A policy that cannot be read is left out with a warning. Contract §2.4.
 */
import type { Warning } from '../../contracts/log-record.ts'
import type { LimitUnit } from '../../lib/limiter-protocol.ts'

export type { LimitUnit }

/** Whose calls are counted together. A property's name is lower-cased. */
export type LimitSegment =
  | { kind: 'global' }
  | { kind: 'user' }
  | { kind: 'key' }
  | { kind: 'property'; name: string }

export interface LimitPolicy {
  /** Requests, cents or tokens per window; may have decimals. */
  quota: number
  windowSeconds: number
  unit: LimitUnit
  segment: LimitSegment
  /** The policy as answers repeat it. */
  text: string
}

export const POLICY_HEADER = 'Helicone-RateLimit-Policy'
export const SHORTEST_WINDOW_SECONDS = 60
export const LONGEST_WINDOW_SECONDS = 31_536_000
/** Each segment and unit is a hop of its own. */
const MOST_POLICIES = 8
const SHOWN_CHARACTERS = 60

const UNITS: Readonly<Record<string, LimitUnit>> = {
  request: 'request',
  requests: 'request',
  cent: 'cents',
  cents: 'cents',
  token: 'tokens',
  tokens: 'tokens',
}
/** Units of the guides that are segments in truth. */
const SEGMENT_UNITS: Readonly<Record<string, string>> = {
  user: 'user',
  key: 'key',
  org: 'global',
  organization: 'global',
}
/** What stands without a name. */
const QUOTA_FIELD = ''
const FIELDS: ReadonlySet<string> = new Set([QUOTA_FIELD, 'w', 'u', 's'])
const QUOTA = /^\d{1,15}(?:\.\d{1,9})?$/
const PROPERTY = /^[a-z0-9_-]{1,128}$/

/** Headers that could be read whole: an application sends the same few with every call. */
const known = new Map<string, readonly LimitPolicy[]>()
const MOST_KNOWN = 1_000

/** Every readable policy of the header, in its order; what is not goes to `warnings`. */
export function parseLimitPolicies(text: string, warnings: Warning[]): readonly LimitPolicy[] {
  const remembered = known.get(text)
  if (remembered !== undefined) return remembered
  const problems: Warning[] = []
  const policies = parseHeader(text, problems)
  if (problems.length === 0) {
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(text, policies)
  }
  warnings.push(...problems)
  return policies
}

function parseHeader(text: string, warnings: Warning[]): LimitPolicy[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0) warnings.push(warning(text, 'it is empty'))
  const surplus = parts[MOST_POLICIES]
  if (surplus !== undefined) {
    warnings.push(warning(surplus, `one header holds at most ${MOST_POLICIES} policies`))
  }
  return parts.slice(0, MOST_POLICIES).flatMap((part) => {
    const policy = parsePolicy(part.toLowerCase())
    if (typeof policy !== 'string') return [policy]
    warnings.push(warning(part, policy))
    return []
  })
}

/** The policy with its normalised text. */
export function limitPolicy(
  quota: number,
  windowSeconds: number,
  unit: LimitUnit,
  segment: LimitSegment,
): LimitPolicy {
  const unitPart = unit === 'request' ? '' : `;u=${unit}`
  const segmentPart = segment.kind === 'global' ? '' : `;s=${segmentName(segment)}`
  const text = `${quota};w=${windowSeconds}${unitPart}${segmentPart}`
  return { quota, windowSeconds, unit, segment, text }
}

/** What `s=` names; a property may be called anything else. */
export function segmentNamed(name: string): LimitSegment {
  if (name === 'user' || name === 'key' || name === 'global') return { kind: name }
  return { kind: 'property', name }
}

function segmentName(segment: LimitSegment): string {
  return segment.kind === 'property' ? segment.name : segment.kind
}

/** A policy, or what is wrong with it. */
function parsePolicy(text: string): LimitPolicy | string {
  const fields = new Map<string, string>()
  for (const part of text.split(';')) {
    const equals = part.indexOf('=')
    const value = part.slice(equals + 1).trim()
    if (equals < 0 && value === '') continue
    const field = equals < 0 ? QUOTA_FIELD : part.slice(0, equals).trim()
    const shown = field === QUOTA_FIELD ? 'quota' : `"${field.slice(0, SHOWN_CHARACTERS)}="`
    if (!FIELDS.has(field)) return `${shown} is not part of a policy`
    if (fields.has(field)) return `it has more than one ${shown}`
    fields.set(field, value)
  }
  return buildPolicy(fields)
}

function buildPolicy(fields: ReadonlyMap<string, string>): LimitPolicy | string {
  const quota = QUOTA.test(fields.get(QUOTA_FIELD) ?? '') ? Number(fields.get(QUOTA_FIELD)) : 0
  if (quota <= 0) return 'the quota must be a number above 0'
  const windowText = fields.get('w') ?? ''
  const windowSeconds = /^\d{1,10}$/.test(windowText) ? Number(windowText) : 0
  if (windowSeconds < SHORTEST_WINDOW_SECONDS || windowSeconds > LONGEST_WINDOW_SECONDS) {
    return `"w=" must be whole seconds from ${SHORTEST_WINDOW_SECONDS} to ${LONGEST_WINDOW_SECONDS}`
  }
  const unitText = fields.get('u') ?? 'request'
  const segmentUnit = Object.hasOwn(SEGMENT_UNITS, unitText) ? SEGMENT_UNITS[unitText] : undefined
  const unit = Object.hasOwn(UNITS, unitText) ? UNITS[unitText] : undefined
  if (unit === undefined && segmentUnit === undefined) {
    return '"u=" must be request, cents or tokens'
  }
  const named = fields.get('s') ?? segmentUnit ?? 'global'
  if (!PROPERTY.test(named)) return '"s=" must be user, key or the name of a property'
  if (segmentUnit !== undefined && fields.has('s') && named !== unitText) {
    return `"u=${unitText}" and "s=${named}" name two segments`
  }
  const segment = segmentNamed(segmentUnit ?? named)
  return limitPolicy(quota, windowSeconds, unit ?? 'request', segment)
}

function warning(text: string, reason: string): Warning {
  return {
    code: 'invalid_rate_limit_policy',
    header: POLICY_HEADER,
    message:
      `${POLICY_HEADER} "${text.slice(0, SHOWN_CHARACTERS)}" cannot be used: ${reason}. ` +
      'Expected <quota>;w=<seconds>[;u=request|cents|tokens][;s=user|key|organization|<property>].',
  }
}
