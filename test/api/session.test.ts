import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, test } from 'vitest'
import { api } from '../../src/api/index.ts'
import { sha256Hex } from '../../src/lib/secret.ts'
import { ORIGIN, ask, call, mintOrganization } from '../support/workers-api.ts'
import type { Organization } from '../support/workers-api.ts'

let own: Organization
const FROM_US = { origin: ORIGIN }

beforeAll(async () => {
  own = await mintOrganization()
})

async function newLink(orgId: string, expiresInMs = 60_000): Promise<string> {
  const token = crypto.randomUUID()
  const now = Date.now()
  await env.DB.prepare(
    'insert into sign_in_links (token_hash, org_id, created_at, expires_at) values (?1, ?2, ?3, ?4)',
  )
    .bind(await sha256Hex(token), orgId, now, now + expiresInMs)
    .run()
  return token
}

function cookieOf(response: Response): string {
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

describe('POST /api/sign-in', () => {
  test('200 sets a host-bound cookie that signs in, and works once', async () => {
    const token = await newLink(own.orgId)
    const response = await call('POST', '/api/sign-in', { body: { token }, headers: FROM_US })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      data: { organization: { id: own.orgId } },
      error: null,
    })
    expect(response.headers.get('set-cookie')).toMatch(
      /^__Host-heliograph=[0-9a-f]{64}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const session = await ask('GET', '/api/session', { cookie: cookieOf(response) })
    expect(session).toMatchObject({
      status: 200,
      body: { data: { organization: { id: own.orgId } } },
    })
    expect((await call('POST', '/api/sign-in', { body: { token }, headers: FROM_US })).status).toBe(
      401,
    )
  })

  test('exactly one of twenty concurrent tries gets in', async () => {
    const token = await newLink(own.orgId)
    const tries = Array.from({ length: 20 }, () =>
      call('POST', '/api/sign-in', {
        body: { token },
        headers: { ...FROM_US, 'cf-connecting-ip': '10.0.0.1' },
      }),
    )
    const statuses = (await Promise.all(tries)).map((response) => response.status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(19)
  })

  test('on a laptop the cookie works without TLS, and the printed token once per value', async () => {
    const token = crypto.randomUUID()
    const local = { ...env, LOCAL_SIGN_IN_TOKEN: token } as unknown as Env
    const url = 'http://localhost:8787/api/sign-in'
    const signIn = () =>
      api.fetch(
        new Request(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
          body: JSON.stringify({ token }),
        }),
        local,
      )
    const responses = await Promise.all([signIn(), signIn(), signIn()])
    const [first] = responses.filter((response) => response.status === 200)
    expect(responses.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([
      200, 401, 401,
    ])
    expect(first?.headers.get('set-cookie')).toMatch(
      /^heliograph=[0-9a-f]{64}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const production = {
      ...local,
      ENVIRONMENT: 'production',
      LOCAL_SIGN_IN_TOKEN: 'another',
    } as unknown as Env
    const refused = await api.fetch(
      new Request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify({ token: 'another' }),
      }),
      production,
    )
    expect(refused.status).toBe(401)
  })

  test.each([
    [{ token: 'unknown' }, 401],
    [{ token: '' }, 400],
    [{}, 400],
    ['{', 400],
  ])('%j is answered %i', async (body, status) => {
    expect((await call('POST', '/api/sign-in', { body, headers: FROM_US })).status).toBe(status)
  })

  test('401 for an expired link', async () => {
    const token = await newLink(own.orgId, -1)
    expect((await call('POST', '/api/sign-in', { body: { token }, headers: FROM_US })).status).toBe(
      401,
    )
  })

  test('403 from another site', async () => {
    const token = await newLink(own.orgId)
    for (const headers of [
      { origin: 'https://evil.test' },
      { 'sec-fetch-site': 'cross-site' },
      {},
    ]) {
      expect(
        (await call('POST', '/api/sign-in', { body: { token }, headers: { ...headers } })).status,
      ).toBe(403)
    }
  })

  test('429 after fifty tries from one address, not from another', async () => {
    const headers = { ...FROM_US, 'cf-connecting-ip': '10.0.0.2' }
    const attempt = () => call('POST', '/api/sign-in', { body: { token: 'wrong' }, headers })
    for (let i = 0; i < 50; i += 1) expect((await attempt()).status).toBe(401)
    const refused = await attempt()
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('300')
    const elsewhere = { ...headers, 'cf-connecting-ip': '10.0.0.3' }
    expect(
      (await call('POST', '/api/sign-in', { body: { token: 'wrong' }, headers: elsewhere })).status,
    ).toBe(401)
  })
})

