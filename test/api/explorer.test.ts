import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { BodyDocument } from '../../src/contracts/api/requests.ts'
import { api } from '../../src/api/index.ts'
import { insertRow, insertRowWithBodies } from '../support/rows.ts'
import type { Row, StoredBodies } from '../support/rows.ts'
import { ORIGIN, ask, call, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

let own: Organization
let other: Organization

beforeAll(async () => {
  own = await mintOrganization()
  other = await mintOrganization()
})

afterEach(() => {
  vi.useRealTimers()
})

async function linkOf(row: Row): Promise<URL> {
  const { body } = await ask('GET', `/v1/request/${row.id}`, { key: own.key })
  return new URL((body.data as { signed_body_url: string }).signed_body_url)
}

/** The document behind a signed link, fetched as a stranger would. */
async function fetchBodies(
  bodies: StoredBodies,
  overrides: Partial<Row> = {},
): Promise<BodyDocument> {
  const row = await insertRowWithBodies(env, own.orgId, bodies, overrides)
  const response = await api.fetch(new Request(await linkOf(row)), env)
  expect(response.status).toBe(200)
  return response.json()
}

function fact(overrides: Record<string, unknown>) {
  return {
    bytes: 1,
    contentType: 'application/json',
    contentEncoding: null,
    omitted: false,
    truncatedAt: null,
    objectKey: null,
    ...overrides,
  }
}

describe('GET /api/bodies', () => {
  test('200 with both bodies parsed, to any origin, not cached', async () => {
    const row = await insertRowWithBodies(env, own.orgId, {
      request: '{"q":1}',
      response: '{"a":[2]}',
    })
    const url = await linkOf(row)
    expect(url.origin).toBe(ORIGIN)
    const response = await api.fetch(
      new Request(url, { headers: { origin: 'https://elsewhere.test' } }),
      env,
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      request: { q: 1 },
      response: { a: [2] },
      heliograph: {
        request_headers: { authorization: '[redacted]', 'content-type': 'application/json' },
        response_headers: { 'content-type': 'application/json' },
        request_content_type: 'application/json',
        response_content_type: 'application/json',
        response_raw: null,
        request_truncated: false,
        response_truncated: false,
      },
    })
  })

  test('a stream is merged and kept as it came', async () => {
    const sse =
      'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
    const document = await fetchBodies(
      {
        request: '{}',
        response: sse,
        record: { response: fact({ contentType: 'text/event-stream' }) },
      },
      { isStream: 1 },
    )
    expect(document.response).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: 'Hi' } }],
    })
    expect(document.heliograph.response_raw).toBe(sse)
  })

  test('binary is base64, text is text', async () => {
    const document = await fetchBodies({
      request: 'not json',
      response: new Uint8Array([0xff, 0x00, 0x01]),
      record: { response: fact({ contentType: 'audio/mpeg' }) },
    })
    expect(document.request).toBe('not json')
    expect(document.response).toEqual({ base64: '/wAB', content_type: 'audio/mpeg' })
  })

  test('omitted, missing and empty are null', async () => {
    const omitted = await fetchBodies(
      { request: '', response: '{"a":1}', record: { request: fact({ omitted: true }) } },
      { requestBodyState: 'omitted' },
    )
    expect(omitted).toMatchObject({ request: null, response: { a: 1 } })
    const empty = await fetchBodies(
      { request: '', response: '' },
      { requestBodyState: 'empty', responseBodyState: 'missing' },
    )
    expect(empty).toMatchObject({ request: null, response: null })
  })

  test('a body too big for the pack is read from its own object', async () => {
    const requestObject = `bodies/v1/${own.orgId}/big`
    await env.BODIES.put(requestObject, '{"big":true}')
    const document = await fetchBodies({ request: '', response: '{}' }, { requestObject })
    expect(document.request).toEqual({ big: true })
  })

  test('a truncated body says so', async () => {
    const document = await fetchBodies(
      { request: '{"a":"bc"}', response: '{}', record: { request: fact({ truncatedAt: 5 }) } },
      { requestBodyState: 'truncated' },
    )
    expect(document.heliograph.request_truncated).toBe(true)
    expect(document.request).toContain('left out')
  })

  test('a pack that is gone answers null, a damaged record still shows the bodies', async () => {
    const row = await insertRowWithBodies(env, own.orgId, { request: '{}', response: '{}' })
    await env.BODIES.delete(row.packKey ?? '')
    const gone = await api.fetch(new Request(await linkOf(row)), env)
    expect(await gone.json()).toMatchObject({ request: null, response: null })
    const damaged = await fetchBodies({
      request: '{"q":1}',
      response: '{}',
      record: { v: 99 as 1 },
    })
    expect(damaged.request).toEqual({ q: 1 })
  })

  test('403 for any change of the link, and after an hour', async () => {
    const row = await insertRowWithBodies(env, own.orgId, { request: '{}', response: '{}' })
    const victim = await insertRowWithBodies(env, other.orgId, { request: '{}', response: '{}' })
    const url = await linkOf(row)
    const changes: ((link: URL) => void)[] = [
      (link) => (link.pathname = link.pathname.replace(row.id, victim.id)),
      (link) => (link.pathname = `/api/bodies/${other.orgId}/${victim.id}`),
      (link) => link.searchParams.set('expires', '99999999999'),
      (link) => link.searchParams.set('signature', '0'.repeat(64)),
      (link) =>
        link.searchParams.set(
          'signature',
          (link.searchParams.get('signature') ?? '').toUpperCase(),
        ),
      (link) => link.searchParams.set('signature', ''),
      (link) => link.searchParams.delete('signature'),
      (link) => link.searchParams.delete('expires'),
    ]
    for (const change of changes) {
      const link = new URL(url)
      change(link)
      const response = await api.fetch(new Request(link), env)
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ code: 'invalid_link' })
    }
    vi.useFakeTimers({ now: Date.now() + 3_601_000, toFake: ['Date'] })
    expect(await (await api.fetch(new Request(url), env)).json()).toMatchObject({
      code: 'expired_link',
    })
  })
})

