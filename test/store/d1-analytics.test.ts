import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { Refusal } from '../../src/lib/refusal.ts'
import { openD1Analytics } from '../../src/store/d1-analytics.ts'
import { compileFilter } from '../../src/store/filter-sql.ts'
import { buildRow, insertRow, insertScore } from '../support/rows.ts'

const store = openD1Analytics(env.LOGS)
const T0 = Date.UTC(2026, 0, 15, 12)

function organization(): string {
  return `org-${crypto.randomUUID()}`
}

test('a row comes back as it was written, with its scores', async () => {
  const orgId = organization()
  const row = await insertRow(env, orgId, { cacheWrite5mTokens: 5, warnings: '[]', costNano: null })
  await insertScore(env, row, 'accuracy', 0.5)
  const found = await store.getRequest(orgId, row.id)
  expect(found?.row).toEqual(row)
  expect(found?.scores).toEqual([
    { name: 'accuracy', value: 0.5, updatedAt: row.createdAt + 1_000 },
  ])
  expect(await store.getRow(orgId, row.id)).toEqual(row)
})

test('a request is found by the id the client chose, by the row id, and in capitals', async () => {
  const orgId = organization()
  const requestId = crypto.randomUUID()
  const older = await insertRow(env, orgId, { createdAt: T0, requestId })
  const newer = await insertRow(env, orgId, { createdAt: T0 + 60_000, requestId })
  expect((await store.getRequest(orgId, requestId))?.row.id).toBe(newer.id)
  expect((await store.getRequest(orgId, older.id))?.row.id).toBe(older.id)
  expect((await store.getRequest(orgId, requestId.toUpperCase()))?.row.id).toBe(newer.id)
  expect(await store.getRequest(orgId, crypto.randomUUID())).toBeNull()
  const many = await store.getRequests(orgId, [older.id, requestId, crypto.randomUUID()])
  expect(many.map(({ row }) => row.id)).toEqual([newer.id, older.id])
})

test('nothing of another organisation is ever answered or written', async () => {
  const mine = organization()
  const theirs = organization()
  const row = await insertRow(env, theirs, { requestId: crypto.randomUUID() })
  expect(await store.queryRequests(mine, { filter: 'all', offset: 0, limit: 10 })).toEqual([])
  expect(await store.countRequests(mine, { filter: 'all' })).toBe(0)
  expect(await store.getRequest(mine, row.id)).toBeNull()
  expect(await store.getRequest(mine, row.requestId ?? '')).toBeNull()
  expect(await store.getRow(mine, row.id)).toBeNull()
  expect((await store.facets(mine, { filter: 'all' })).model).toEqual([])
  expect(await store.putScores(mine, row.id, [{ name: 'x', value: 1, kind: 'number' }])).toBe(false)
  expect(await store.setProperty(mine, row.id, 'a', 'b')).toBe('missing')
  expect(await store.getRow(theirs, row.id)).toEqual(row)
})

test('pages follow each other in every order, nulls last', async () => {
  const orgId = organization()
  for (const [i, costNano] of [5, null, 9, 1].entries()) {
    await insertRow(env, orgId, {
      createdAt: T0 + i * 60_000,
      costNano,
      properties: JSON.stringify({ rank: `${i % 2}` }),
    })
  }
  const page = async (sort: Record<string, unknown> | undefined, offset = 0, limit = 10) =>
    (await store.queryRequests(orgId, { filter: 'all', offset, limit, sort: sort as never })).map(
      ({ row }) => row.costNano,
    )
  expect(await page(undefined)).toEqual([1, 9, null, 5])
  expect(await page({})).toEqual([1, 9, null, 5])
  expect(await page({ created_at: 'asc' })).toEqual([5, null, 9, 1])
  expect(await page({ cost: 'asc' })).toEqual([1, 5, 9, null])
  expect(await page({ cost: 'desc' })).toEqual([9, 5, 1, null])
  expect(await page({ properties: { rank: 'asc' } })).toEqual([9, 5, 1, null])
  expect(await page({ created_at: 'asc' }, 1, 2)).toEqual([null, 9])
  expect(new Set(await page({ random: true }))).toEqual(new Set([1, 5, 9, null]))
})

test.each([
  [{ price: 'asc' }, 'cost'],
  [{ cost: 'up' }, 'asc'],
  [{ properties: { a: 1 } }, 'properties.a'],
  [{ constructor: 'asc' }, 'constructor'],
  [{ a: 'asc', b: 'asc', c: 'asc', d: 'asc', e: 'asc' }, 'at most 4'],
])('sort %j is refused by name', async (sort, words) => {
  const asked = store.queryRequests('org', {
    filter: 'all',
    offset: 0,
    limit: 1,
    sort: sort as never,
  })
  await expect(asked).rejects.toThrow(words)
  await expect(asked).rejects.toBeInstanceOf(Refusal)
})

