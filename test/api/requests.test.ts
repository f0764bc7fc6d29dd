import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { api } from '../../src/api/index.ts'
import type { RequestRow } from '../../src/contracts/api/requests.ts'
import { uuidv7At } from '../../src/lib/ids.ts'
import { insertRow, insertRowWithBodies } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { ORIGIN, ask, call, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

const T0 = Date.UTC(2026, 0, 15, 12)
const OLD_ID = uuidv7At(T0)
let own: Organization
let other: Organization
let row: Row
let named: Row
let foreign: Row

beforeAll(async () => {
  own = await mintOrganization()
  other = await mintOrganization()
  row = await insertRowWithBodies(
    env,
    own.orgId,
    { request: '{"model":"gpt-4o-mini"}', response: '{"id":"x"}' },
    { createdAt: T0 },
  )
  named = await insertRow(env, own.orgId, {
    createdAt: T0 + 60_000,
    requestId: crypto.randomUUID(),
    status: 500,
    costNano: null,
    cost: JSON.stringify({ nanoUsd: null, source: 'unpriced', lines: [] }),
  })
  foreign = await insertRow(env, other.orgId, { createdAt: T0, requestId: crypto.randomUUID() })
})

function rowsOf(body: Record<string, unknown>): RequestRow[] {
  return body.data as RequestRow[]
}

describe.each(['/v1/request/query', '/v1/request/query-clickhouse'])('POST %s', (path) => {
  test('201 with the newest first, in the words of the contract', async () => {
    const { status, body } = await ask('POST', path, { key: own.key, body: { filter: 'all' } })
    expect(status).toBe(201)
    expect(body.error).toBeNull()
    const [first, second] = rowsOf(body)
    expect(rowsOf(body)).toHaveLength(2)
    expect(first).toMatchObject({
      request_id: named.requestId,
      cost: null,
      costUSD: null,
      signed_body_url: null,
    })
    expect(second).toMatchObject({
      request_id: row.id,
      request_created_at: '2026-01-15T12:00:00.000Z',
      cost: 0.0000066,
      prompt_tokens: 12,
      total_tokens: 20,
      cache_reference_id: '00000000-0000-0000-0000-000000000000',
      signed_body_url: expect.stringContaining('/api/bodies/'),
      heliograph: { id: row.id, cost: { nanoUsd: 6600, source: 'catalogue' } },
    })
  })

  test('201 with a filter, a page and a sort', async () => {
    const filter = { request_response_rmt: { status: { gte: 500 } } }
    const filtered = await ask('POST', path, { key: own.key, body: { filter } })
    expect(rowsOf(filtered.body).map((one) => one.heliograph.id)).toEqual([named.id])
    const paged = await ask('POST', path, {
      key: own.key,
      body: {
        filter: {},
        offset: 1,
        limit: 1,
        sort: { created_at: 'asc' },
        isCached: false,
        unknown: 1,
      },
    })
    expect(rowsOf(paged.body).map((one) => one.heliograph.id)).toEqual([named.id])
  })

  test('201 with a cache status, by the name that the rows give it', async () => {
    const { orgId, key } = await mintOrganization()
    const hit = await insertRow(env, orgId, { cacheStatus: 'hit' })
    await insertRow(env, orgId, { cacheStatus: 'miss' })
    await insertRow(env, orgId)
    const filter = { request_response_rmt: { cache_status: { equals: 'hit' } } }
    const { status, body } = await ask('POST', path, { key, body: { filter } })
    expect(status).toBe(201)
    expect(rowsOf(body)).toMatchObject([{ heliograph: { id: hit.id, cache_status: 'hit' } }])
    const rest = { request_response_rmt: { cache_status: { 'not-equals': 'hit' } } }
    const counted = await ask('POST', '/v1/request/count/query', { key, body: { filter: rest } })
    expect(counted.body.data).toBe(2)
  })

  test.each([
    ['{"filter":', 'invalid_json', 'JSON'],
    ['', 'invalid_json', 'JSON'],
    [
      { filter: { request_response_rmt: { colour: { equals: 'red' } } } },
      'invalid_filter',
      'colour',
    ],
    [{ filter: 'some' }, 'invalid_body', 'filter'],
    [{ filter: 7 }, 'invalid_body', 'filter'],
    [{ filter: 'all', limit: 1001 }, 'invalid_limit', 'invalid limit'],
    [{ filter: 'all', limit: 0 }, 'invalid_body', 'limit'],
    [{ filter: 'all', limit: 'ten' }, 'invalid_body', 'limit'],
    [{ filter: 'all', offset: -1 }, 'invalid_body', 'offset'],
    [{ filter: 'all', offset: 1.5 }, 'invalid_body', 'offset'],
    [{ filter: 'all', sort: { colour: 'asc' } }, 'invalid_sort', 'colour'],
    [[], 'invalid_body', ''],
    ['null', 'invalid_body', ''],
  ])('400 for %j', async (body, code, words) => {
    const answer = await ask('POST', path, { key: own.key, body })
    expect(answer).toMatchObject({ status: 400, body: { data: null, code } })
    expect(answer.body.error).toContain(words)
  })

  test('400 for JSON nested deeper than any stack', async () => {
    const body = `{"filter":${'{"left":"all","operator":"and","right":'.repeat(20_000)}"all"${'}'.repeat(20_000)}}`
    const answer = await ask('POST', path, { key: own.key, body })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_filter' } })
  })

  test('401 without a key, 403 with a pk- key', async () => {
    expect(await ask('POST', path, { body: { filter: 'all' } })).toMatchObject({
      status: 401,
      body: { trace: 'isAuthenticated.error', code: 'not_authenticated' },
    })
    expect(await ask('POST', path, { key: own.writeKey, body: { filter: 'all' } })).toMatchObject({
      status: 403,
      body: { code: 'key_write_only' },
    })
  })

  test('413 for more than 1 MiB, declared or not', async () => {
    const body = JSON.stringify({ filter: 'all', padding: 'x'.repeat(1_048_577) })
    expect((await call('POST', path, { key: own.key, body })).status).toBe(413)
    const headers = { authorization: `Bearer ${own.key}`, 'content-type': 'application/json' }
    const stream = new Response(body).body
    const undeclared = new Request(`${ORIGIN}${path}`, { method: 'POST', headers, body: stream })
    expect(undeclared.headers.get('content-length')).toBeNull()
    expect((await api.fetch(undeclared, env)).status).toBe(413)
  })

  test('415 for a body that is not declared as JSON', async () => {
    const headers = { 'content-type': 'text/plain' }
    const answer = await ask('POST', path, { key: own.key, body: { filter: 'all' }, headers })
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  })
})

describe('POST /v1/request/count/query', () => {
  test('200 with the number', async () => {
    const body = { filter: { response: { status: { equals: 500 } } } }
    expect(await ask('POST', '/v1/request/count/query', { key: own.key, body })).toEqual({
      status: 200,
      body: { data: 1, error: null },
    })
  })

  test('400 for a bad filter', async () => {
    const body = { filter: { response: { status: { like: 'x' } } } }
    expect((await call('POST', '/v1/request/count/query', { key: own.key, body })).status).toBe(400)
  })
})

describe('POST /v1/request/query-ids', () => {
  test('200 with those that exist and are ours', async () => {
    const requestIds = [
      row.id,
      named.requestId,
      foreign.id,
      foreign.requestId,
      crypto.randomUUID(),
      'junk',
    ]
    const { status, body } = await ask('POST', '/v1/request/query-ids', {
      key: own.key,
      body: { requestIds },
    })
    expect(status).toBe(200)
    expect(rowsOf(body).map((one) => one.heliograph.id)).toEqual([named.id, row.id])
  })

  test('400 for too many or no ids', async () => {
    const many = { requestIds: Array.from({ length: 1001 }, () => crypto.randomUUID()) }
    expect(await ask('POST', '/v1/request/query-ids', { key: own.key, body: many })).toMatchObject({
      status: 400,
      body: { code: 'invalid_limit' },
    })
    expect((await call('POST', '/v1/request/query-ids', { key: own.key, body: {} })).status).toBe(
      400,
    )
  })
})

describe('GET /v1/request/{id}', () => {
  test('200 by request id and by row id', async () => {
    for (const id of [named.requestId, named.id]) {
      const { status, body } = await ask('GET', `/v1/request/${id}`, { key: own.key })
      expect(status).toBe(200)
      expect(body.data).toMatchObject({ request_id: named.requestId, heliograph: { id: named.id } })
    }
  })

  test('200 with bodies in place of stubs', async () => {
    const { body } = await ask('GET', `/v1/request/${row.id}?includeBody=true`, { key: own.key })
    expect(body.data).toMatchObject({
      request_body: { model: 'gpt-4o-mini' },
      response_body: { id: 'x' },
    })
  })

  test('400 for an id that is no UUID, 404 for an unknown or foreign one', async () => {
    expect(await ask('GET', '/v1/request/42', { key: own.key })).toMatchObject({
      status: 400,
      body: { code: 'invalid_id' },
    })
    for (const id of [OLD_ID, foreign.id, foreign.requestId]) {
      expect(await ask('GET', `/v1/request/${id}`, { key: own.key })).toMatchObject({
        status: 404,
        body: { data: null, code: 'not_found' },
      })
    }
  })
})

describe('feedback', () => {
  test('201, then it is seen, and the last one wins', async () => {
    for (const rating of [false, true]) {
      const answer = await ask('POST', `/v1/request/${row.id}/feedback`, {
        key: own.writeKey,
        body: { rating },
      })
      expect(answer).toEqual({ status: 201, body: { data: null, error: null } })
    }
    const { body } = await ask('GET', `/v1/request/${row.id}`, { key: own.key })
    expect(body.data).toMatchObject({
      feedback_rating: true,
      scores: { 'helicone-score-feedback': 1 },
    })
  })

  test('201 by the older endpoint', async () => {
    const body = { 'helicone-id': named.requestId, rating: false }
    expect((await call('POST', '/v1/feedback', { key: own.key, body })).status).toBe(201)
    const seen = await ask('GET', `/v1/request/${named.id}`, { key: own.key })
    expect(seen.body.data).toMatchObject({
      feedback_rating: false,
      feedback_created_at: expect.any(String),
    })
  })

  test('201 for a row that is still on its way', async () => {
    const late = uuidv7At(Date.now())
    const answer = call('POST', `/v1/request/${late}/feedback`, {
      key: own.key,
      body: { rating: true },
    })
    await insertRow(env, own.orgId, { id: late, createdAt: Date.now() })
    expect((await answer).status).toBe(201)
  })

  test.each([
    ['/v1/request/{id}/feedback', { rating: 'good' }],
    ['/v1/request/{id}/feedback', {}],
    ['/v1/request/nonsense/feedback', { rating: true }],
    ['/v1/feedback', { rating: true }],
  ])('400 at %s with %j', async (path, body) => {
    expect((await call('POST', path.replace('{id}', row.id), { key: own.key, body })).status).toBe(
      400,
    )
  })

  test('404 for an unknown or foreign request', async () => {
    for (const id of [OLD_ID, foreign.id]) {
      const answer = await ask('POST', `/v1/request/${id}/feedback`, {
        key: own.key,
        body: { rating: true },
      })
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
    expect(
      await env.LOGS.prepare('select count(*) as n from scores where id = ?1')
        .bind(foreign.id)
        .first('n'),
    ).toBe(0)
  })
})

describe('PUT /v1/request/{id}/property', () => {
  test('201, then it is seen and filterable', async () => {
    const body = { key: 'Feature', value: 'search' }
    expect(
      (await call('PUT', `/v1/request/${row.id}/property`, { key: own.writeKey, body })).status,
    ).toBe(201)
    const filter = { request_response_rmt: { properties: { Feature: { equals: 'search' } } } }
    const found = await ask('POST', '/v1/request/query', { key: own.key, body: { filter } })
    expect(rowsOf(found.body)[0]?.properties.Feature).toBe('search')
  })

  test.each([
    [{ key: '', value: 'x' }, 'invalid_property'],
    [{ key: 'k'.repeat(200), value: 'x' }, 'invalid_property'],
    [{ key: 'k', value: 'x'.repeat(5000) }, 'invalid_property'],
    [{ key: 'k', value: 5 }, 'invalid_body'],
    [{ key: 'k' }, 'invalid_body'],
  ])('400 for %j', async (body, code) => {
    const answer = await ask('PUT', `/v1/request/${row.id}/property`, { key: own.key, body })
    expect(answer).toMatchObject({ status: 400, body: { code } })
  })

  test('404 for a foreign request', async () => {
    const body = { key: 'k', value: 'v' }
    expect(
      (await call('PUT', `/v1/request/${foreign.id}/property`, { key: own.key, body })).status,
    ).toBe(404)
  })
})

describe('POST /v1/request/{id}/score', () => {
  test('201, booleans get the suffix of the contract', async () => {
    const body = { scores: { accuracy: 92, helpful: true } }
    expect(
      (await call('POST', `/v1/request/${named.id}/score`, { key: own.writeKey, body })).status,
    ).toBe(201)
    const seen = await ask('GET', `/v1/request/${named.id}`, { key: own.key })
    expect(seen.body.data).toMatchObject({ scores: { accuracy: 92, 'helpful-hcone-bool': 1 } })
  })

  test.each([
    [{ scores: { accuracy: 0.5 } }, 'invalid_score'],
    [{ scores: {} }, 'invalid_score'],
    [{ scores: { '': 1 } }, 'invalid_score'],
    [{ scores: { a: 'b' } }, 'invalid_body'],
    [{ scores: [1] }, 'invalid_body'],
    [{}, 'invalid_body'],
  ])('400 for %j', async (body, code) => {
    const answer = await ask('POST', `/v1/request/${row.id}/score`, { key: own.key, body })
    expect(answer).toMatchObject({ status: 400, body: { code } })
  })

  test('404 for a foreign request', async () => {
    const body = { scores: { a: 1 } }
    expect(
      (await call('POST', `/v1/request/${foreign.id}/score`, { key: own.key, body })).status,
    ).toBe(404)
  })
})
