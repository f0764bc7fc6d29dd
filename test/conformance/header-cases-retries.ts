/** Retries and fallbacks by header: good and bad values, and what comes of each. */
import { expect } from 'vitest'
import { chatAnswer } from '../support/calls.ts'
import { json, refusal } from '../support/upstream-scripts.ts'
import { badNumbers, BAD_VALUE, modelOf, of, type HeaderCase, type Made } from './header-case.ts'

const good = json(chatAnswer(12, 8))

/** Waits between attempts, in ms. */
function waitsOf({ detail }: Made): number[] {
  const { attempts } = detail as { attempts: { waitMs: number }[] }
  return attempts.slice(1).map(({ waitMs }) => waitMs)
}

const QUICK_WAITS = { 'helicone-retry-min-timeout': '1', 'helicone-retry-max-timeout': '5' }
const QUICK = { 'helicone-retry-enabled': 'true', ...QUICK_WAITS }

export const RETRIES: readonly HeaderCase[] = [
  ...of(
    'Helicone-Retry-Enabled',
    ...['true', 'TRUE'].map((value) => ({
      kind: 'good' as const,
      value,
      beside: QUICK_WAITS,
      scripts: [refusal(500), good],
      answer: { 'helicone-attempts': '2' },
      row: { outcome: 'success', attempts: 2 },
    })),
    {
      kind: 'good',
      value: 'false',
      scripts: [refusal(500), good],
      status: 500,
      answer: { 'helicone-attempts': null },
      row: { outcome: 'provider_error', attempts: 1 },
    },
    {
      ...BAD_VALUE,
      value: 'yes',
      scripts: [refusal(500), good],
      status: 500,
      row: { outcome: 'provider_error', attempts: 1 },
      strict: ['"yes"', 'true or false'],
    },
  ),
  ...of(
    'Helicone-Retry-Num',
    {
      kind: 'good',
      value: '3',
      beside: QUICK,
      scripts: [refusal(500), refusal(503), good],
      answer: { 'helicone-attempts': '3' },
      row: { status: 200, attempts: 3 },
    },
    {
      kind: 'good',
      value: '1',
      note: 'is the total: no retry',
      beside: QUICK,
      scripts: [refusal(500), good],
      status: 500,
      row: { status: 500, attempts: 1 },
    },
    {
      kind: 'good',
      value: '3',
      note: 'switches nothing on by itself',
      scripts: [refusal(500), good],
      status: 500,
      row: { status: 500, attempts: 1 },
    },
    {
      ...BAD_VALUE,
      value: '50',
      note: 'is held at the most',
      beside: QUICK,
      scripts: Array.from({ length: 20 }, () => refusal(500)),
      status: 500,
      row: { status: 500, attempts: 20 },
      strict: ['"50"', 'a whole number from 1 to 20'],
    },
  ),
  ...badNumbers('Helicone-Retry-Num', 'a whole number from 1 to 20', ['many', '0', '2.5'], {
    beside: QUICK,
    scripts: Array.from({ length: 5 }, () => refusal(500)),
    status: 500,
    row: { attempts: 5 },
  }),
  ...of('Helicone-Retry-Factor', {
    kind: 'good',
    value: '1',
    note: 'waits do not grow',
    beside: { ...QUICK, 'helicone-retry-max-timeout': '10000', 'helicone-retry-num': '10' },
    scripts: Array.from({ length: 10 }, () => refusal(500)),
    status: 500,
    row: { attempts: 10 },
    check: (made) => expect(Math.max(...waitsOf(made))).toBeLessThanOrEqual(1),
  }),
  ...badNumbers('Helicone-Retry-Factor', 'a number from 1 to 10', ['fast', '0', '-2'], {
    beside: QUICK,
    scripts: [refusal(500), good],
    row: { attempts: 2 },
  }),
  ...of('Helicone-Retry-Min-Timeout', {
    kind: 'good',
    value: '2',
    beside: { 'helicone-retry-enabled': 'true' },
    scripts: [refusal(500), good],
    row: { attempts: 2 },
    check: (made) => expect(Math.max(...waitsOf(made))).toBeLessThanOrEqual(2),
  }),
  ...badNumbers(
    'Helicone-Retry-Min-Timeout',
    'a whole number from 0 to 60000',
    ['soon', '-1', '1.5'],
    {
      beside: { 'helicone-retry-enabled': 'true', 'helicone-retry-max-timeout': '5' },
      scripts: [refusal(500), good],
      row: { attempts: 2 },
    },
  ),
  ...of('Helicone-Retry-Min-Timeout', {
    ...BAD_VALUE,
    value: '50',
    note: 'is more than the longest wait',
    beside: { 'helicone-retry-enabled': 'true', 'helicone-retry-max-timeout': '5' },
    scripts: [refusal(500), good],
    row: { attempts: 2 },
    check: (made) => expect(Math.max(...waitsOf(made))).toBeLessThanOrEqual(5),
    strict: ['"50"', 'at most the longest wait, 5'],
  }),
  ...of('Helicone-Retry-Max-Timeout', {
    kind: 'good',
    value: '3',
    beside: { 'helicone-retry-enabled': 'true' },
    scripts: [refusal(500), refusal(500), good],
    row: { attempts: 3 },
    check: (made) => expect(Math.max(...waitsOf(made))).toBeLessThanOrEqual(3),
  }),
  ...badNumbers('Helicone-Retry-Max-Timeout', 'a whole number from 0 to 60000', ['never', '-1'], {
    beside: { 'helicone-retry-enabled': 'true', 'helicone-retry-min-timeout': '1' },
    scripts: [refusal(500), good],
    row: { attempts: 2 },
  }),
]