test('a time range reads the primary key, not the table', async () => {
  const filter = compileFilter({
    left: { request_response_rmt: { request_created_at: { gte: '2026-01-15T12:00:00Z' } } },
    operator: 'and',
    right: { request_response_rmt: { request_created_at: { lt: '2026-01-15T13:00:00Z' } } },
  })
  const { results } = await env.LOGS.prepare(
    `explain query plan select id from requests where org_id = ?1 and ${filter.sql} order by id desc`,
  )
    .bind('org', JSON.stringify(filter.values.list))
    .all<{ detail: string }>()
  const plan = results.map(({ detail }) => detail).join('\n')
  expect(plan).toContain('PRIMARY KEY (org_id=? AND id>? AND id<?)')
  expect(plan).not.toContain('TEMP B-TREE')
})

test('an id is looked up by an index, whichever id it is', async () => {
  const filter = compileFilter({
    request_response_rmt: { request_id: { equals: crypto.randomUUID() } },
  })
  const { results } = await env.LOGS.prepare(
    `explain query plan select id from requests where org_id = ?1 and ${filter.sql}`,
  )
    .bind('org', JSON.stringify(filter.values.list))
    .all<{ detail: string }>()
  const plan = results.map(({ detail }) => detail).join('\n')
  expect(plan).toContain('PRIMARY KEY (org_id=? AND id=?)')
  expect(plan).toContain('requests_by_request_id (org_id=? AND request_id=?)')
})

test('the last score of a name wins', async () => {
  const orgId = organization()
  const row = await insertRow(env, orgId)
  expect(
    await store.putScores(orgId, row.id, [
      { name: 'a', value: 1, kind: 'number' },
      { name: 'b', value: 1, kind: 'boolean' },
    ]),
  ).toBe(true)
  expect(await store.putScores(orgId, row.id, [{ name: 'a', value: 3, kind: 'number' }])).toBe(true)
  const found = await store.getRequest(orgId, row.id)
  expect(found?.scores.map(({ name, value }) => [name, value])).toEqual([
    ['a', 3],
    ['b', 1],
  ])
})

test('a property is added, replaced, and bounded', async () => {
  const orgId = organization()
  const row = await insertRow(env, orgId, { properties: JSON.stringify({ team: 'a' }) })
  expect(await store.setProperty(orgId, row.id, 'team', 'b')).toBe('written')
  expect(await store.setProperty(orgId, row.id, `we"ird'\\ $.key`, '{"json":1}')).toBe('written')
  expect(JSON.parse((await store.getRow(orgId, row.id))?.properties ?? '')).toEqual({
    team: 'b',
    [`we"ird'\\ $.key`]: '{"json":1}',
  })
  expect(await store.setProperty(orgId, row.id, 'big', 'x'.repeat(20_000))).toBe('too_large')
})

test('facets count what is there, most frequent first', async () => {
  const orgId = organization()
  await insertRow(env, orgId, {
    status: 500,
    userId: 'ann',
    cacheStatus: 'miss',
    properties: '{"team":"a"}',
  })
  await insertRow(env, orgId, {
    userId: 'ann',
    cacheStatus: 'miss',
    properties: '{"team":"a","env":"dev"}',
  })
  await insertRow(env, orgId, {
    userId: 'bob',
    model: null,
    sessionId: 's',
    properties: '{"team":"b"}',
  })
  const facets = await store.facets(orgId, { filter: 'all' })
  expect(facets.user).toEqual([
    { value: 'ann', count: 2 },
    { value: 'bob', count: 1 },
  ])
  expect(facets.status).toEqual([
    { value: '200', count: 2 },
    { value: '500', count: 1 },
  ])
  expect(facets.model).toEqual([{ value: buildRow('x').model, count: 2 }])
  expect(facets.session).toEqual([{ value: 's', count: 1 }])
  expect(facets.cache).toEqual([{ value: 'miss', count: 2 }])
  expect(facets.properties).toEqual([
    {
      key: 'team',
      values: [
        { value: 'a', count: 2 },
        { value: 'b', count: 1 },
      ],
    },
    { key: 'env', values: [{ value: 'dev', count: 1 }] },
  ])
  expect(
    (await store.facets(orgId, { filter: { response: { status: { equals: 500 } } } })).user,
  ).toEqual([{ value: 'ann', count: 1 }])
})
