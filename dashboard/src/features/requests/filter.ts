/**
 * The filter of the requests page. One token is one condition, written as people type it: `model:gpt-5`, `-status:5xx`,
 * `model:gpt*`, `cache:hit`, `prop.plan:pro`. The same tokens make the URL, the chips, the API's filter tree and the
 * test that live rows have to pass. Tokens of one field are alternatives; fields, exclusions, text and time all have
 * to hold.
 */
import type { FilterNode } from '../../../../src/contracts/filter.ts'
import { readCacheStatus } from './cache-status.ts'

export const FIELDS = [
  'model',
  'provider',
  'status',
  'user',
  'session',
  'cache',
  'limited',
  'property',
] as const
export type Field = (typeof FIELDS)[number]

export interface Token {
  field: Field
  /** Name of the property; null for other fields. */
  key: string | null
  value: string
  excluded: boolean
}

/** `limited:any` is every call that a limit of ours denied; else it is whose: `limited:user:ann`, `limited:organization`. */
export const ANY_LIMIT = 'any'
/** The gateway's code of such a call. A provider's own 429 has none. */
export const RATE_LIMITED = 'rate_limited'
const PROPERTY_PREFIX = /^(?:prop|property)\.(.+)$/i

/** Null when the text is no token: then it is text to search for. */
export function parseToken(text: string): Token | null {
  const excluded = text.startsWith('-')
  const body = excluded ? text.slice(1) : text
  const colon = body.indexOf(':')
  if (colon < 1) return null
  const name = body.slice(0, colon)
  const value = body
    .slice(colon + 1)
    .trim()
    .replace(/^"(.*)"$/, '$1')
  if (value === '') return null
  const key = PROPERTY_PREFIX.exec(name)?.[1] ?? null
  if (key !== null) return { field: 'property', key, value, excluded }
  const field = FIELDS.find((known) => known === name.toLowerCase())
  if (field === undefined || field === 'property') return null
  if (field === 'status' && statusTest(value) === null) return null
  if (field !== 'cache') return { field, key: null, value, excluded }
  const status = readCacheStatus(value)
  return status === null ? null : { field, key: null, value: status, excluded }
}

export function formatToken(token: Token): string {
  const name = token.field === 'property' ? `prop.${token.key ?? ''}` : token.field
  return `${token.excluded ? '-' : ''}${name}:${token.value}`
}

export function isSameToken(a: Token, b: Token): boolean {
  return a.field === b.field && a.key === b.key && a.value === b.value
}

/** Inclusive bounds; or how it ended, which the status of a stream that ends with an error does not tell. */
export type StatusTest = { from: number; to: number } | { isSuccess: boolean }

/** `200`, `-3`, `4xx`, `ok`, `error` (everything that is no success). Null for anything else. */
export function statusTest(value: string): StatusTest | null {
  const lower = value.toLowerCase()
  if (lower === 'ok' || lower === 'error') return { isSuccess: lower === 'ok' }
  const family = /^([1-5])xx$/.exec(lower)?.[1]
  if (family !== undefined) return { from: Number(family) * 100, to: Number(family) * 100 + 99 }
  const exact = /^-?\d{1,3}$/.test(lower) ? Number(lower) : null
  return exact === null ? null : { from: exact, to: exact }
}

const TABLE = 'request_response_rmt'

type Leaf = Record<string, string | number | boolean>

/** The tree that the API understands. `from` and `to` are ISO times. */
export function buildFilter(
  tokens: readonly Token[],
  text: string,
  from: string | null,
  to: string | null,
): FilterNode {
  const nodes: FilterNode[] = []
  if (from !== null) nodes.push(leaf('request_created_at', { gte: from }))
  if (to !== null) nodes.push(leaf('request_created_at', { lte: to }))
  for (const group of groupTokens(tokens)) {
    nodes.push(join(group.map(tokenNode), group[0]?.excluded === true ? 'and' : 'or'))
  }
  const search = text.trim()
  if (search !== '') {
    const places = ['request_body', 'response_body', 'request_id']
    nodes.push(
      join(
        places.map((column) => leaf(column, { contains: search })),
        'or',
      ),
    )
  }
  return join(nodes, 'and')
}

/** Tokens that belong together: included ones of one field, and excluded ones of one field. */
export function groupTokens(tokens: readonly Token[]): Token[][] {
  const groups = Map.groupBy(
    tokens,
    (token) => `${token.excluded ? '-' : ''}${token.field}.${token.key ?? ''}`,
  )
  return [...groups.values()]
}

function tokenNode(token: Token): FilterNode {
  const { excluded, value } = token
  switch (token.field) {
    case 'status':
      return statusNode(value, excluded)
    case 'session':
      return {
        sessions_request_response_rmt: { session_session_id: textTest(value, excluded) },
      }
    case 'property':
      return { [TABLE]: { properties: { [token.key ?? '']: textTest(value, excluded) } } }
    case 'cache':
      return leaf('cache_status', textTest(value, excluded))
    case 'user':
      return leaf('user_id', textTest(value, excluded))
    case 'limited': {
      const test = excluded ? 'not-equals' : 'equals'
      return value === ANY_LIMIT
        ? leaf('error_code', { [test]: RATE_LIMITED })
        : leaf('limited_segment', { [test]: value })
    }
    case 'model':
    case 'provider':
      return leaf(token.field, textTest(value, excluded))
  }
}

function textTest(value: string, excluded: boolean): Leaf {
  const inner = value.replace(/^\*+|\*+$/g, '')
  if (inner === value) return { [excluded ? 'not-equals' : 'equals']: value }
  if (excluded) return { 'not-contains': inner }
  const pattern = value.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
  return { ilike: pattern }
}

function statusNode(value: string, excluded: boolean): FilterNode {
  const test = statusTest(value)
  if (test === null) return 'all'
  if ('isSuccess' in test) {
    return leaf('outcome', { [test.isSuccess === excluded ? 'not-equals' : 'equals']: 'success' })
  }
  const { from, to } = test
  if (from === to) return leaf('status', { [excluded ? 'not-equals' : 'equals']: from })
  return excluded
    ? join([leaf('status', { lt: from }), leaf('status', { gt: to })], 'or')
    : join([leaf('status', { gte: from }), leaf('status', { lte: to })], 'and')
}

function leaf(column: string, test: Leaf): FilterNode {
  return { [TABLE]: { [column]: test } }
}

function join(nodes: readonly FilterNode[], operator: 'and' | 'or'): FilterNode {
  const [first, ...rest] = nodes
  if (first === undefined) return 'all'
  return rest.reduce<FilterNode>((left, right) => ({ left, operator, right }), first)
}
