import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { findKeyByHash } from '../../src/store/hot.ts'
import { ask, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

const DEFAULTS = {
  strict_headers: false,
  limits_on_cache_hits: false,
  limits_fail_closed: 'never',
  timeout_connect_ms: null,
  timeout_first_token_ms: null,
  timeout_idle_ms: null,
  timeout_total_ms: null,
}
const PATH = '/api/settings'

let own: Organization

beforeEach(async () => {
  own = await mintOrganization()
})

async function change(body: unknown): ReturnType<typeof ask> {
  return ask('PATCH', PATH, { key: own.key, body })
}

async function read(organization = own): Promise<unknown> {
  const { status, body } = await ask('GET', PATH, { key: organization.key })
  expect(status).toBe(200)
  return body.data
}

async function store(settings: string): Promise<void> {
  await env.DB.prepare('update organizations set settings = ?2 where id = ?1')
    .bind(own.orgId, settings)
    .run()
}

describe('GET /api/settings', () => {
  test('200: the defaults of an organisation that decided nothing', async () => {
    expect(await read()).toEqual(DEFAULTS)
  })

  test('200 for a person at the dashboard', async () => {
    const answer = await ask('GET', PATH, { cookie: own.cookie })
    expect(answer).toEqual({ status: 200, body: { data: DEFAULTS, error: null } })
  })

  test.each(['{', '[]', '{"limits_fail_closed":"sometimes","later":1}'])(
    '200: the defaults for what cannot be read, and it can be changed: %s',
    async (settings) => {
      await store(settings)
      expect(await read()).toEqual(DEFAULTS)
      const { body } = await change({ strict_headers: true })
      expect(body.data).toEqual({ ...DEFAULTS, strict_headers: true })
    },
  )
})

describe('PATCH /api/settings', () => {
  test.each([
    { strict_headers: true },
    { limits_on_cache_hits: true, limits_fail_closed: 'always' },
    { limits_fail_closed: 'spend' },
    { timeout_connect_ms: 1, timeout_first_token_ms: 3_600_000 },
    { timeout_idle_ms: 500, timeout_total_ms: 60_000 },
    {},
  ])('200 for %j: this changes, nothing else', async (patch) => {
    const changed = { ...DEFAULTS, ...patch }
    expect(await change(patch)).toEqual({ status: 200, body: { data: changed, error: null } })
    expect(await read()).toEqual(changed)
  })

  test('200: what was decided before stays, and null goes back to the default', async () => {
    await change({ strict_headers: true, timeout_total_ms: 60_000, timeout_idle_ms: 5_000 })
    await change({ timeout_total_ms: null, limits_fail_closed: 'spend' })
    expect(await read()).toEqual({
      ...DEFAULTS,
      strict_headers: true,
      limits_fail_closed: 'spend',
      timeout_idle_ms: 5_000,
    })
  })

  test('200: changes at the same time do not undo each other', async () => {
    const patches = [
      { strict_headers: true },
      { limits_on_cache_hits: true },
      { limits_fail_closed: 'always' },
      { timeout_connect_ms: 1_000 },
    ]
    await Promise.all(patches.map(change))
    expect(await read()).toEqual(Object.assign({ ...DEFAULTS }, ...patches))
  })

  test('200: a setting of a later version stays where it is', async () => {
    await store('{"later":{"deep":1}}')
    await change({ strict_headers: true })
    const stored = await env.DB.prepare('select settings from organizations where id = ?1')
      .bind(own.orgId)
      .first<string>('settings')
    expect(JSON.parse(stored ?? '')).toEqual({ later: { deep: 1 }, strict_headers: true })
  })

  test('the next look at a key of the organisation finds them', async () => {
    await change({ limits_fail_closed: 'spend', timeout_total_ms: 60_000 })
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(own.key))
    const hash = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('')
    expect(await findKeyByHash(env.DB, hash)).toMatchObject({
      orgId: own.orgId,
      settings: { ...DEFAULTS, limits_fail_closed: 'spend', timeout_total_ms: 60_000 },
    })
  })

  test.each([
    [{ strict_header: true }, 'strict_header'],
    [{ strict_headers: true, name: 'x' }, 'name'],
    [{ strict_headers: 'true' }, 'strict_headers'],
    [{ strict_headers: null }, 'strict_headers'],
    [{ limits_on_cache_hits: 1 }, 'limits_on_cache_hits'],
    [{ limits_fail_closed: 'money' }, 'limits_fail_closed'],
    [{ timeout_connect_ms: 0 }, 'timeout_connect_ms'],
    [{ timeout_first_token_ms: -1 }, 'timeout_first_token_ms'],
    [{ timeout_idle_ms: 1.5 }, 'timeout_idle_ms'],
    [{ timeout_total_ms: 3_600_001 }, 'timeout_total_ms'],
    [{ timeout_total_ms: '60000' }, 'timeout_total_ms'],
    [[], 'json'],
    ['null', 'json'],
  ])('400 for %j, naming the field, and nothing changes', async (body, field) => {
    const answer = await change(body)
    expect(answer).toMatchObject({ status: 400, body: { data: null, code: 'invalid_body' } })
    expect(answer.body.error).toContain(field)
    expect(await read()).toEqual(DEFAULTS)
  })

  test('400 for a body that is not JSON, 415 for one that does not say so', async () => {
    expect(await change('{')).toMatchObject({ status: 400, body: { code: 'invalid_json' } })
    const headers = { 'content-type': 'text/plain' }
    const answer = await ask('PATCH', PATH, { key: own.key, body: {}, headers })
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  })

  test('404 for an organisation that is gone', async () => {
    await env.DB.prepare('delete from organizations where id = ?1').bind(own.orgId).run()
    expect(await change({ strict_headers: true })).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    })
  })

  test('another organisation keeps its own', async () => {
    const other = await mintOrganization()
    await change({ strict_headers: true })
    expect(await read(other)).toEqual(DEFAULTS)
  })
})

describe.each([
  ['GET', undefined],
  ['PATCH', { strict_headers: true }],
])('%s /api/settings', (method, body) => {
  test('401 without access, 403 with a pk- key', async () => {
    expect((await ask(method, PATH, { body })).status).toBe(401)
    const refused = await ask(method, PATH, { body, key: own.writeKey })
    expect(refused).toMatchObject({ status: 403, body: { code: 'key_write_only' } })
    expect(await read()).toEqual(DEFAULTS)
  })
})

test('403 for a change that another site sends with the cookie', async () => {
  const body = { strict_headers: true }
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://elsewhere.test' },
  ]) {
    const answer = await ask('PATCH', PATH, { cookie: own.cookie, body, headers })
    expect(answer).toMatchObject({ status: 403, body: { code: 'cross_site' } })
  }
  expect(await read()).toEqual(DEFAULTS)
  expect((await ask('PATCH', PATH, { cookie: own.cookie, body })).status).toBe(200)
})
