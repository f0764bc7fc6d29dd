/** What a deployed Worker refuses besides keys: targets that are not public, routes, methods; and what browsers may do. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatRequest, keyed, mintKey } from '../support/calls.ts'
import { rawCall, type RawAnswer } from '../support/raw-call.ts'
import { rowOf } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { json } from '../support/upstream-scripts.ts'

const CHAT = '/oai/v1/chat/completions'

let upstream: Upstream
let gateway: BareGateway
let key: string

beforeAll(async () => {
  upstream = await startUpstream(json(chatAnswer(12, 8)))
  gateway = await startBareGateway({
    upstream: upstream.url,
    vars: { ENVIRONMENT: 'production', ALLOW_PRIVATE_TARGETS: 'false' },
  })
  key = await mintKey(gateway.env, 'org-refusals')
})
afterEach(() => upstream.clear())
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

async function post(path: string, headers: Record<string, string>): Promise<RawAnswer> {
  return await rawCall(gateway.url, path, { headers, body: chatRequest() })
}

function parsed({ body }: RawAnswer): unknown {
  return JSON.parse(body.toString())
}

const shown = expect.any(String) as string

describe('targets', () => {
  const port = (): string => String(upstream.port)
  const refused: [target: () => string, code: string][] = [
    [() => `http://127.0.0.1:${port()}`, 'target_not_allowed'],
    [() => `http://localhost:${port()}`, 'target_not_allowed'],
    [() => `http://localhost.:${port()}`, 'target_not_allowed'],
    [() => `http://LOCALHOST:${port()}`, 'target_not_allowed'],
    [() => `http://anything.localhost:${port()}`, 'target_not_allowed'],
    [() => `http://2130706433:${port()}`, 'target_not_allowed'],
    [() => `http://0x7f000001:${port()}`, 'target_not_allowed'],
    [() => `http://0x7f.0.0.1:${port()}`, 'target_not_allowed'],
    [() => `http://0177.0.0.1:${port()}`, 'target_not_allowed'],
    [() => `http://127.1:${port()}`, 'target_not_allowed'],
    [() => `http://0:${port()}`, 'target_not_allowed'],
    [() => `http://%31%32%37.0.0.1:${port()}`, 'target_not_allowed'],
    [() => `http:127.0.0.1:${port()}`, 'target_not_allowed'],
    [() => `http:\\\\127.0.0.1:${port()}\\`, 'target_not_allowed'],
    [() => `http://[::1]:${port()}`, 'target_not_allowed'],
    [() => `http://[::]:${port()}`, 'target_not_allowed'],
    [() => `http://[::ffff:127.0.0.1]:${port()}`, 'target_not_allowed'],
    [() => `http://[::ffff:7f00:1]:${port()}`, 'target_not_allowed'],
    [() => `http://[64:ff9b::7f00:1]:${port()}`, 'target_not_allowed'],
    [() => `http://[fe80::1]:${port()}`, 'target_not_allowed'],
    [() => `http://[fd00:ec2::254]`, 'target_not_allowed'],
    [() => 'http://169.254.169.254', 'target_not_allowed'],
    [() => 'http://metadata.google.internal', 'target_not_allowed'],
    [() => 'http://100.100.100.200', 'target_not_allowed'],
    [() => 'http://10.0.0.1', 'target_not_allowed'],
    [() => 'http://172.31.255.255', 'target_not_allowed'],
    [() => 'http://192.168.0.1', 'target_not_allowed'],
    [() => 'http://255.255.255.255', 'target_not_allowed'],
    [() => 'http://redis:6379', 'target_not_allowed'],
    [() => 'https://user:password@api.openai.com', 'target_not_allowed'],
    [() => `https://api.openai.com@127.0.0.1:${port()}`, 'target_not_allowed'],
    [() => 'ftp://api.openai.com', 'target_not_allowed'],
    [() => 'file:///etc/passwd', 'target_not_allowed'],
    [() => 'gopher://api.openai.com', 'target_not_allowed'],
    [() => 'javascript:alert(1)', 'target_not_allowed'],
    [() => gateway.url, 'target_not_allowed'],
    [() => 'api.openai.com', 'invalid_target'],
    [() => '//api.openai.com', 'invalid_target'],
    [() => 'https://', 'invalid_target'],
    [() => 'http://[::1', 'invalid_target'],
    [() => 'http://256.256.256.256', 'invalid_target'],
    [() => 'http://host:99999', 'invalid_target'],
    [() => '', 'invalid_target'],
  ]
  const headers: [header: string, path: string][] = [
    ['Helicone-Target-URL', '/v1/chat/completions'],
    ['Helicone-OpenAI-Api-Base', CHAT],
  ]
  it.each(headers)(
    '%s: every spelling of a place that is not public is a 400',
    async (name, path) => {
      for (const [target, code] of refused) {
        const answer = await post(path, keyed({ [name]: target() }, key))
        expect([target(), answer.status, parsed(answer)]).toMatchObject([
          target(),
          400,
          { error: { code, type: 'invalid_request_error', message: shown } },
        ])
      }
      expect(upstream.requests).toEqual([])
    },
  )

  it('a refused target leaves its row, without the target', async () => {
    const answer = await post(
      '/v1/chat/completions',
      keyed({ 'helicone-target-url': 'https://user:hunter2@api.openai.com' }, key),
    )
    const row = await rowOf(gateway.env, answer.headers['helicone-id']?.[0] ?? '')
    expect(row).toMatchObject({
      outcome: 'gateway_error',
      status: 400,
      error_code: 'target_not_allowed',
      provider: 'unknown',
      target_url: '',
    })
    expect(JSON.stringify(row)).not.toContain('hunter2')
    expect(answer.body.toString()).not.toContain('hunter2')
  })
})

describe('routes and methods', () => {
  const cases: [name: string, method: string, path: string, status: number, code: string][] = [
    ['a provider that nobody has', 'POST', '/v1/gateway/nobody/v1/x', 404, 'unknown_route'],
    ['a path that is no page', 'POST', '/nothing/here', 404, 'unknown_route'],
    [
      'the generic gateway without a target',
      'POST',
      '/v1/gateway/gateway/v1/x',
      400,
      'missing_target',
    ],
    ['asynchronous logs', 'POST', '/oai/v1/log', 501, 'not_implemented'],
    ['the sandbox, switched off', 'POST', '/sandbox/v1/chat/completions', 403, 'sandbox_disabled'],
  ]
  it.each(cases)('%s', async (_, method, path, status, code) => {
    const answer = await rawCall(gateway.url, path, {
      method,
      headers: keyed({}, key),
      body: '{}',
    })
    expect(answer.status).toBe(status)
    expect(parsed(answer)).toMatchObject({ error: { code, message: shown } })
    expect(upstream.requests).toEqual([])
  })

  it('the sandbox key, switched off', async () => {
    const answer = await post(CHAT, keyed({ authorization: 'Bearer sk-sandbox' }, key))
    expect(answer.status).toBe(403)
    expect(parsed(answer)).toMatchObject({
      error: { code: 'sandbox_disabled', type: 'permission_error' },
    })
  })

  it('a WebSocket', async () => {
    const answer = await rawCall(gateway.url, '/oai/v1/realtime', {
      method: 'GET',
      headers: {
        ...keyed({}, key),
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    })
    expect(answer.status).toBe(501)
    expect(parsed(answer)).toMatchObject({ error: { code: 'not_implemented' } })
  })

  it("our key where only the provider's belongs, and no provider key: 401 that says so", async () => {
    const answer = await post('/mistral/v1/chat/completions', {
      authorization: `Bearer ${key}`,
    })
    expect(answer.status).toBe(401)
    expect(parsed(answer)).toMatchObject({
      error: { code: 'missing_provider_key', type: 'authentication_error' },
    })
  })

  it('the health check needs no key', async () => {
    const answer = await rawCall(gateway.url, '/healthcheck', { method: 'GET' })
    expect([answer.status, parsed(answer)]).toEqual([200, { status: 'healthy :)' }])
  })
})

describe('browsers', () => {
  const origin = 'https://app.example.com'

  it('a preflight is answered without a key', async () => {
    const answer = await rawCall(gateway.url, CHAT, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers':
          'authorization, content-type, helicone-auth, x-stainless-os',
      },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ['*'],
      'access-control-allow-methods': [expect.stringContaining('POST') as string],
      'access-control-allow-headers': [
        'authorization, content-type, helicone-auth, x-stainless-os',
      ],
    })
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
    expect(upstream.requests).toEqual([])
  })

  it('an OPTIONS that is no preflight goes to the provider', async () => {
    const headers = keyed({ origin }, key)
    const answer = await rawCall(gateway.url, CHAT, { method: 'OPTIONS', headers })
    expect(answer.status).toBe(200)
    expect(upstream.requests).toHaveLength(1)
  })

  it.each([
    ['an answer', () => keyed({ origin }, key), 200],
    ['a refusal', () => ({ origin }), 401],
  ])('%s may be read from anywhere', async (_, headers, status) => {
    const answer = await post(CHAT, headers())
    expect(answer.status).toBe(status)
    expect(answer.headers['access-control-allow-origin']).toEqual(['*'])
  })

  it("a provider's cookie is not set on this origin", async () => {
    upstream.next(json({}, { headers: { 'set-cookie': ['a=1', 'b=2'] } }))
    const answer = await post(CHAT, keyed({ cookie: `c=${randomUUID()}` }, key))
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(upstream.requests[0]?.header('cookie')).toBeNull()
  })
})
