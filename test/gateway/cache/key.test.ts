import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cacheDigest } from '../../../src/gateway/cache/key.ts'
import type { KeyedRequest } from '../../../src/gateway/cache/key.ts'
import { comparableJson } from '../../../src/gateway/cache/json-text.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const bytes = (text: string): Uint8Array => encoder.encode(text)

function request(change: Partial<KeyedRequest> = {}): KeyedRequest {
  return {
    orgId: 'org-1',
    space: '0123456789abcdef',
    method: 'POST',
    url: 'https://api.openai.com/v1/chat/completions?a=1',
    headers: new Headers({ authorization: 'Bearer sk-one', accept: 'application/json' }),
    body: bytes('{"model":"m","messages":[]}'),
    ignoreKeys: [],
    ...change,
  }
}

const headers = (values: Record<string, string>): Partial<KeyedRequest> => ({
  headers: new Headers({ authorization: 'Bearer sk-one', accept: 'application/json', ...values }),
})

describe('what changes the key', () => {
  test.each<[string, Partial<KeyedRequest>]>([
    ['organisation', { orgId: 'org-2' }],
    ['space', { space: 'fedcba9876543210' }],
    ['method', { method: 'GET' }],
    ['host', { url: 'https://example.com/v1/chat/completions?a=1' }],
    ['path', { url: 'https://api.openai.com/v1/completions?a=1' }],
    ['query', { url: 'https://api.openai.com/v1/chat/completions?a=2' }],
    ['body', { body: bytes('{"model":"n","messages":[]}') }],
    ['order of keys', { body: bytes('{"messages":[],"model":"m"}') }],
    ['provider key', headers({ authorization: 'Bearer sk-two' })],
    ['x-api-key', headers({ 'x-api-key': 'sk-two' })],
    ['api-key', headers({ 'api-key': 'sk-two' })],
    ['a key by any other name', headers({ 'ocp-apim-subscription-key': 'two' })],
    ['a condition', headers({ 'if-none-match': '"x"' })],
    ['x-goog-api-key', headers({ 'x-goog-api-key': 'k' })],
    ['accept', headers({ accept: 'text/event-stream' })],
    ['anthropic-version', headers({ 'anthropic-version': '2023-06-01' })],
    ['anthropic-beta', headers({ 'anthropic-beta': 'context-1m' })],
    ['openai-organization', headers({ 'openai-organization': 'org' })],
    ['openai-project', headers({ 'openai-project': 'p' })],
    ['content-encoding', headers({ 'content-encoding': 'gzip' })],
    ['bedrock guardrail', headers({ 'x-amzn-bedrock-guardrailidentifier': 'g' })],
    ['ignored keys', { ignoreKeys: ['user'] }],
  ])('%s', async (_, change) => {
    expect(await cacheDigest(request(change))).not.toBe(await cacheDigest(request()))
  })
})

