/** Which keys a deployed Worker refuses, in the words of each dialect, and where a key may be. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LOCAL_KEY } from '../../src/env.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatRequest, keyed, mintKey, newKey } from '../support/calls.ts'
import { rawCall, type RawAnswer } from '../support/raw-call.ts'
import { rowOf } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { json } from '../support/upstream-scripts.ts'

const CHAT = '/oai/v1/chat/completions'

let upstream: Upstream
let gateway: BareGateway
const keys = { good: '', writeOnly: '', revoked: '' }

beforeAll(async () => {
  upstream = await startUpstream(json(chatAnswer(12, 8)))
  const { url } = upstream
  gateway = await startBareGateway({
    upstream: { openai: url, anthropic: url, google: url, bedrock: url },
    vars: { ENVIRONMENT: 'production', ALLOW_PRIVATE_TARGETS: 'false' },
  })
  keys.good = await mintKey(gateway.env, 'org-refusals')
  keys.writeOnly = await mintKey(gateway.env, 'org-refusals', { kind: 'pk' })
  keys.revoked = await mintKey(gateway.env, 'org-refusals', { revokedAt: 1 })
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

async function countRows(): Promise<unknown> {
  return await gateway.env.LOGS.prepare('select count(*) as n from requests').first('n')
}

const shown = expect.any(String) as string

/** How each dialect says 401. */
const DIALECTS: [name: string, path: string, shape: (code: string, id: string) => object][] = [
  [
    'OpenAI',
    CHAT,
    (code) => ({ error: { message: shown, type: 'authentication_error', param: null, code } }),
  ],
  [
    'Anthropic',
    '/anthropic/v1/messages',
    (code, id) => ({
      type: 'error',
      error: { type: 'authentication_error', message: shown, code },
      request_id: id,
    }),
  ],
  [
    'Gemini',
    '/google/v1beta/models/gemini-2.5-flash:generateContent',
    (code) => ({
      error: { code: 401, message: shown, status: 'UNAUTHENTICATED', details: [{ code }] },
    }),
  ],
  [
    'Bedrock',
    '/bedrock/v1/us-east-1/model/anthropic.claude-sonnet-4-20250514-v1:0/converse',
    (code) => ({ message: shown, code }),
  ],
]

const BAD_KEYS: [name: string, header: () => string | null, code: string][] = [
  ['no key', () => null, 'missing_key'],
  ['an empty key', () => '', 'missing_key'],
  ['"Bearer undefined"', () => 'Bearer undefined', 'missing_key'],
  ['"null"', () => 'null', 'missing_key'],
  ['a key of another kind', () => 'Bearer sk-proj-abcdefgh', 'malformed_key'],
  ['a key cut short', () => `Bearer ${keys.good.slice(0, -1)}`, 'malformed_key'],
  ['a key in capitals', () => `Bearer ${keys.good.toUpperCase()}`, 'malformed_key'],
  ['an unknown key', () => `Bearer ${newKey()}`, 'invalid_key'],
  ['a revoked key', () => `Bearer ${keys.revoked}`, 'revoked_key'],
  ['the local development key', () => `Bearer ${LOCAL_KEY}`, 'invalid_key'],
]

describe.each(DIALECTS)('keys, in the words of %s', (_, path, shape) => {
  it.each(BAD_KEYS)('%s is a 401', async (__, header, code) => {
    const auth = header()
    const rowsBefore = await countRows()
    const answer = await post(path, {
      'content-type': 'application/json',
      authorization: 'Bearer sk-provider-key',
      ...(auth === null ? {} : { 'helicone-auth': auth }),
    })
    expect(answer.status).toBe(401)
    expect(answer.headers['x-helicone-error']).toEqual([code])
    expect(answer.headers['content-type']).toEqual(['application/json'])
    expect(parsed(answer)).toEqual(shape(code, answer.headers['helicone-id']?.[0] ?? ''))
    expect(answer.body.toString()).not.toContain('helicone-local00')
    expect(upstream.requests).toEqual([])
    expect(await countRows()).toBe(rowsBefore)
  })

  it.each(['good', 'writeOnly'] as const)('a %s key is let through', async (kind) => {
    const answer = await post(path, keyed({}, keys[kind]))
    expect(answer.status).toBe(200)
    expect(await rowOf(gateway.env, answer.headers['helicone-id']?.[0] ?? '')).toMatchObject({
      org_id: 'org-refusals',
      outcome: 'success',
    })
  })
})

describe('where a key may be', () => {
  it.each([
    ['in the path', () => `/${keys.good}/v1/chat/completions`, () => ({})],
    ['in the path of a surface', () => `/${keys.good}${CHAT}`, () => ({})],
    [
      'beside the provider key',
      () => CHAT,
      () => ({ authorization: `Bearer sk-provider-key, Bearer ${keys.good}` }),
    ],
    ['in x-api-key', () => CHAT, () => ({ 'x-api-key': keys.good })],
    ['in api-key', () => CHAT, () => ({ 'api-key': keys.good })],
  ])('%s', async (_, path, headers) => {
    const answer = await post(path(), { authorization: 'Bearer sk-provider-key', ...headers() })
    expect(answer.status).toBe(200)
    const [seen] = upstream.requests
    expect(seen?.url).toBe('/v1/chat/completions')
    expect(seen?.header('authorization')).toBe('Bearer sk-provider-key')
    expect(JSON.stringify(seen?.rawHeaders)).not.toContain('helicone')
  })

  it('a bad key in the path is a 401 too', async () => {
    const answer = await post(`/${newKey()}/v1/chat/completions`, {})
    expect(answer.status).toBe(401)
    expect(parsed(answer)).toMatchObject({ error: { code: 'invalid_key' } })
  })
})

describe("the vendors' clients raise their own exception", () => {
  it.each(BAD_KEYS.filter(([name]) => !name.includes('empty')))(
    'for %s',
    async (_, header, code) => {
      const auth = header()
      const defaultHeaders = auth === null ? {} : { 'Helicone-Auth': auth }
      const options = { apiKey: 'sk-provider-key', defaultHeaders, maxRetries: 0 }
      const openai = new OpenAI({ ...options, baseURL: `${gateway.url}/oai/v1` })
      const anthropic = new Anthropic({ ...options, baseURL: `${gateway.url}/anthropic` })
      const messages = [{ role: 'user' as const, content: 'Hello' }]
      const chat = openai.chat.completions.create({ model: 'gpt-4o-mini', messages })
      await expect(chat).rejects.toThrow(OpenAI.AuthenticationError)
      await expect(chat).rejects.toMatchObject({ status: 401, code })
      const message = anthropic.messages.create({ model: 'claude-x', max_tokens: 9, messages })
      await expect(message).rejects.toThrow(Anthropic.AuthenticationError)
      await expect(message).rejects.toMatchObject({ status: 401, error: { error: { code } } })
    },
  )
})