describe('POST /api/facets', () => {
  test('200 within the range, of our own rows', async () => {
    const { orgId, key } = await mintOrganization()
    const createdAt = Date.UTC(2026, 1, 1)
    await insertRow(env, orgId, { createdAt, userId: 'ann', cacheStatus: 'hit' })
    await insertRow(env, orgId, { createdAt: createdAt - 1, userId: 'bob', cacheStatus: 'miss' })
    const body = { range: { from: '2026-02-01T00:00:00Z', to: '2026-02-02T00:00:00Z' } }
    const answer = await ask('POST', '/api/facets', { key, body })
    expect(answer).toMatchObject({
      status: 200,
      body: {
        data: { user: [{ value: 'ann', count: 1 }], cache: [{ value: 'hit', count: 1 }] },
      },
    })
    const foreign = await ask('POST', '/api/facets', { key: other.key, body: {} })
    expect(foreign.body.data).toMatchObject({ user: [], cache: [] })
  })

  test.each([
    [{ range: { from: 'soon' } }],
    [{ filter: { x: { y: { equals: 1 } } } }],
    [{ range: 5 }],
    ['{'],
  ])('400 for %j', async (body) => {
    expect((await call('POST', '/api/facets', { key: own.key, body })).status).toBe(400)
  })
})

describe('GET /api/live', () => {
  const upgrade = { upgrade: 'websocket' }

  test('101 for a session from our own page, and for a key', async () => {
    for (const access of [{ cookie: own.cookie }, { key: own.key }]) {
      const response = await call('GET', '/api/live', { ...access, headers: upgrade })
      expect(response.status).toBe(101)
      response.webSocket?.accept()
      response.webSocket?.close()
    }
  })

  test('403 for a session from another site', async () => {
    const headers = { ...upgrade, origin: 'https://evil.test' }
    expect((await call('GET', '/api/live', { cookie: own.cookie, headers })).status).toBe(403)
  })

  test('401 without access, 403 with a pk- key, 426 without an upgrade', async () => {
    expect((await call('GET', '/api/live', { headers: upgrade })).status).toBe(401)
    expect((await call('GET', '/api/live', { key: own.writeKey, headers: upgrade })).status).toBe(
      403,
    )
    expect((await call('GET', '/api/live', { key: own.key })).status).toBe(426)
  })
})
