import { expect, test } from 'vitest'
import {
  headersDownstream,
  headersUpstream,
} from '../../../src/gateway/dispatch/forwarded-headers.ts'

test('towards the provider: its own headers, and nothing of ours, the edge or the hop', () => {
  const kept = {
    authorization: 'Bearer sk-provider',
    'content-type': 'application/json',
    'openai-organization': 'org',
    'anthropic-version': '2023-06-01',
    'user-agent': 'x',
    'x-stainless-lang': 'js',
  }
  const dropped = {
    'helicone-auth': 'Bearer k',
    'Helicone-Property-A': 'b',
    host: 'h',
    connection: 'keep-alive, x-hop',
    'x-hop': '1',
    'transfer-encoding': 'chunked',
    te: 'trailers',
    cookie: 'heliograph=1',
    'cf-connecting-ip': '1.2.3.4',
    'x-forwarded-for': '1.2.3.4',
    'x-real-ip': '1.2.3.4',
    'x-api-key': 'undefined',
  }
  const forwarded = headersUpstream(Object.fromEntries(new Headers({ ...kept, ...dropped })))
  expect(forwarded).toEqual({ ...kept, 'accept-encoding': 'identity' })
})

test('towards the client: everything but hop-by-hop headers and cookies', () => {
  const kept = {
    'content-type': 'application/json',
    'x-request-id': 'r',
    'openai-processing-ms': '3',
    'retry-after': '1',
  }
  const { headers, dropped, added } = headersDownstream(
    new Headers({
      ...kept,
      'set-cookie': 'a=b',
      'transfer-encoding': 'chunked',
      'x-hop': '1',
      connection: 'close, X-Hop',
    }),
  )
  expect(headers).toEqual({ ...kept, 'x-content-type-options': 'nosniff' })
  expect(dropped).toEqual(
    expect.arrayContaining(['connection', 'set-cookie', 'transfer-encoding', 'x-hop']),
  )
  expect(added).toEqual({ 'x-content-type-options': 'nosniff' })
})

test.each(['close; foo', '"close"', 'keep-alive, x y', 'close,', ','])(
  'of a connection that says %j nothing is dropped that is not there',
  (connection) => {
    const { headers, dropped } = headersDownstream(new Headers({ connection, a: '1' }))
    expect(headers).toMatchObject({ a: '1' })
    expect(dropped).toEqual(['connection'])
  },
)

test.each(['text/html', 'image/svg+xml', 'application/xhtml+xml; charset=utf-8'])(
  'a page of type %s cannot run on the origin of the dashboard',
  (type) => {
    const { headers, added } = headersDownstream(new Headers({ 'content-type': type }))
    expect(headers['content-security-policy']).toContain('sandbox')
    expect(added['content-security-policy']).toContain('sandbox')
  },
)