describe('what does not', () => {
  test.each<[string, Partial<KeyedRequest>]>([
    ['white space', { body: bytes(' {\n "model" : "m",\t"messages": [ ] }\r\n') }],
    ['user', headers({ 'helicone-user-id': 'u' })],
    ['property', headers({ 'helicone-property-app': 'a' })],
    ['session', headers({ 'helicone-session-id': 's' })],
    ['lifetime', headers({ 'cache-control': 'max-age=5' })],
    ['client', headers({ 'user-agent': 'x', 'x-stainless-retry-count': '2' })],
    ['own idempotency key', headers({ 'idempotency-key': 'x' })],
    ['browser flag', headers({ 'anthropic-dangerous-direct-browser-access': 'true' })],
    ['our key beside the provider’s', headers({ authorization: 'Bearer sk-one' })],
  ])('%s', async (_, change) => {
    expect(await cacheDigest(request(change))).toBe(await cacheDigest(request()))
  })

  test('our own key in a credential header', async () => {
    const one = headers({ authorization: 'Bearer sk-helicone-aaaaaaa-aaaaaaa-aaaaaaa-aaaaaaa' })
    const two = headers({ authorization: 'Bearer sk-helicone-bbbbbbb-bbbbbbb-bbbbbbb-bbbbbbb' })
    expect(await cacheDigest(request(one))).toBe(await cacheDigest(request(two)))
  })

  test('a Google token that changes by the hour', async () => {
    const one = headers({ authorization: 'Bearer ya29.first' })
    const two = headers({ authorization: 'Bearer ya29.second' })
    expect(await cacheDigest(request(one))).toBe(await cacheDigest(request(two)))
  })

  test('an AWS signature, while its access key counts', async () => {
    const signed = (key: string, signature: string) =>
      request(
        headers({
          authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261121/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=${signature}`,
        }),
      )
    const one = await cacheDigest(signed('AKIAONE', 'aa'))
    expect(await cacheDigest(signed('AKIAONE', 'bb'))).toBe(one)
    expect(await cacheDigest(signed('AKIATWO', 'aa'))).not.toBe(one)
  })
})

test('a key is 64 hex digits and holds no secret', async () => {
  expect(await cacheDigest(request())).toMatch(/^[0-9a-f]{64}$/)
})

describe('laws', () => {
  const text = fc.string({ unit: 'grapheme' })
  const parts = fc.record({ orgId: text, space: text, url: fc.webUrl(), body: fc.uint8Array() })
  const names = fc.constantFrom('orgId', 'space', 'url', 'body')

  test('a change of one part changes the key; no change does not', async () => {
    await fc.assert(
      fc.asyncProperty(parts, parts, names, async (a, b, name) => {
        const changed = { ...a, [name]: b[name] }
        const isSame = JSON.stringify([...a[name]]) === JSON.stringify([...b[name]])
        const [one, two] = [request(a), request(changed)]
        fc.pre(name !== 'body' || isSame || a.body[0] !== 0x7b)
        expect((await cacheDigest(one)) === (await cacheDigest(two))).toBe(isSame)
      }),
    )
  })

  test('text never runs from one part into the next', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (a, b, c) => {
        fc.pre(b !== '')
        const one = request({ orgId: a + b, space: c })
        const two = request({ orgId: a, space: b + c })
        expect(await cacheDigest(one)).not.toBe(await cacheDigest(two))
      }),
    )
  })

  const json = fc.dictionary(text, fc.jsonValue(), { noNullPrototype: true })
  const digestOf = (value: unknown, ignoreKeys: string[] = [], indent = 0): Promise<string> =>
    cacheDigest(request({ body: bytes(JSON.stringify(value, null, indent)), ignoreKeys }))

  test('JSON bodies are the same exactly when their compact text is', async () => {
    await fc.assert(
      fc.asyncProperty(json, json, async (a, b) => {
        expect(await digestOf(a, [], 3)).toBe(await digestOf(a))
        const isSame = JSON.stringify(a) === JSON.stringify(b)
        expect((await digestOf(a)) === (await digestOf(b))).toBe(isSame)
      }),
    )
  })

  test('an ignored key may hold anything or be missing; another may not', async () => {
    await fc.assert(
      fc.asyncProperty(json, text, fc.jsonValue(), fc.jsonValue(), async (rest, key, a, b) => {
        fc.pre(!(key in rest) && key !== 'kept' && !/^\d+$/.test(key) && key !== '__proto__')
        const without = await digestOf({ kept: 1, ...rest }, [key], 2)
        expect(await digestOf({ [key]: a, kept: 1, ...rest }, [key])).toBe(without)
        expect(await digestOf({ kept: 1, [key]: b, ...rest }, [key], 2)).toBe(without)
        expect(await digestOf({ kept: 1, ...rest, [key]: b }, [key])).toBe(without)
        expect(await digestOf({ kept: 2, [key]: b, ...rest }, [key])).not.toBe(without)
      }),
    )
  })
})

describe('comparableJson', () => {
  const compare = (body: string, ignored: string[] = []): string | null => {
    const compared = comparableJson(bytes(body), ignored)
    return compared === null ? null : decoder.decode(compared)
  }

  test.each([
    ['{ "a" : 1 , "b" : "x  y" }', [], '{"a":1,"b":"x  y"}'],
    ['{"a":"quote \\" and } and ,","b":2}', ['a'], '{"b":2}'],
    ['{"a":"\\\\","b":2}', ['b'], '{"a":"\\\\"}'],
    ['{"a":{"b":1},"b":[{"a":1}]}', ['b'], '{"a":{"b":1}}'],
    ['{"\\u0061":1,"c":2}', ['a'], '{"c":2}'],
    ['{"a":1,"a":2}', ['a'], '{}'],
    ['{"n":9007199254740993}', [], '{"n":9007199254740993}'],
    ['{}', ['a'], '{}'],
  ])('%s without %j is %s', (body, ignored, expected) => {
    expect(compare(body, ignored)).toBe(expected)
  })

  test.each(['', 'text', '[1]', '"a"', '{"a', '--boundary\r\n{"a":1}'])(
    '"%s" is no object',
    (body) => {
      expect(compare(body)).toBeNull()
    },
  )

  test.each(['{"a":1', '{"a"}', '{a:1}', '{"a":}', '{"a":1}{"b":2}', '{"a":1]}'])(
    '%s cannot lose a member',
    (body) => {
      expect(compare(body, ['a'])).toBeNull()
    },
  )

  test('numbers side by side stay apart', () => {
    expect(compare('{"a":1 2}')).not.toBe(compare('{"a":12}'))
  })
})

test('white space counts in a body that is no JSON', async () => {
  const digest = (text: string, type: string): Promise<string> =>
    cacheDigest(request({ ...headers({ 'content-type': type }), body: bytes(text) }))
  expect(await digest('{a  b}', 'text/plain')).not.toBe(await digest('{a b}', 'text/plain'))
  const json = 'application/json; charset=utf-8'
  expect(await digest('{"a":  1}', json)).toBe(await digest('{"a": 1}', json))
})
