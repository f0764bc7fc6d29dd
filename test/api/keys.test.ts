import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { api } from '../../src/api/index.ts'
import { LOCAL_KEY } from '../../src/env.ts'
import { sha256Hex } from '../../src/lib/secret.ts'
import { ORIGIN, ask, call, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

let own: Organization
let other: Organization

beforeAll(async () => {
  own = await mintOrganization()
  other = await mintOrganization()
})

describe('/api/keys', () => {
  test('201, listed without the key, used, revoked, refused', async () => {
    const made = await ask('POST', '/api/keys', { cookie: own.cookie, body: { name: 'CI' } })
    expect(made.status).toBe(201)
    const { id, key, hint } = made.body.data as { id: string; key: string; hint: string }
    expect(key).toMatch(/^sk-helicone-([a-z0-9]{7}-){3}[a-z0-9]{7}$/)
    expect(hint.length).toBeLessThan(key.length / 2)
    const listed = await call('GET', '/api/keys', { cookie: own.cookie })
    const text = await listed.text()
    expect(text).toContain(id)
    expect(text).not.toContain(key)
    expect(text).not.toContain(await sha256Hex(key))
    expect((await call('GET', '/api/keys', { key })).status).toBe(200)
    expect((await call('DELETE', `/api/keys/${id}`, { cookie: own.cookie })).status).toBe(200)
    expect((await call('GET', '/api/keys', { key })).status).toBe(401)
    expect(await env.KV.get(`key:${await sha256Hex(key)}`, 'json')).toEqual({
      revoked: true,
      checkedAt: expect.any(Number),
    })
    expect((await call('DELETE', `/api/keys/${id}`, { cookie: own.cookie })).status).toBe(200)
  })

  test('a write-only key has the other prefix', async () => {
    const made = await ask('POST', '/api/keys', {
      key: own.key,
      body: { name: 'app', permissions: 'w' },
    })
    expect((made.body.data as { key: string }).key).toMatch(/^pk-helicone-/)
  })

  test('404 for the key of another organisation, which stays valid', async () => {
    const { body } = await ask('GET', '/api/keys', { key: other.key })
    for (const { id } of body.data as { id: string }[]) {
      expect((await call('DELETE', `/api/keys/${id}`, { key: own.key })).status).toBe(404)
    }
    expect((await call('GET', '/api/keys', { key: other.key })).status).toBe(200)
  })

  test.each([[{}], [{ name: '' }], [{ name: 'x', permissions: 'admin' }], ['{']])(
    '400 for %j',
    async (body) => {
      expect((await call('POST', '/api/keys', { key: own.key, body })).status).toBe(400)
    },
  )

  test('401 without access, 403 with a pk- key', async () => {
    for (const [method, path, body] of [
      ['GET', '/api/keys', undefined],
      ['POST', '/api/keys', { name: 'x' }],
      ['DELETE', '/api/keys/x', undefined],
    ] as const) {
      expect((await call(method, path, { body })).status).toBe(401)
      expect((await call(method, path, { body, key: own.writeKey })).status).toBe(403)
    }
  })
})

function localKeyRequest(): Request {
  return new Request(`${ORIGIN}/api/keys`, { headers: { authorization: `Bearer ${LOCAL_KEY}` } })
}

describe('keys in headers', () => {
  test('Helicone-Authorization counts like Authorization', async () => {
    const headers = { 'helicone-authorization': `Bearer ${own.key}` }
    expect((await call('GET', '/api/keys', { headers })).status).toBe(200)
  })

  test.each([
    'sk-helicone-nonsense',
    'sk-helicone-aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa',
    '',
    'sk-proj-abc',
  ])('401 for "%s", also beside a good cookie', async (key) => {
    expect((await call('GET', '/api/keys', { key })).status).toBe(401)
    expect((await call('GET', '/api/keys', { key, cookie: own.cookie })).status).toBe(401)
  })

  test('the local key works on a laptop only', async () => {
    await env.DB.prepare(
      `insert into api_keys (id, org_id, name, hash, hint, permissions, created_at) values ('local', ?1, 'local', ?2, '', 'rw', 0)`,
    )
      .bind(own.orgId, await sha256Hex(LOCAL_KEY))
      .run()
    expect((await api.fetch(localKeyRequest(), env)).status).toBe(200)
    const production = { ...env, ENVIRONMENT: 'production' } as unknown as Env
    expect((await api.fetch(localKeyRequest(), production)).status).toBe(401)
    const session = await ask('GET', '/api/session', { cookie: own.cookie })
    expect(session.body.data).toMatchObject({
      environment: 'local',
      snippetKey: LOCAL_KEY,
      gatewayUrl: ORIGIN,
    })
    const theirs = await ask('GET', '/api/session', { cookie: other.cookie })
    expect(theirs.body.data).toMatchObject({ snippetKey: null })
  })
})
