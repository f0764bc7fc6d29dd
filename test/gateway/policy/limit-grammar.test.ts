import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Warning } from '../../../src/contracts/log-record.ts'
import { parseLimitPolicies } from '../../../src/gateway/policy/limit-grammar.ts'
import type { LimitPolicy } from '../../../src/gateway/policy/limit-grammar.ts'
import { rulesToPolicies } from '../../../src/gateway/policy/limit-rules.ts'

function parse(text: string): { policies: readonly LimitPolicy[]; warnings: Warning[] } {
  const warnings: Warning[] = []
  return { policies: parseLimitPolicies(text, warnings), warnings }
}

const USER = { kind: 'user' }
const GLOBAL = { kind: 'global' }
const property = (name: string) => ({ kind: 'property', name })

describe('good values', () => {
  test.each([
    // The contract's own.
    ['1000;w=3600', 1_000, 3_600, 'request', GLOBAL, '1000;w=3600'],
    ['100;w=60;s=user', 100, 60, 'request', USER, '100;w=60;s=user'],
    ['5000;w=86400;u=cents', 5_000, 86_400, 'cents', GLOBAL, '5000;w=86400;u=cents'],
    ['0.5;w=60;u=cents', 0.5, 60, 'cents', GLOBAL, '0.5;w=60;u=cents'],
    ['10;w=1000;u=cents;s=user', 10, 1_000, 'cents', USER, '10;w=1000;u=cents;s=user'],
    [
      '10000;w=3600;s=organization',
      10_000,
      3_600,
      'request',
      property('organization'),
      '10000;w=3600;s=organization',
    ],
    ['5;w=60;u=request', 5, 60, 'request', GLOBAL, '5;w=60'],
    // The guides', literally.
    ['100;w=3600;u=user', 100, 3_600, 'request', USER, '100;w=3600;s=user'],
    ['1000;w=86400;u=org', 1_000, 86_400, 'request', GLOBAL, '1000;w=86400'],
    ['10;w=60;u=request', 10, 60, 'request', GLOBAL, '10;w=60'],
    // Ours.
    ['9000;w=60;u=tokens;s=key', 9_000, 60, 'tokens', { kind: 'key' }, '9000;w=60;u=tokens;s=key'],
    ['10;w=60;s=Team_Name-1', 10, 60, 'request', property('team_name-1'), '10;w=60;s=team_name-1'],
    ['10;w=60;s=org', 10, 60, 'request', property('org'), '10;w=60;s=org'],
    ['10;w=60;s=global', 10, 60, 'request', GLOBAL, '10;w=60'],
    ['10;w=60;s=__proto__', 10, 60, 'request', property('__proto__'), '10;w=60;s=__proto__'],
    ['10;w=60;u=user;s=user', 10, 60, 'request', USER, '10;w=60;s=user'],
    // Tolerated.
    ['100;W=3600;U=CENTS;S=User', 100, 3_600, 'cents', USER, '100;w=3600;u=cents;s=user'],
    [' 100 ; w = 3600 ; s = user ; ', 100, 3_600, 'request', USER, '100;w=3600;s=user'],
    ['s=user;u=cents;w=60;7', 7, 60, 'cents', USER, '7;w=60;u=cents;s=user'],
    ['100.50;w=60', 100.5, 60, 'request', GLOBAL, '100.5;w=60'],
    ['1;w=31536000', 1, 31_536_000, 'request', GLOBAL, '1;w=31536000'],
  ])('%s', (text, quota, windowSeconds, unit, segment, echo) => {
    expect(parse(text)).toEqual({
      policies: [{ quota, windowSeconds, unit, segment, text: echo }],
      warnings: [],
    })
  })

  test('several in one header, in their order', () => {
    const { policies, warnings } = parse('10;w=60, 1000;w=86400;s=user ,5;w=60;u=cents,')
    expect(policies.map(({ text }) => text)).toEqual([
      '10;w=60',
      '1000;w=86400;s=user',
      '5;w=60;u=cents',
    ])
    expect(warnings).toEqual([])
  })
})

describe('bad values are left out, with a warning that says what was expected', () => {
  test.each([
    ['', 'empty'],
    [' , ', 'empty'],
    ['basic-100', 'quota'],
    ['0;w=60', 'quota'],
    ['-5;w=60', 'quota'],
    ['1e3;w=60', 'quota'],
    ['Infinity;w=60', 'quota'],
    ['w=60', 'quota'],
    ['100', '"w="'],
    ['100;w=59', '60 to 31536000'],
    ['100;w=31536001', '60 to 31536000'],
    ['100;w=60.5', 'whole seconds'],
    ['100;w=', 'whole seconds'],
    ['100;w=60;u=dollars', 'request, cents or tokens'],
    ['100;w=60;u=constructor', 'request, cents or tokens'],
    ['100;w=60;s=', 'property'],
    ['100;w=60;s=a b', 'property'],
    ['100;w=60;s=team=blue', 'property'],
    ['100;w=60;w=120', 'more than one'],
    ['100;200;w=60', 'more than one'],
    ['100;w=60;burst=5', '"burst="'],
    ['quota=100;w=60', '"quota="'],
    ['=100;w=60;u=', 'cents'],
    ['100;w=60;u=user;s=team', 'two segments'],
  ])('%s', (text, expected) => {
    const { policies, warnings } = parse(text)
    expect(policies).toEqual([])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatchObject({
      code: 'invalid_rate_limit_policy',
      header: 'Helicone-RateLimit-Policy',
    })
    expect(warnings[0]?.message).toContain(expected)
    expect(warnings[0]?.message).toContain('Expected <quota>;w=<seconds>')
  })

  test('a bad one does not take the good one with it', () => {
    const { policies, warnings } = parse('10;w=60,nonsense')
    expect(policies.map(({ text }) => text)).toEqual(['10;w=60'])
    expect(warnings).toHaveLength(1)
  })

  test('more than eight are too many', () => {
    const { policies, warnings } = parse(Array.from({ length: 10 }, () => '1;w=60').join())
    expect([policies.length, warnings.length]).toEqual([8, 1])
  })

  test('a long value is not repeated in full', () => {
    expect(parse('x'.repeat(5_000)).warnings[0]?.message.length).toBeLessThan(400)
  })
})

test('law: whatever is sent, it is read or warned about, and the echo reads as the same policy', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[0-9]{1,6}(\.[0-9]{1,3})?;w=[0-9]{1,6}(;u=[a-z]{4,7})?(;s=[a-z_-]{1,9})?$/),
  )
  fc.assert(
    fc.property(text, (text) => {
      const { policies, warnings } = parse(text)
      expect(policies.length + warnings.length).toBeGreaterThan(0)
      for (const policy of policies) {
        expect(parse(policy.text)).toEqual({ policies: [policy], warnings: [] })
      }
    }),
    { numRuns: 500 },
  )
})

test("an organisation's rules read like policies; strange ones are left out", () => {
  const rule = { quota: 10, windowSeconds: 60, unit: 'request', segment: null }
  const policies = rulesToPolicies([
    rule,
    { ...rule, unit: 'tokens', segment: 'Team' },
    { ...rule, segment: 'key' },
    { ...rule, unit: 'furlongs' },
    { ...rule, quota: 0 },
  ])
  expect(policies.map(({ text }) => text)).toEqual([
    '10;w=60',
    '10;w=60;u=tokens;s=team',
    '10;w=60;s=key',
  ])
})
