import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, test, describe } from 'vitest'
import type { FilterNode } from '../../src/contracts/filter.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { openD1Analytics } from '../../src/store/d1-analytics.ts'
import { insertRow } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'

const store = openD1Analytics(env.LOGS)
const T0 = Date.UTC(2026, 0, 15, 12)

function organization(): string {
  return `org-${crypto.randomUUID()}`
}

async function idsOf(orgId: string, filter: FilterNode): Promise<string[]> {
  const found = await store.queryRequests(orgId, { filter, offset: 0, limit: 1000 })
  return found.map(({ row }) => row.id)
}

function rmt(column: string, operators: Record<string, unknown>): FilterNode {
  return { request_response_rmt: { [column]: operators } } as FilterNode
}

describe('against an evaluation in memory', () => {
  test('random trees over random rows', async () => {
    const orgId = organization()
    const rows = await Promise.all(
      fc.sample(rowArbitrary, { numRuns: 40, seed: 7 }).map((row) => insertRow(env, orgId, row)),
    )
    await fc.assert(
      fc.asyncProperty(treeArbitrary, async (tree) => {
        const expected = rows.filter((row) => matches(tree, row)).map((row) => row.id)
        expect(new Set(await idsOf(orgId, tree))).toEqual(new Set(expected))
      }),
      { numRuns: 150 },
    )
  })

  test('any JSON at all is compiled or refused', async () => {
    const orgId = organization()
    await insertRow(env, orgId)
    await fc.assert(
      fc.asyncProperty(fc.oneof(wildArbitrary, fc.jsonValue()), async (tree) => {
        try {
          await idsOf(orgId, tree as FilterNode)
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      }),
      { numRuns: 200 },
    )
  })
})

const WORDS = ['alpha', 'Beta', 'a_b', '100%', 'x*y', '', 'null', '[z]']
const word = fc.constantFrom(...WORDS)
const rowArbitrary = fc.record({
  createdAt: fc.integer({ min: T0, max: T0 + 20 }),
  status: fc.constantFrom(200, 400, 429, -3),
  userId: fc.option(fc.constantFrom('alpha', 'Beta', 'a_b', '100%', 'x*y', '', '[z]')),
  model: fc.option(fc.constantFrom('alpha', 'Beta', 'x*y')),
  cacheStatus: fc.option(fc.constantFrom('hit', 'miss', 'stale')),
  costNano: fc.option(fc.constantFrom(0, 70_000_000, 1_500)),
  inputTokens: fc.option(fc.integer({ min: 0, max: 3 })),
  properties: fc
    .dictionary(fc.constantFrom('team', 'Env'), word)
    .map((value) => JSON.stringify(value)),
})

const textOperators = ['equals', 'not-equals', 'contains', 'not-contains', 'like', 'ilike']
const numberOperators = ['equals', 'not-equals', 'gt', 'gte', 'lt', 'lte']
const leafArbitrary = fc.oneof(
  fc
    .tuple(fc.constantFrom('user_id', 'model'), fc.constantFrom(...textOperators), word)
    .map(([column, operator, value]) => rmt(column, { [operator]: value })),
  fc
    .tuple(
      fc.constantFrom(...textOperators),
      fc.constantFrom('hit', 'MISS', 'i', 's%', '_it', 'null', 'bypass'),
    )
    .map(([operator, value]) => rmt('cache_status', { [operator]: value })),
  fc
    .tuple(
      fc.constantFrom(...textOperators),
      fc.constantFrom('A%', '%a', '%a%', '_lpha', 'x*%', '%', '[z]', '%\\%', 'a\\_b', '%e_a'),
    )
    .map(([operator, value]) => rmt('user_id', { [operator]: value })),
  fc
    .tuple(
      fc.constantFrom('status', 'prompt_tokens'),
      fc.constantFrom(...numberOperators),
      fc.constantFrom(-3, 0, 1, 2, 200, 400),
    )
    .map(([column, operator, value]) => rmt(column, { [operator]: value })),
  fc
    .tuple(fc.constantFrom(...numberOperators), fc.constantFrom(0, 0.07, 0.0000015, 1))
    .map(([operator, value]) => rmt('cost', { [operator]: value })),
  fc
    .tuple(
      fc.constantFrom('equals', 'gt', 'gte', 'lt', 'lte'),
      fc.integer({ min: T0 - 1, max: T0 + 21 }),
    )
    .map(([operator, value]) =>
      rmt('request_created_at', { [operator]: new Date(value).toISOString() }),
    ),
  fc
    .tuple(fc.constantFrom('team', 'Env', 'Team'), fc.constantFrom(...textOperators), word)
    .map(([key, operator, value]) => rmt('properties', { [key]: { [operator]: value } })),
  fc.constantFrom<FilterNode>('all', {}),
)
const { tree: treeArbitrary } = fc.letrec<{ tree: FilterNode }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leafArbitrary,
    fc.record({
      left: tie('tree'),
      operator: fc.constantFrom('and' as const, 'or' as const),
      right: tie('tree'),
    }),
  ),
}))
const wildArbitrary = fc
  .tuple(
    fc.constantFrom(
      'request_response_rmt',
      'request',
      'response',
      'feedback',
      'properties',
      'nonsense',
    ),
    fc.constantFrom(
      'status',
      'model',
      'cost',
      'scores',
      'properties',
      'request_created_at',
      'rating',
      'cached',
      'nonsense',
    ),
    fc.constantFrom(...textOperators, ...numberOperators, 'nonsense'),
    fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.jsonValue()),
  )
  .map(([table, column, operator, value]) => ({ [table]: { [column]: { [operator]: value } } }))

