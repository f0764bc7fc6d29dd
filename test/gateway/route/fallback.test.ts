import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Warning } from '../../../src/contracts/log-record.ts'
import type { PlannedStep, Target } from '../../../src/gateway/exchange.ts'
import { parseFallbacks } from '../../../src/gateway/route/fallback-header.ts'
import type { Fallback } from '../../../src/gateway/route/fallback-header.ts'
import { planFallbacks } from '../../../src/gateway/route/fallback.ts'
import { targetAt } from '../../../src/gateway/route/target.ts'

const SECRET = 'sk-provider-secret-0123456789'
const full = {
  'target-url': 'https://api.anthropic.com',
  headers: { 'X-Api-Key': SECRET, 'anthropic-version': '2023-06-01' },
  onCodes: [401, { from: 500, to: 599 }],
  bodyKeyOverride: { model: 'claude-haiku-4-5', metadata: { a: 1 } },
}

function parse(value: unknown): { list: Fallback[] | null; warnings: Warning[] } {
  const warnings: Warning[] = []
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { list: parseFallbacks(new Map([['helicone-fallbacks', text]]), warnings), warnings }
}

describe('the header', () => {
  test('absent', () => {
    expect(parseFallbacks(new Map(), [])).toBeNull()
  })

  test('the documented form', () => {
    const { list, warnings } = parse([full])
    expect(warnings).toEqual([])
    expect(list).toHaveLength(1)
    const [entry] = list ?? []
    expect(entry?.targetUrl).toBe('https://api.anthropic.com')
    expect(entry?.headers?.get('x-api-key')).toBe(SECRET)
    expect(entry?.onCodes).toEqual([
      { from: 401, to: 401 },
      { from: 500, to: 599 },
    ])
    expect(entry?.bodyKeyOverride).toEqual(full.bodyKeyOverride)
  })

  test('the short form names another model of the same target', () => {
    const { list, warnings } = parse('[{"model": "gpt-4o-mini"}]')
    expect(warnings).toEqual([])
    expect(list).toEqual([
      {
        targetUrl: null,
        headers: null,
        onCodes: null,
        bodyKeyOverride: { model: 'gpt-4o-mini' },
      },
    ])
  })

  const { 'target-url': _, ...withoutTarget } = full
  const { headers: __, ...withoutHeaders } = full
  const { onCodes: ___, ...withoutCodes } = full
  test.each<[unknown, string]>([
    ['nonsense', 'a JSON array'],
    ['', 'a JSON array'],
    [{ model: 'gpt-4o-mini' }, 'a JSON array'],
    ['"gpt-4o-mini"', 'a JSON array'],
    ['null', 'a JSON array'],
    [[], '1 to 10 entries'],
    [Array.from({ length: 11 }, () => ({ model: 'm' })), '1 to 10 entries'],
    [['gpt-4o-mini'], '[0] to be an object'],
    [[{ model: 'm' }, null], '[1] to be an object'],
    [[{}], '[0] to have "target-url", "model" or "bodyKeyOverride"'],
    [[{ model: 7 }], "[0].model to be a model's name"],
    [[{ model: ' ' }], "[0].model to be a model's name"],
    [[withoutHeaders], '[0].headers to be an object of names and texts'],
    [[withoutCodes], '[0].onCodes to be there'],
    [[{ ...full, 'target-url': 7 }], '[0].target-url to be a URL'],
    [[{ ...full, 'target-url': '' }], '[0].target-url to be a URL'],
    [[{ ...full, headers: ['a'] }], '[0].headers to be an object of names and texts'],
    [[{ ...full, headers: { a: 1 } }], '[0].headers, member 0, to be a text'],
    [[{ ...full, headers: { a: 'b', 'c d': 'e' } }], '[0].headers, member 1, to be a valid HTTP'],
    [[{ ...full, headers: { a: 'b\nc: d' } }], '[0].headers, member 0, to be a valid HTTP'],
    [[{ ...full, onCodes: 429 }], '[0].onCodes to be an array'],
    [[{ ...full, onCodes: ['429'] }], '[0].onCodes[0] to be a status'],
    [[{ ...full, onCodes: [429, 99] }], '[0].onCodes[1] to be a status'],
    [[{ ...full, onCodes: [{ from: 500 }] }], '[0].onCodes[0] to be a status'],
    [[{ ...full, onCodes: [{ from: 599, to: 500 }] }], '[0].onCodes[0] to be a status'],
    [[{ ...full, bodyKeyOverride: 'm' }], '[0].bodyKeyOverride to be an object'],
    [[{ ...full, bodyKeyOverride: null }], '[0].bodyKeyOverride to be an object'],
  ])('%j is not used: expected %s', (value, expected) => {
    const { list, warnings } = parse(value)
    expect(list).toBeNull()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatchObject({
      code: 'invalid_header_value',
      header: 'Helicone-Fallbacks',
    })
    expect(warnings[0]?.message).toContain(`expected ${expected}`)
    expect(JSON.stringify(warnings)).not.toContain(SECRET)
  })

  test('a key that is not known is passed over, with a warning', () => {
    const { list, warnings } = parse([{ ...full, model: 'm', retries: 3 }])
    expect(list).toHaveLength(1)
    expect(warnings[0]?.message).toContain('to have only target-url, headers')
    const other = parse([withoutTarget])
    expect(other.list?.[0]?.headers).toBeNull()
    expect(other.warnings[0]?.message).toContain('[0] without "target-url" to have only model')
  })

  test('never throws, never repeats a value, whatever comes', () => {
    const values = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .array(
          fc.record(
            {
              'target-url': fc.anything(),
              headers: fc.dictionary(
                fc.string(),
                fc.oneof(fc.string(), fc.constant(SECRET), fc.nat()),
              ),
              onCodes: fc.array(fc.anything()),
              bodyKeyOverride: fc.object(),
              model: fc.anything(),
            },
            { requiredKeys: [] },
          ),
        )
        .map((list) =>
          JSON.stringify(list, (_key, value: unknown) => (typeof value === 'bigint' ? 1 : value)),
        ),
    )
    fc.assert(
      fc.property(values, (value) => {
        const { list, warnings } = parse(value)
        expect(list !== null || warnings.length > 0).toBe(true)
        expect(JSON.stringify(warnings)).not.toContain(SECRET)
      }),
    )
  })
})

