import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Warning } from '../../../src/contracts/log-record.ts'
import { HEADERS, parseHeaders } from '../../../src/gateway/receive/headers.ts'
import type { HeliconeHeaders, HeaderSpec } from '../../../src/gateway/receive/headers.ts'

function parse(headers: Record<string, string>) {
  const warnings: Warning[] = []
  return { parsed: parseHeaders(Object.fromEntries(new Headers(headers)), warnings), warnings }
}

const UUID = '0190a6c2-7d5e-7cc3-98c4-dc0c0c07398f'

test.each([
  ['José 日本', 'UTF-8 that was read as Latin-1', Buffer.from('José 日本').toString('latin1')],
  ['José 日本', 'UTF-8', 'José 日本'],
  ['Málaga', 'Latin-1', 'Málaga'],
])('%s is read from %s', (text, _, sent) => {
  const headers = { 'helicone-user-id': sent, 'helicone-property-town': sent }
  expect(parseHeaders(headers, [])).toMatchObject({ userId: text, properties: { town: text } })
})

describe('parseHeaders', () => {
  test.each<[string, string, keyof HeliconeHeaders, unknown]>([
    ['Helicone-Auth', 'Bearer k', 'auth', 'Bearer k'],
    ['Helicone-Request-Id', UUID.toUpperCase(), 'requestId', UUID],
    ['Helicone-User-Id', 'ann', 'userId', 'ann'],
    ['Helicone-Session-Id', 's1', 'sessionId', 's1'],
    ['Helicone-Session-Path', '/a/b', 'sessionPath', '/a/b'],
    ['Helicone-Session-Path', 'a/b', 'sessionPath', '/a/b'],
    ['Helicone-Session-Name', 'n', 'sessionName', 'n'],
    ['Helicone-Request-Name', 'r', 'requestName', 'r'],
    ['Helicone-Prompt-Id', 'p', 'promptId', 'p'],
    ['Helicone-Prompt-Version', '3', 'promptVersion', '3'],
    ['Helicone-Model-Override', 'm', 'modelOverride', 'm'],
    ['Helicone-Omit-Request', 'true', 'omitRequest', true],
    ['Helicone-Omit-Request', 'TRUE', 'omitRequest', true],
    ['Helicone-Omit-Response', 'true', 'omitResponse', true],
    ['Helicone-Omit-Response', 'false', 'omitResponse', false],
    ['Helicone-Target-URL', 'https://h', 'targetUrl', 'https://h'],
    ['Helicone-OpenAI-Api-Base', 'https://h', 'apiBase', 'https://h'],
    ['Helicone-Increase-Timeout', 'true', 'increaseTimeout', true],
  ])('%s: %s', (name, value, field, expected) => {
    const { parsed, warnings } = parse({ [name]: value })
    expect(parsed[field]).toEqual(expected)
    expect(warnings).toEqual([])
  })

  test.each(['Helicone-Omit-Request', 'Helicone-Omit-Response', 'Helicone-Increase-Timeout'])(
    '%s: yes is no, with a warning',
    (name) => {
      const { parsed, warnings } = parse({ [name]: 'yes' })
      expect([parsed.omitRequest, parsed.omitResponse, parsed.increaseTimeout]).not.toContain(true)
      expect(warnings).toMatchObject([{ code: 'invalid_header_value', header: name }])
    },
  )

  test('a request id that is no UUID is replaced, with a warning', () => {
    const { parsed, warnings } = parse({ 'Helicone-Request-Id': 'mine' })
    expect(parsed.requestId).toBeNull()
    expect(warnings).toMatchObject([{ code: 'request_id_replaced' }])
  })

  test('properties keep their value and lower-case their name', () => {
    const { parsed } = parse({ 'Helicone-Property-Plan': 'Pro', 'Helicone-Property-': 'x' })
    expect(parsed.properties).toEqual({ plan: 'Pro' })
  })

  test('every planned header and alias warns that it has no effect', () => {
    const planned = (HEADERS as readonly HeaderSpec[]).filter((spec) => spec.state === 'planned')
    for (const name of planned.flatMap((spec) => [spec.name, ...(spec.aliases ?? [])])) {
      expect(parse({ [name]: 'true' }).warnings).toMatchObject([{ code: 'header_without_effect' }])
    }
  })

  test('no value breaks it', () => {
    const value = fc.string({
      unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)),
    })
    const name = fc.constantFrom(...HEADERS.map((spec) => spec.name.replace('*', 'x')))
    fc.assert(
      fc.property(fc.dictionary(name, value), (headers) => {
        expect(parse(headers).parsed).toHaveProperty('properties')
      }),
    )
  })
})