/** The meaning of a tree, told a second time in plain code. */
function matches(node: FilterNode, row: Row): boolean {
  if (node === 'all') return true
  if ('operator' in node) {
    const { left, operator, right } = node as Extract<FilterNode, { left: FilterNode }>
    return operator === 'and'
      ? matches(left, row) && matches(right, row)
      : matches(left, row) || matches(right, row)
  }
  const columns = (node as Record<string, Record<string, Record<string, unknown>>>)
    .request_response_rmt
  if (columns === undefined) return true
  return Object.entries(columns).every(([column, operators]) => {
    if (column === 'properties') {
      return Object.entries(operators).every(([key, inner]) => {
        const all = JSON.parse(row.properties) as Record<string, string>
        return compare(all[key] ?? all[key.toLowerCase()] ?? null, inner as Record<string, unknown>)
      })
    }
    return compare(valueOf(column, row), operators)
  })
}

function valueOf(column: string, row: Row): string | number | null {
  switch (column) {
    case 'user_id':
      return row.userId
    case 'model':
      return row.model
    case 'cache_status':
      return row.cacheStatus
    case 'status':
      return row.status
    case 'prompt_tokens':
      return row.inputTokens
    case 'cost':
      return row.costNano === null ? null : row.costNano / 1e9
    default:
      return row.createdAt
  }
}

function compare(actual: string | number | null, operators: Record<string, unknown>): boolean {
  return Object.entries(operators).every(([operator, raw]) => {
    if (raw === 'null' && operator === 'equals') return actual === null
    if (raw === 'null' && operator === 'not-equals') return actual !== null
    const value = typeof raw === 'string' && typeof actual === 'number' ? Date.parse(raw) : raw
    if (operator === 'not-equals') return actual !== value
    const text = String(actual)
    if (operator === 'not-contains')
      return actual === null || !text.toLowerCase().includes(String(value).toLowerCase())
    if (actual === null) return false
    switch (operator) {
      case 'equals':
        return actual === value
      case 'contains':
        return text.toLowerCase().includes(String(value).toLowerCase())
      case 'like':
        return toRegExp(String(value), 's').test(text)
      case 'ilike':
        return toRegExp(String(value), 'si').test(text)
      case 'gt':
        return Number(actual) > Number(value)
      case 'gte':
        return Number(actual) >= Number(value)
      case 'lt':
        return Number(actual) < Number(value)
      default:
        return Number(actual) <= Number(value)
    }
  })
}

function toRegExp(pattern: string, flags: string): RegExp {
  const source = pattern.replace(/\\.|[^\\]|\\$/g, (part) => {
    if (part === '%') return '.*'
    if (part === '_') return '.'
    const literal = part.length > 1 ? part.slice(1) : part
    return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${source}$`, flags)
}
