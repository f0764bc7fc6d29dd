import { expect, test } from 'vitest'
import { REDACTED, redactHeaders } from '../../../src/gateway/record/redact.ts'

test.each([
  ['authorization', 'anything'],
  ['x-api-key', 'abc'],
  ['api-key', 'abc'],
  ['x-goog-api-key', 'abc'],
  ['helicone-auth', 'Bearer k'],
  ['helicone-fallbacks', '[{"headers":{"authorization":"Bearer x"}}]'],
  ['cookie', 'a=b'],
  ['aws-secret-key', 'abc'],
  ['x-amz-security-token', 'abc'],
  ['x-custom', 'Bearer abc'],
  ['x-custom', 'sk-proj-abcdefgh'],
  ['x-custom', 'AIzaSyA1234567890'],
  ['helicone-target-url', 'user:password@host'],
  ['referer', 'https://user:pass/word@host'],
])('%s: %s is redacted', (name, value) => {
  expect(redactHeaders({ [name]: value })).toEqual({ [name]: REDACTED })
})

test.each([
  ['content-type', 'application/json'],
  ['x-ratelimit-remaining-tokens', '100'],
  ['anthropic-ratelimit-tokens-limit', '100'],
  ['helicone-session-id', 's'],
  ['x-request-id', 'req_123'],
  ['referer', 'https://app.example.com/chat'],
  ['helicone-target-url', 'https://api.example.com'],
  ['x-title', 'either // or'],
])('%s: %s is kept', (name, value) => {
  expect(redactHeaders({ [name]: value })).toEqual({ [name]: value })
})

test.each([
  ['helicone-target-url', 'https://user:password@host/v1', 'https://host/v1?[redacted]'],
  ['helicone-openai-api-base', 'https://host?api_key=abc', 'https://host/?[redacted]'],
  ['referer', 'https://host:8080/a?token=abc', 'https://host:8080/a?[redacted]'],
  [
    'location',
    'https://bucket.host/file?X-Signature=abc#part',
    'https://bucket.host/file?[redacted]',
  ],
])('%s: of an address, origin and path are kept', (name, value, kept) => {
  expect(redactHeaders({ [name]: value })).toEqual({ [name]: kept })
})

test("the client's network address is not kept", () => {
  const headers = { 'cf-connecting-ip': '1.2.3.4', 'x-forwarded-for': '1.2.3.4' }
  expect(redactHeaders(headers)).toEqual({})
})

test('every new value of a header is looked at, whatever came before', () => {
  const values = ['a', 'a', 'Bearer abc', 'a', 'b', 'Bearer abc']
  const shown = values.map((value) => redactHeaders({ 'x-odd': value })['x-odd'])
  expect(shown).toEqual(['a', 'a', REDACTED, 'a', 'b', REDACTED])
})