describe('GET and DELETE /api/session', () => {
  test('401 without a cookie, with a wrong one, and with a key', async () => {
    expect((await call('GET', '/api/session')).status).toBe(401)
    expect((await call('GET', '/api/session', { cookie: '__Host-heliograph=x' })).status).toBe(401)
    expect(
      (await call('GET', '/api/session', { cookie: `__Host-heliograph=${'0'.repeat(64)}` })).status,
    ).toBe(401)
    expect((await call('GET', '/api/session', { key: own.key })).status).toBe(401)
  })

  test('401 for a cookie that was set without TLS', async () => {
    const cookie = own.cookie.replace('__Host-', '')
    expect((await call('GET', '/api/session', { cookie })).status).toBe(401)
  })

  test('a session that was idle for a week, or is a month old, is over', async () => {
    for (const column of ['last_seen_at', 'expires_at']) {
      const { cookie } = await mintOrganization()
      const hash = await sha256Hex(cookie.split('=')[1] ?? '')
      const at = column === 'expires_at' ? Date.now() : Date.now() - 7 * 86_400_000
      await env.DB.prepare(`update sessions set ${column} = ?1 where token_hash = ?2`)
        .bind(at, hash)
        .run()
      expect((await call('GET', '/api/session', { cookie })).status).toBe(401)
    }
  })

  test('signing out ends the session on the server', async () => {
    const { cookie } = await mintOrganization()
    const response = await call('DELETE', '/api/session', { cookie })
    expect(response.status).toBe(200)
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0')
    expect((await call('GET', '/api/session', { cookie })).status).toBe(401)
  })

  test('403 for a write whose origin is another, 201 for a read query of our own page', async () => {
    const headers = { origin: 'https://evil.test' }
    expect((await call('DELETE', '/api/session', { cookie: own.cookie, headers })).status).toBe(403)
    const body = { filter: 'all' }
    expect(
      (await call('POST', '/v1/request/query', { cookie: own.cookie, headers, body })).status,
    ).toBe(403)
    expect((await call('POST', '/v1/request/query', { cookie: own.cookie, body })).status).toBe(201)
  })
})

describe('POST /api/sign-in-links', () => {
  test('201 with a link that signs in to the same organisation', async () => {
    const { status, body } = await ask('POST', '/api/sign-in-links', { cookie: own.cookie })
    expect(status).toBe(201)
    const { url } = body.data as { url: string }
    const token = new URL(url).searchParams.get('token')
    const signedIn = await ask('POST', '/api/sign-in', { body: { token }, headers: FROM_US })
    expect(signedIn.body.data).toMatchObject({ organization: { id: own.orgId } })
  })

  test('401 without access, 403 with a pk- key', async () => {
    expect((await call('POST', '/api/sign-in-links')).status).toBe(401)
    expect((await call('POST', '/api/sign-in-links', { key: own.writeKey })).status).toBe(403)
  })
})

function setUp(token: string) {
  return ask('POST', '/api/setup', {
    body: { token, organizationName: 'Acme' },
    headers: FROM_US,
  })
}

describe('POST /api/setup', () => {
  test('409 when no set-up is waiting', async () => {
    expect(await setUp('anything')).toMatchObject({ status: 409, body: { code: 'setup_done' } })
  })

  test('401 for a wrong token, then exactly one of ten right ones makes one organisation', async () => {
    await env.DB.prepare('insert into settings (key, value) values (?1, ?2)')
      .bind('setup_token_hash', await sha256Hex('right'))
      .run()
    const before = await env.DB.prepare('select count(*) as n from organizations').first<number>(
      'n',
    )
    expect(await setUp('wrong')).toMatchObject({ status: 401, body: { code: 'invalid_token' } })
    const answers = await Promise.all(Array.from({ length: 10 }, () => setUp('right')))
    const made = answers.filter(({ status }) => status === 201)
    expect(made).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401 || status === 409)).toHaveLength(9)
    const after = await env.DB.prepare('select count(*) as n from organizations').first<number>('n')
    expect(after).toBe((before ?? 0) + 1)
    const { apiKey } = (made[0]?.body.data ?? {}) as { apiKey: string }
    const counted = await ask('POST', '/v1/request/count/query', {
      key: apiKey,
      body: { filter: 'all' },
    })
    expect(counted).toEqual({ status: 200, body: { data: 0, error: null } })
    expect((await setUp('right')).status).toBe(409)
  })

  test('400 without a name', async () => {
    const body = { token: 'x', organizationName: ' ' }
    expect((await call('POST', '/api/setup', { body, headers: FROM_US })).status).toBe(400)
  })
})
