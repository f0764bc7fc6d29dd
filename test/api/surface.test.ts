import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { api } from '../../src/api/index.ts'
import { API_ERRORS } from '../../src/api/errors.ts'
import { insertRowWithBodies } from '../support/rows.ts'
import { ask, call, mintOrganization } from '../support/workers-api.ts'

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
  components: { schemas: Record<string, unknown> }
}

async function readDocument(): Promise<Document> {
  const response = await call('GET', '/v1/openapi.json')
  expect(response.status).toBe(200)
  return response.json()
}

test('the OpenAPI document lists every route that exists, and no other', async () => {
  const document = await readDocument()
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const undescribed = new Set(['GET /docs', 'GET /docs/init.js', 'GET /v1/openapi.json'])
  const routed = api.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    .filter((route) => !undescribed.has(route))
  expect(new Set(described)).toEqual(new Set(routed))
  expect(document.components.schemas).toHaveProperty('HeliconeRequest')
})

test('every described path that is not a WebSocket answers something else than 404', async () => {
  const document = await readDocument()
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of Object.keys(methods)) {
      const concrete = path.replaceAll(/\{\w+\}/g, crypto.randomUUID())
      const { status } = await call(method.toUpperCase(), concrete)
      expect([400, 401, 403], `${method} ${path}`).toContain(status)
    }
  }
})

test.each([
  ['POST', '/v1/session/query'],
  ['POST', '/v1/user/metrics/query'],
  ['POST', '/v1/property/query'],
  ['POST', '/v1/metrics/totalCost'],
  ['GET', '/v1/api-keys'],
  ['POST', '/v1/prompt/query'],
  ['POST', '/v1/log/request'],
  ['GET', '/v1/public/status/provider'],
  ['GET', `/v1/request/${crypto.randomUUID()}/inputs`],
])('501 for %s %s, by name', async (method, path) => {
  const answer = await ask(method, path)
  expect(answer).toMatchObject({ status: 501, body: { data: null, code: 'not_implemented' } })
  expect(answer.body.error).toContain(path)
})

test('404 for what is no route, in the envelope', async () => {
  expect(await ask('GET', '/api/nothing')).toMatchObject({
    status: 404,
    body: { data: null, code: 'not_found' },
  })
  expect(await ask('PATCH', '/v1/request/query')).toMatchObject({
    status: 404,
    body: { code: 'not_found' },
  })
})

test('every answer carries the security headers', async () => {
  const { key } = await mintOrganization()
  for (const response of [
    await call('GET', '/api/nothing'),
    await call('GET', '/api/keys', { key }),
    await call('GET', '/api/session'),
    await call('GET', '/docs'),
  ]) {
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('x-frame-options')).toBe('DENY')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000')
  }
})

test('the reference page has no inline script and nothing from elsewhere', async () => {
  const response = await call('GET', '/docs')
  const html = await response.text()
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(html).not.toMatch(/https?:\/\//)
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/)
  expect(html).toContain('/assets/api-reference/swagger-ui-bundle.js')
  const script = await call('GET', '/docs/init.js')
  expect(script.headers.get('content-type')).toContain('text/javascript')
  expect(await script.text()).toContain('/v1/openapi.json')
})

test('a broken dependency is one 500 that says nothing of itself', async () => {
  const broken = {
    ...env,
    DB: {
      prepare: () => {
        throw new Error('secret detail')
      },
    },
  } as unknown as Env
  const { key } = await mintOrganization()
  const response = await api.fetch(
    new Request('https://heliograph.test/api/keys', {
      headers: { authorization: `Bearer ${key}` },
    }),
    broken,
  )
  expect(response.status).toBe(API_ERRORS.internal.status)
  expect(await response.text()).not.toContain('secret')
})

test('no endpoint answers or changes anything of another organisation', async () => {
  const mine = await mintOrganization()
  const theirs = await mintOrganization()
  const requestId = crypto.randomUUID()
  const canary = `canary-${crypto.randomUUID()}`
  const row = await insertRowWithBodies(
    env,
    theirs.orgId,
    { request: canary, response: canary },
    {
      requestId,
      userId: canary,
      requestPreview: canary,
      properties: JSON.stringify({ [canary]: canary }),
    },
  )
  const filters = [
    'all',
    { request_response_rmt: { organization_id: { equals: theirs.orgId } } },
    {
      left: { request_response_rmt: { request_id: { equals: requestId } } },
      operator: 'or',
      right: 'all',
    },
    { request_response_rmt: { user_id: { equals: canary } } },
  ]
  const calls: [string, string, unknown][] = [
    ...filters.flatMap((filter): [string, string, unknown][] => [
      ['POST', '/v1/request/query', { filter }],
      ['POST', '/v1/request/query-clickhouse', { filter }],
      ['POST', '/v1/request/count/query', { filter }],
      ['POST', '/api/facets', { filter }],
    ]),
    ['POST', '/v1/request/query-ids', { requestIds: [row.id, requestId] }],
    ...[row.id].flatMap((id): [string, string, unknown][] => [
      ['GET', `/v1/request/${id}`, undefined],
      ['GET', `/v1/request/${id}?includeBody=true`, undefined],
      ['POST', `/v1/request/${id}/feedback`, { rating: true }],
      ['POST', `/v1/request/${id}/score`, { scores: { a: 1 } }],
      ['PUT', `/v1/request/${id}/property`, { key: 'a', value: 'b' }],
      ['GET', `/api/bodies/${theirs.orgId}/${id}`, undefined],
    ]),
    ['POST', '/v1/feedback', { 'helicone-id': row.id, rating: true }],
    ['GET', '/api/keys', undefined],
    ['GET', '/api/session', undefined],
  ]
  for (const credentials of [{ key: mine.key }, { cookie: mine.cookie }]) {
    for (const [method, path, body] of calls) {
      const response = await call(method, path, { ...credentials, body })
      const text = await response.text()
      expect(response.status, `${method} ${path}`).toBeLessThan(500)
      expect(text, `${method} ${path}`).not.toContain(canary)
      expect(text, `${method} ${path}`).not.toContain(theirs.orgId)
      if (path.endsWith('count/query')) expect(JSON.parse(text)).toEqual({ data: 0, error: null })
    }
  }
  const untouched = await env.LOGS.prepare('select properties from requests where id = ?1')
    .bind(row.id)
    .first('properties')
  expect(untouched).toBe(row.properties)
  expect(
    await env.LOGS.prepare('select count(*) as n from scores where id = ?1')
      .bind(row.id)
      .first('n'),
  ).toBe(0)
})
