import { describe, expect, test } from 'vitest'
import { findKey } from '../../../src/gateway/auth/api-key.ts'
import { providerCredential } from '../../../src/gateway/credentials.ts'

const KEY = 'sk-helicone-aizk36y-5yue2my-qmy5tza-n7x3aqa'
const OTHER = 'pk-helicone-eu-aizk36y-5yue2my-qmy5tza-n7x3aqb'

describe('findKey', () => {
  test.each<[string, string | null, string | null, Record<string, string>, string]>([
    ['Helicone-Auth', `Bearer ${KEY}`, null, {}, KEY],
    ['Helicone-Auth without Bearer', KEY, null, {}, KEY],
    ['path', null, KEY, {}, KEY],
    ['Authorization', null, null, { authorization: `Bearer ${KEY}` }, KEY],
    ['x-api-key', null, null, { 'x-api-key': KEY }, KEY],
    ['second in Authorization', null, null, { authorization: `Bearer sk-a, Bearer ${KEY}` }, KEY],
    ['Helicone-Auth wins', `Bearer ${OTHER}`, KEY, { authorization: `Bearer ${KEY}` }, OTHER],
    ['undefined counts as absent', 'Bearer undefined', null, { 'x-api-key': KEY }, KEY],
  ])('%s', (_name, auth, inPath, headers, expected) => {
    expect(findKey(auth, inPath, new Headers(headers))).toEqual({ ok: true, value: expected })
  })

  test.each([
    ['nothing', null, {}, 'missing_key'],
    ['a provider key only', null, { authorization: 'Bearer sk-proj-abc' }, 'missing_key'],
    ['null', 'null', {}, 'missing_key'],
    ['too short', 'Bearer sk-helicone-abc', {}, 'malformed_key'],
    ['capitals', `Bearer ${KEY.toUpperCase()}`, {}, 'malformed_key'],
  ])('%s is refused', (_name, auth, headers, code) => {
    const result = findKey(auth, null, new Headers(headers as Record<string, string>))
    expect(result).toMatchObject({ ok: false, error: { code } })
  })

  test('a refusal never repeats what was presented', () => {
    const result = findKey('Bearer sk-helicone-secret', null, new Headers())
    expect(JSON.stringify(result)).not.toContain('secret')
  })
})

test.each([
  ['Bearer sk-a', 'Bearer sk-a'],
  [`Bearer sk-a, Bearer ${KEY}`, 'Bearer sk-a'],
  [`Bearer ${KEY}`, null],
  [KEY, null],
  ['undefined', null],
  ['Bearer null', null],
  ['', null],
])('of "%s" the provider gets %s', (value, expected) => {
  expect(providerCredential(value)).toBe(expected)
})
