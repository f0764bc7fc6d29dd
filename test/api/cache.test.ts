import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CacheOverview } from '../../src/contracts/api/cache.ts'
import { insertRow } from '../support/rows.ts'
import { ask, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

const KEY = `${'a'.repeat(16)}-${'d'.repeat(64)}`

let own: Organization

beforeAll(async () => {
  own = await mintOrganization()
})

describe('DELETE /v1/cache', () => {
  test.each([
    ['/v1/cache', 'organization'],
    ['/v1/cache?seed=a', 'seed'],
    [`/v1/cache/${KEY}`, 'key'],
  ])('200 for %s', async (path, purged) => {
    const { status, body } = await ask('DELETE', path, { key: own.key })
    expect(status).toBe(200)
    expect(body).toEqual({ data: { purged, settlesWithinSeconds: 120 }, error: null })
    expect((await ask('DELETE', path, { cookie: own.cookie })).status).toBe(200)
  })

  test.each([
    '/v1/cache?seed=',
    '/v1/cache?sede=a',
    '/v1/cache/nonsense',
    `/v1/cache/${KEY.toUpperCase()}`,
  ])('400 for %s: nothing more than was meant is purged', async (path) => {
    const { status, body } = await ask('DELETE', path, { key: own.key })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_body' })
  })

  test.each(['/v1/cache', `/v1/cache/${KEY}`])(
    '401 without access to %s, 403 with a pk- key',
    async (path) => {
      expect((await ask('DELETE', path)).status).toBe(401)
      expect((await ask('DELETE', path, { key: own.writeKey })).status).toBe(403)
    },
  )
})

describe('GET /api/cache/overview', () => {
  const PATH = '/api/cache/overview'
  const FROM = Date.UTC(2026, 0, 15, 12)
  const HOUR = `${PATH}?from=${FROM}&to=${FROM + 3_600_000}`

  beforeAll(async () => {
    const hit = { createdAt: FROM, cacheStatus: 'hit', cacheKey: KEY, attempts: 0 }
    await insertRow(env, own.orgId, { ...hit, savedMs: 400, savedNano: 6_600 })
    await insertRow(env, own.orgId, { ...hit, savedMs: 100, savedNano: null })
  })

  test('200: what the cache did, for a key and for a person', async () => {
    const answer = await ask('GET', HOUR, { key: own.key })
    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: {
          requests: 2,
          hits: 2,
          misses: 0,
          savedUsd: 0.000_006_6,
          savedUnpriced: 1,
          savedMs: 500,
          bucketMs: 60_000,
          top: [{ key: KEY, hits: 2, savedUsd: 0.000_006_6 }],
        },
        error: null,
      },
    })
    expect(await ask('GET', HOUR, { cookie: own.cookie })).toEqual(answer)
  })

  test('200: the key of an entry is one that can be purged', async () => {
    const { body } = await ask('GET', HOUR, { key: own.key })
    const [entry] = (body.data as CacheOverview).top
    const purged = await ask('DELETE', `/v1/cache/${entry?.key}`, { key: own.key })
    expect(purged).toMatchObject({ status: 200, body: { data: { purged: 'key' } } })
  })

  test('200: a foreign organisation sees nothing', async () => {
    const other = await mintOrganization()
    const { status, body } = await ask('GET', HOUR, { key: other.key })
    expect(status).toBe(200)
    expect(body.data).toMatchObject({ requests: 0, hits: 0, savedUsd: 0, savedMs: 0, top: [] })
  })

  test('200: a range without any time, and the longest there is', async () => {
    const empty = await ask('GET', `${PATH}?from=${FROM}&to=${FROM}`, { key: own.key })
    expect(empty).toMatchObject({ status: 200, body: { data: { requests: 0, series: [] } } })
    const longest = await ask('GET', `${PATH}?from=0&to=281474976710655`, { key: own.key })
    expect(longest).toMatchObject({ status: 200, body: { data: { requests: 2 } } })
  })

  test.each([
    ['', 'from'],
    [`?from=${FROM}`, 'to'],
    [`?to=${FROM}`, 'from'],
    [`?from=&to=${FROM}`, 'from'],
    [`?from=yesterday&to=${FROM}`, 'from'],
    [`?from=2026-01-15T12:00:00Z&to=${FROM}`, 'from'],
    [`?from=-1&to=${FROM}`, 'from'],
    [`?from=1e3&to=${FROM}`, 'from'],
    [`?from=0x10&to=${FROM}`, 'from'],
    [`?from=0.5&to=${FROM}`, 'from'],
    ['?from=0&to=281474976710656', 'to'],
    ['?from=0&to=99999999999999999999', 'to'],
    [`?from=${FROM + 1}&to=${FROM}`, 'from'],
  ])('400 for %s, naming the parameter', async (query, name) => {
    const answer = await ask('GET', `${PATH}${query}`, { key: own.key })
    expect(answer).toMatchObject({ status: 400, body: { data: null, code: 'invalid_body' } })
    expect(answer.body.error).toMatch(new RegExp(`^${name}: `))
  })

  test('401 without access, 403 with a pk- key', async () => {
    expect((await ask('GET', HOUR)).status).toBe(401)
    expect(await ask('GET', HOUR, { key: own.writeKey })).toMatchObject({
      status: 403,
      body: { code: 'key_write_only' },
    })
  })
})

test('403 for a purge that another site sends with the cookie', async () => {
  for (const path of ['/v1/cache', `/v1/cache/${KEY}`]) {
    const headers = { 'sec-fetch-site': 'cross-site' }
    const answer = await ask('DELETE', path, { cookie: own.cookie, headers })
    expect(answer).toMatchObject({ status: 403, body: { code: 'cross_site' } })
  }
})
