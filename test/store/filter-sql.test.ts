import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import type { FilterNode } from '../../src/contracts/filter.ts'
import { Refusal } from '../../src/lib/refusal.ts'
import { openD1Analytics } from '../../src/store/d1-analytics.ts'
import { compileFilter } from '../../src/store/filter-sql.ts'
import { insertRow, insertScore } from '../support/rows.ts'
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

describe('columns', () => {
  const orgId = organization()
  let plain: Row
  let rich: Row

  test('rows are there', async () => {
    plain = await insertRow(env, orgId, { createdAt: T0 })
    rich = await insertRow(env, orgId, {
      createdAt: T0 + 60_000,
      requestId: '6f1c0000-0000-4000-8000-00000000abcd',
      status: 429,
      outcome: 'gateway_error',
      errorCode: 'rate_limited',
      detail: JSON.stringify({
        limits: [
          { policy: '9;w=60', segment: 'organization', denied: false },
          { policy: '1;w=60;s=user', segment: 'user:Ann_100%', denied: true },
          { policy: '1;w=60;s=team', segment: 'team:red', denied: true },
        ],
      }),
      userId: 'Ann_100%',
      sessionId: 's-1',
      sessionName: 'Support',
      costNano: null,
      ttftMs: 90,
      latencyMs: 900,
      inputTokens: 100,
      outputTokens: null,
      cacheWrite5mTokens: 3,
      cacheWrite1hTokens: 4,
      promptId: 'greeting',
      cacheReferenceId: crypto.randomUUID(),
      cacheStatus: 'stale',
      responsePreview: 'Quota [exceeded]',
      properties: JSON.stringify({ feature: 'chat', 'we"ird\\ key': '1', Mixed: 'x' }),
    })
    await insertScore(env, rich, 'accuracy', 7)
    await insertScore(env, rich, 'helicone-score-feedback', 1)
    expect(await idsOf(orgId, 'all')).toEqual([rich.id, plain.id])
  })

  const onlyRich: [string, FilterNode][] = [
    ['status equals', rmt('status', { equals: 429 })],
    ['status as text', rmt('status', { equals: '429' })],
    ['status gt', rmt('status', { gt: 200 })],
    ['status not-equals', rmt('status', { 'not-equals': 200 })],
    ['request_created_at gt', rmt('request_created_at', { gt: new Date(T0).toISOString() })],
    ['request_created_at equals', rmt('request_created_at', { equals: T0 + 60_000 })],
    ['response_created_at gt', rmt('response_created_at', { gt: '2026-01-15T12:01:00Z' })],
    ['latency', rmt('latency', { gte: 900 })],
    ['time_to_first_token', rmt('time_to_first_token', { lt: 100 })],
    ['cost is unpriced', rmt('cost', { equals: 'null' })],
    ['prompt_tokens', rmt('prompt_tokens', { equals: 100 })],
    ['total_tokens with one part unknown', rmt('total_tokens', { equals: 100 })],
    ['completion_tokens unknown', rmt('completion_tokens', { equals: 'null' })],
    ['prompt_cache_write_tokens sums both', rmt('prompt_cache_write_tokens', { equals: 7 })],
    ['user_id equals', rmt('user_id', { equals: 'Ann_100%' })],
    ['user_id contains, any case', rmt('user_id', { contains: 'ANN_' })],
    ['user_id like is case-sensitive', rmt('user_id', { like: 'Ann%' })],
    ['user_id ilike', rmt('user_id', { ilike: '%N\\_1__\\%' })],
    ['user_id is there', rmt('user_id', { 'not-equals': 'null' })],
    ['user_id is not empty', rmt('user_id', { 'not-equals': '__empty__' })],
    ['users_view', { users_view: { user_user_id: { equals: 'Ann_100%' } } }],
    [
      'request id, as the client named it',
      rmt('request_id', { equals: '6F1C0000-0000-4000-8000-00000000ABCD' }),
    ],
    ['request id contains', rmt('request_id', { contains: 'abcd' })],
    ['response_body searches the preview', rmt('response_body', { contains: 'quota [exc' })],
    ['glob characters are literal', rmt('response_body', { like: '%_[exceeded_' })],
    ['prompt_id', rmt('prompt_id', { equals: 'greeting' })],
    ['cached', rmt('cached', { equals: true })],
    ['cache_status equals', rmt('cache_status', { equals: 'stale' })],
    ['cache_status is there', rmt('cache_status', { 'not-equals': 'null' })],
    ['cache_status contains, any case', rmt('cache_status', { contains: 'TAL' })],
    ['cache_status like', rmt('cache_status', { like: 'st%' })],
    ['outcome', rmt('outcome', { equals: 'gateway_error' })],
    ['error_code', rmt('error_code', { equals: 'rate_limited' })],
    ['who was denied', rmt('limited_segment', { equals: 'user:Ann_100%' })],
    ['each of those who were denied', rmt('limited_segment', { equals: 'team:red' })],
    ['property', rmt('properties', { feature: { equals: 'chat' } })],
    ['property in the short form', { properties: { feature: { equals: 'chat' } } }],
    ['property in the long form', { properties: { properties: { feature: { equals: 'chat' } } } }],
    ['property, lower-cased by HTTP', rmt('properties', { Feature: { equals: 'chat' } })],
    ['property, mixed case as stored', rmt('properties', { Mixed: { equals: 'x' } })],
    [
      'property with quotes in its name',
      rmt('search_properties', { 'we"ird\\ key': { equals: '1' } }),
    ],
    ['property that is there', rmt('property_key', { equals: 'feature' })],
    [
      'session by its property name',
      rmt('properties', { 'Helicone-Session-Id': { equals: 's-1' } }),
    ],
    ['session', { sessions_request_response_rmt: { session_session_name: { equals: 'Support' } } }],
    ['score', rmt('scores', { accuracy: { gte: 7 } })],
    ['scores_column', rmt('scores_column', { 'not-equals': '{}' })],
    ['feedback', rmt('helicone-score-feedback', { equals: true })],
    ['feedback table', { feedback: { rating: { equals: true } } }],
    ['feedback time', { feedback: { created_at: { gt: '2026-01-15T12:01:00Z' } } }],
    ['several keys mean all of them', { request_response_rmt: { status: { gt: 0, gte: 400 } } }],
  ]
  test.each(onlyRich)('%s finds the one row', async (_name, filter) => {
    expect(await idsOf(orgId, filter)).toEqual([rich.id])
  })

  const onlyPlain: [string, FilterNode][] = [
    ['cost in dollars', rmt('cost', { equals: 0.0000066 })],
    ['cost gt', rmt('cost', { gt: 0.000006 })],
    ['not-equals matches rows without the value', rmt('user_id', { 'not-equals': 'Ann_100%' })],
    ['not-contains matches rows without the value', rmt('user_id', { 'not-contains': 'ann' })],
    ['user_id empty', rmt('user_id', { equals: '__empty__' })],
    ['user_id null', rmt('user_id', { equals: 'null' })],
    ['not cached', rmt('cached', { equals: false })],
    ['the cache was not asked for', rmt('cache_status', { equals: 'null' })],
    ['any other cache_status, or none', rmt('cache_status', { 'not-equals': 'stale' })],
    ['cache_status without the letters, or none', rmt('cache_status', { 'not-contains': 'tal' })],
    ['any other outcome', rmt('outcome', { 'not-equals': 'gateway_error' })],
    ['any other error_code, or none', rmt('error_code', { 'not-equals': 'rate_limited' })],
    ['who was not denied', rmt('limited_segment', { 'not-equals': 'user:Ann_100%' })],
    ['feedback not given', rmt('helicone-score-feedback', { equals: 'null' })],
    ['lte', rmt('request_created_at', { lte: new Date(T0).toISOString() })],
    ['lt', rmt('request_created_at', { lt: '2026-01-15T12:00:00.001Z' })],
    ['response status', { response: { status: { lt: 400 } } }],
    [
      'request path and prompt',
      {
        left: { request: { path: { contains: 'CHAT' } } },
        operator: 'and',
        right: rmt('status', { equals: 200 }),
      },
    ],
  ]
  test.each(onlyPlain)('%s finds the other row', async (_name, filter) => {
    expect(await idsOf(orgId, filter)).toEqual([plain.id])
  })

  test('an empty node is everything', async () => {
    expect(await store.countRequests(orgId, { filter: {} })).toBe(2)
  })
})