/** A list that is not used at all: the request goes to its own target, once. */
function badFallbacks(value: string, expected: string): Omit<HeaderCase, 'header'> {
  return {
    ...BAD_VALUE,
    value,
    scripts: [refusal(500)],
    status: 500,
    answer: { 'helicone-fallback-index': null },
    row: { attempts: 1, fallback_index: null },
    // A value of this header may hold a key, and is never repeated.
    check: ({ row }) => expect(String(row['warnings'])).not.toContain(value),
    strict: [expected],
  }
}

export const FALLBACKS: readonly HeaderCase[] = of(
  'Helicone-Fallbacks',
  {
    kind: 'good',
    value: ({ upstreamUrl, caseHeaders }) =>
      JSON.stringify([
        { 'target-url': upstreamUrl, headers: caseHeaders, onCodes: [429] },
        {
          'target-url': upstreamUrl,
          headers: { ...caseHeaders, authorization: 'Bearer sk-second' },
          onCodes: [{ from: 500, to: 599 }],
          bodyKeyOverride: { model: 'second' },
        },
      ]),
    note: 'targets, of which the list is the plan',
    scripts: [refusal(429), good],
    answer: { 'helicone-fallback-index': '1', 'helicone-attempts': '2' },
    row: { fallback_index: 1, attempts: 2, provider: '127.0.0.1' },
    check: async (made) => {
      expect(await modelOf(made, 1)).toBe('second')
      expect(made.seen[1]?.header('authorization')).toBe('Bearer sk-second')
      expect(JSON.stringify(made.row)).not.toContain('sk-second')
    },
  },
  {
    kind: 'good',
    as: 'Helicone-Fallback',
    value: '[{"model": "second"}]',
    scripts: [refusal(500), good],
    answer: { 'helicone-fallback-index': '0' },
    row: { fallback_index: 0, attempts: 2 },
    check: async (made) => {
      expect(await modelOf(made, 0)).toBe('gpt-4o-mini')
      expect(await modelOf(made, 1)).toBe('second')
    },
  },
  {
    kind: 'good',
    value: '[{"model": "second", "onCodes": [404]}]',
    note: 'is not needed',
    answer: { 'helicone-fallback-index': null },
    row: { fallback_index: null, attempts: 1 },
  },
  {
    kind: 'bad',
    value: '[{"model": "second", "weight": 1}]',
    note: 'a key that is not known is passed over',
    warning: 'invalid_header_value',
    scripts: [refusal(500), good],
    row: { fallback_index: 0, attempts: 2 },
    strict: ['to have only model, onCodes, bodyKeyOverride'],
  },
  badFallbacks('gpt-4o-mini', 'a JSON array'),
  badFallbacks('{"model": "second"}', 'a JSON array'),
  badFallbacks('[]', '1 to 10 entries'),
  badFallbacks('["second"]', '[0] to be an object'),
  badFallbacks('[{"onCodes": [500]}]', '"target-url", "model" or "bodyKeyOverride"'),
  badFallbacks('[{"model": "second", "onCodes": ["all"]}]', '[0].onCodes[0] to be a status'),
  badFallbacks('[{"target-url": "https://a.example", "headers": {}}]', '[0].onCodes to be there'),
  badFallbacks('[{"target-url": "https://a.example", "onCodes": [500]}]', '[0].headers'),
  {
    kind: 'bad',
    value: '[{"target-url": "nonsense", "headers": {}, "onCodes": [500]}]',
    status: 400,
    answer: { 'x-helicone-error': 'invalid_target' },
    row: { status: 400, error_code: 'invalid_target' },
    check: ({ seen }) => expect(seen).toEqual([]),
  },
)
