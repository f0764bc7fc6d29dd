import fc from 'fast-check'
import { expect, test } from 'vitest'
import { targetAt } from '../../../src/gateway/route/target.ts'

test.each([
  ['https://api.openai.com', '/v1/models', '', 'https://api.openai.com/v1/models'],
  [
    'https://api.groq.com/openai',
    '/v1/models',
    '?a=b',
    'https://api.groq.com/openai/v1/models?a=b',
  ],
  ['http://127.0.0.1:8080/x/y', '/', '', 'http://127.0.0.1:8080/x/y/'],
  ['https://host', '//odd//path', '', 'https://host//odd//path'],
  ['https://[::1]:8443', '/v1', '', 'https://[::1]:8443/v1'],
])('%s and %s%s make %s', (base, path, search, url) => {
  const target = targetAt('custom', base, path, search)
  const parsed = new URL(url)
  expect(target).toEqual({
    providerId: 'custom',
    url,
    origin: parsed.origin,
    path: parsed.pathname,
    kind: 'network',
  })
})

test('whatever the path is, the host stays', () => {
  const bases = ['https://api.openai.com', 'https://api.groq.com/openai', 'http://127.0.0.1:8080']
  fc.assert(
    fc.property(fc.constantFrom(...bases), fc.string(), (base, path) => {
      const { url, origin } = targetAt('custom', base, path, '')
      expect(new URL(url).origin).toBe(new URL(base).origin)
      expect(origin).toBe(new URL(base).origin)
    }),
  )
})

test('a path as the request had it makes the address that a parser would make', () => {
  fc.assert(
    fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
      // What a request has is what a URL wrote.
      const { pathname, search } = new URL(`https://gateway.test${path}?${query}`)
      const { url } = targetAt('custom', 'https://api.groq.com/openai', pathname, search)
      expect(url).toBe(new URL(`https://api.groq.com/openai${pathname}${search}`).href)
    }),
  )
})