describe('refusals', () => {
  const bad: [string, unknown, string][] = [
    ['unknown column', rmt('prompt_token', { equals: 1 }), 'prompt_tokens'],
    ['unknown table', { request_response: { status: { equals: 1 } } }, 'request_response_rmt'],
    ['known but not recorded', rmt('threat', { equals: true }), 'request_response_rmt.threat'],
    [
      'session sum',
      { sessions_request_response_rmt: { session_total_cost: { gt: 1 } } },
      'session_total_cost',
    ],
    ['values', { values: { topic: { equals: 'x' } } }, 'values.topic'],
    ['wrong operator', rmt('status', { contains: '4' }), 'gte'],
    ['wrong number', rmt('status', { equals: 'abc' }), 'number'],
    ['boolean for number', rmt('status', { equals: true }), 'number'],
    ['wrong time', rmt('request_created_at', { gt: 'yesterday' }), 'time'],
    ['time out of range', rmt('request_created_at', { gt: 1e20 }), 'time'],
    ['wrong boolean', rmt('cached', { equals: 'maybe' }), 'true or false'],
    ['text is not compared', rmt('cache_status', { gt: 'hit' }), 'not-equals'],
    ['object for text', rmt('model', { equals: { a: 1 } }), 'text'],
    ['null for text', rmt('model', { equals: null }), 'text'],
    ['no operator', rmt('model', {}), 'model'],
    ['map without operator', rmt('properties', { feature: 'chat' }), 'feature'],
    ['branch without right', { left: 'all', operator: 'and' }, 'right'],
    ['branch with a strange operator', { left: 'all', operator: 'xor', right: 'all' }, 'xor'],
    ['a list', [], 'list'],
    ['a number', 5, '5'],
    ['null', null, 'null'],
    ['inherited names', { request_response_rmt: { constructor: { equals: 1 } } }, 'constructor'],
    ['own __proto__', JSON.parse('{"__proto__":{"status":{"equals":1}}}'), '__proto__'],
    ['long value', rmt('model', { equals: 'x'.repeat(5000) }), '4096'],
    ['long pattern', rmt('model', { like: `a%${'b'.repeat(60)}` }), '50 bytes'],
    ['too deep', deep(100), '64'],
    ['far too deep', deep(50_000), '64'],
    ['too many', chain(201), '200'],
    ['too many empty nodes', emptyChain(2_000), 'nodes'],
  ]
  test.each(bad)('%s is refused by name', (_name, filter, words) => {
    const compile = () => compileFilter(filter as FilterNode)
    expect(compile).toThrow(Refusal)
    expect(compile).toThrow(words)
  })

  test('the limits themselves are answered by the database', async () => {
    const orgId = organization()
    await insertRow(env, orgId)
    expect(await store.countRequests(orgId, { filter: chain(200) })).toBe(1)
    expect(await store.countRequests(orgId, { filter: deep(63) })).toBe(1)
  })

  test('SQL in names and values stays a value', async () => {
    const orgId = organization()
    await insertRow(env, orgId)
    const evil = `x') or 1=1; drop table requests; --`
    for (const filter of [
      rmt('model', { equals: evil }),
      rmt('model', { like: `%${evil.slice(0, 20)}%'` }),
      rmt('properties', { [evil]: { equals: evil } }),
      rmt('scores', { [evil]: { equals: 1 } }),
      rmt('property_key', { equals: evil }),
    ]) {
      expect(await idsOf(orgId, filter)).toEqual([])
    }
    expect(await store.countRequests(orgId, { filter: 'all' })).toBe(1)
  })
})

function deep(levels: number): FilterNode {
  let node: FilterNode = rmt('status', { gte: 0 })
  for (let i = 0; i < levels; i += 1) {
    node = {
      left: node,
      operator: i % 2 === 0 ? 'and' : 'or',
      right: i % 2 === 0 ? 'all' : rmt('status', { lt: 0 }),
    }
  }
  return node
}

function chain(conditions: number): FilterNode {
  let node: FilterNode = rmt('status', { equals: 200 })
  for (let i = 1; i < conditions; i += 1) {
    node = {
      left: rmt('properties', { [`Key-${i}`]: { equals: `${i}` } }),
      operator: 'or',
      right: node,
    }
  }
  return node
}

function emptyChain(nodes: number): FilterNode {
  let node: FilterNode = 'all'
  for (let i = 0; i < nodes; i += 1) node = { left: {}, operator: 'and', right: node }
  return node
}