const own = targetAt('openai', 'https://api.openai.com', '/v1/chat/completions', '?a=b')
const request = {
  ownHost: 'gateway.test',
  path: '/v1/chat/completions',
  search: '?a=b',
  headers: new Headers({
    authorization: 'Bearer own',
    'content-type': 'application/json',
    'helicone-auth': 'Bearer ours',
    'openai-organization': 'o',
  }),
}
const config = { allowPrivateTargets: false }

function plan(value: unknown, target: Target | null = own): PlannedStep[] {
  const steps = planFallbacks(parse(value).list ?? [], target, request, config)
  if (!steps.ok) throw new Error(steps.error.message)
  return steps.value
}

describe('the plan', () => {
  test('entries with targets are the whole plan, each with its own headers', () => {
    const other = { ...full, 'target-url': 'https://api.groq.com/openai/v1' }
    const steps = plan([full, other], null)
    expect(steps.map(({ fallbackIndex }) => fallbackIndex)).toEqual([0, 1])
    expect(steps.map(({ target }) => [target.providerId, target.url])).toEqual([
      ['anthropic', 'https://api.anthropic.com/v1/chat/completions?a=b'],
      ['groq', 'https://api.groq.com/v1/chat/completions?a=b'],
    ])
    expect(Object.fromEntries(steps[0]?.headers ?? [])).toEqual({
      'x-api-key': SECRET,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
    })
    expect(plan([full]).map(({ fallbackIndex }) => fallbackIndex)).toEqual([0])
  })

  test("an entry's own content type stays, its headers for us go", () => {
    const headers = { 'Content-Type': 'text/plain', 'Helicone-Cache-Enabled': 'true', a: 'b' }
    const [step] = plan([{ ...full, headers }])
    expect(Object.fromEntries(step?.headers ?? [])).toEqual({
      'content-type': 'text/plain',
      a: 'b',
    })
  })

  test('entries without a target come behind the request as it is', () => {
    const steps = plan('[{"model": "gpt-4o-mini"}, {"model": "gpt-4.1-nano", "onCodes": [404]}]')
    expect(
      steps.map(({ fallbackIndex, target, headers, override }) => [
        fallbackIndex,
        target === own,
        headers,
        override,
      ]),
    ).toEqual([
      [null, true, null, null],
      [0, true, null, { model: 'gpt-4o-mini' }],
      [1, true, null, { model: 'gpt-4.1-nano' }],
    ])
    expect(steps.map(({ movesOn }) => [null, 200, 404, 429, 500].map(movesOn))).toEqual([
      [true, false, false, true, true],
      [true, false, false, true, true],
      [true, false, true, false, false],
    ])
  })

  test('one such entry is enough for the request to come first', () => {
    const steps = plan([full, { model: 'm' }])
    expect(steps.map(({ fallbackIndex }) => fallbackIndex)).toEqual([null, 0, 1])
  })

  test('codes are single or ranges, ends included; no answer always leads on', () => {
    const [step] = plan([full])
    const statuses = [null, 200, 400, 401, 429, 499, 500, 599]
    expect(statuses.map((status) => step?.movesOn(status))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
      true,
      true,
    ])
  })

  test('an entry needs a target where the request has none', () => {
    const steps = planFallbacks(parse([{ model: 'm' }]).list ?? [], null, request, config)
    expect(steps.ok ? null : steps.error.code).toBe('missing_target')
  })

  test.each([
    ['http://127.0.0.1', 'target_not_allowed'],
    ['http://169.254.169.254', 'target_not_allowed'],
    ['http://[::1]:80', 'target_not_allowed'],
    ['https://localhost', 'target_not_allowed'],
    ['https://user:pass@api.openai.com', 'target_not_allowed'],
    ['file:///etc/passwd', 'target_not_allowed'],
    ['https://gateway.test', 'target_not_allowed'],
    ['not a url', 'invalid_target'],
  ])('%s refuses the call', (target, code) => {
    const list = parse([{ model: 'm' }, { ...full, 'target-url': target }]).list ?? []
    const steps = planFallbacks(list, own, request, config)
    expect(steps.ok ? null : steps.error.code).toBe(code)
    expect(steps.ok ? '' : steps.error.message).toMatch(/^Fallback 1: /)
  })

  test('an operator can allow private targets', () => {
    const list = parse([{ ...full, 'target-url': 'http://127.0.0.1:8080' }]).list ?? []
    const steps = planFallbacks(list, null, request, { allowPrivateTargets: true })
    expect(steps.ok && steps.value[0]?.target.origin).toBe('http://127.0.0.1:8080')
  })
})
