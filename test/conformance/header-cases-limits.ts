/** Rate limits by header: good and bad values, and what comes of each. */
import { expect } from 'vitest'
import { of, type HeaderCase } from './header-case.ts'

/** A policy that is taken: how answers repeat it, and whose calls are counted. */
function limit(
  value: string,
  text: string,
  segment: string | null,
  more: Partial<HeaderCase> = {},
): Omit<HeaderCase, 'header'> {
  const [quota] = text.split(';')
  return {
    kind: 'good',
    value,
    answer: {
      'helicone-ratelimit-policy': text,
      'helicone-ratelimit-limit': segment === null ? null : quota,
      'helicone-ratelimit-remaining': segment === null ? null : expect.stringMatching(/^\d+$/),
    },
    detail: { limits: [{ policy: text, segment, denied: false, unavailable: false }] },
    ...more,
  }
}

const ANN = { beside: { 'helicone-user-id': 'ann' } }

function badLimit(value: string, ...expected: string[]): Omit<HeaderCase, 'header'> {
  return {
    kind: 'bad',
    value,
    warning: 'invalid_rate_limit_policy',
    answer: { 'helicone-ratelimit-policy': null, 'helicone-ratelimit-limit': null },
    row: { outcome: 'success' },
    strict: [`"${value}"`, '<quota>;w=<seconds>', ...expected],
  }
}

export const LIMITS: readonly HeaderCase[] = of(
  'Helicone-RateLimit-Policy',
  limit('1000;w=3600', '1000;w=3600', 'organization'),
  limit('10;w=60;u=request', '10;w=60', 'organization'),
  limit('100;w=60;s=user', '100;w=60;s=user', 'user:ann', ANN),
  limit('100;w=60;s=user', '100;w=60;s=user', null, { note: 'without a user it counts nobody' }),
  limit('100;w=3600;u=user', '100;w=3600;s=user', 'user:ann', ANN),
  limit('1000;w=86400;u=org', '1000;w=86400', 'organization'),
  limit('10000;w=3600;s=organization', '10000;w=3600;s=organization', 'organization'),
  limit('100;w=60;s=Plan', '100;w=60;s=plan', 'plan:pro', {
    beside: { 'helicone-property-plan': 'pro' },
  }),
  limit('5000;w=86400;u=cents', '5000;w=86400;u=cents', 'organization'),
  limit('0.5;w=60;u=cents', '0.5;w=60;u=cents', 'organization'),
  limit('10;w=1000;u=cents;s=user', '10;w=1000;u=cents;s=user', 'user:ann', ANN),
  limit('9000;w=60;u=tokens', '9000;w=60;u=tokens', 'organization'),
  limit('100 ; S=User ; W=60', '100;w=60;s=user', 'user:ann', ANN),
  limit('7;w=60', '7;w=60', 'organization', { as: 'Helicone-Rate-Limit-Policy' }),
  {
    kind: 'good',
    value: '1;w=3600',
    note: 'the second call is denied',
    answer: { 'helicone-ratelimit-remaining': '0', 'helicone-ratelimit-reset': /^\d+$/ },
    check: async (_, again) => {
      const { answer, row, text, seen } = await again()
      expect(answer.status).toBe(429)
      expect(answer.headers).toMatchObject({
        'x-helicone-error': ['rate_limited'],
        'helicone-status': ['success'],
        'content-type': ['application/json;charset=UTF-8'],
        'helicone-ratelimit-limit': ['1'],
        'helicone-ratelimit-policy': ['1;w=3600'],
        'retry-after': [expect.stringMatching(/^\d+$/)],
      })
      expect(JSON.parse(text)).toMatchObject({ message: expect.stringContaining('rate limit') })
      expect(row).toMatchObject({ status: 429, error_code: 'rate_limited' })
      expect(seen).toHaveLength(1)
    },
  },
  {
    kind: 'bad',
    value: '9;w=3600, basic-100',
    note: 'the one that can be read holds',
    warning: 'invalid_rate_limit_policy',
    answer: { 'helicone-ratelimit-policy': '9;w=3600', 'helicone-ratelimit-limit': '9' },
    strict: ['"basic-100"'],
  },
  badLimit('basic-100'),
  badLimit('10;w=59', 'from 60 to 31536000'),
  badLimit('10;w=31536001', 'from 60 to 31536000'),
  badLimit('10;w=soon'),
  badLimit('0;w=60', 'above 0'),
  badLimit('-5;w=60', 'above 0'),
  badLimit('100;w=60;u=dollars', 'request, cents or tokens'),
  badLimit('100;w=60;x=1', 'not part of a policy'),
)
