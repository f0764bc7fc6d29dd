/** What callers see, with the vendors' own clients as readers of the 429. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { answerLimited, limitHeaders } from '../../../src/gateway/policy/limit-answer.ts'
import type { LimitFact, LimitVerdict } from '../../../src/gateway/policy/limit-check.ts'

const FACT: LimitFact = {
  policy: '100;w=3600;s=user',
  segment: 'user:alice',
  unit: 'request',
  limit: 100,
  remaining: 0,
  resetSeconds: 3_600,
  denied: true,
  unavailable: false,
}
const DENIED: LimitVerdict = {
  kind: 'denied',
  facts: [FACT],
  strictest: FACT,
  policyText: FACT.policy,
  retryAfterSeconds: 36,
  receipts: [],
  isFailedOpen: false,
  hops: 1,
}
const ID = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000'

describe('headers', () => {
  test('of a denied call', () => {
    expect(limitHeaders(DENIED)).toEqual({
      'helicone-ratelimit-limit': '100',
      'helicone-ratelimit-remaining': '0',
      'helicone-ratelimit-policy': '100;w=3600;s=user',
      'helicone-ratelimit-reset': '3600',
    })
  })

  test('the reset is left out when the bucket is full', () => {
    const verdict = { ...DENIED, strictest: { ...FACT, remaining: 100, resetSeconds: 0 } }
    expect(limitHeaders(verdict)).not.toHaveProperty('helicone-ratelimit-reset')
  })

  test('only the policy where nothing was counted; none without a policy', () => {
    const missing = { ...DENIED, facts: [], strictest: null }
    expect(limitHeaders(missing)).toEqual({ 'helicone-ratelimit-policy': '100;w=3600;s=user' })
    expect(limitHeaders({ ...missing, policyText: null })).toEqual({})
  })
})

describe('the 429', () => {
  test.each(['openai-chat', 'anthropic-messages', 'gemini', 'bedrock-converse'] as const)(
    'of %s has the contract headers and message',
    (dialect) => {
      const answer = answerLimited(DENIED, dialect, ID)
      expect(answer.status).toBe(429)
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/json;charset=UTF-8',
        'x-helicone-error': 'rate_limited',
        'retry-after': '36',
        'helicone-id': ID,
        'helicone-status': 'success',
        'helicone-ratelimit-limit': '100',
        'helicone-ratelimit-remaining': '0',
        'helicone-ratelimit-policy': '100;w=3600;s=user',
        'helicone-ratelimit-reset': '3600',
      })
      const body = JSON.parse(new TextDecoder().decode(answer.body)) as { message: string }
      expect(body.message).toContain('rate limit')
      expect(body.message).toContain('100;w=3600;s=user')
    },
  )

  test('an SDK is told not to guess when the wait is long', () => {
    expect(answerLimited(DENIED, 'openai-chat', ID).headers.has('x-should-retry')).toBe(false)
    const long = { ...DENIED, retryAfterSeconds: 61 }
    expect(answerLimited(long, 'openai-chat', ID).headers.get('x-should-retry')).toBe('false')
  })

  test('a limiter that is down and must not let pass is a 503', () => {
    const down: LimitVerdict = { ...DENIED, kind: 'unavailable', retryAfterSeconds: null }
    const answer = answerLimited(down, 'openai-chat', ID)
    expect([answer.status, answer.code]).toEqual([503, 'limit_check_unavailable'])
    expect(answer.headers.get('retry-after')).toBe('1')
  })

  test("OpenAI's client raises its RateLimitError", async () => {
    const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: answering('openai-chat') })
    const error = await failureOf(
      client.chat.completions.create({
        model: 'gpt-4o',
        messages: [{ role: 'user', content: 'hi' }],
      }),
    )
    expect(error).toBeInstanceOf(OpenAI.RateLimitError)
    expect(error).toMatchObject({
      status: 429,
      code: 'rate_limited',
      type: 'rate_limit_error',
      message: expect.stringContaining('rate limit'),
    })
  })

  test("Anthropic's client raises its RateLimitError", async () => {
    const fetch = answering('anthropic-messages')
    const client = new Anthropic({ apiKey: 'k', maxRetries: 0, fetch })
    const error = await failureOf(
      client.messages.create({
        model: 'claude-opus-4-7',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'hi' }],
      }),
    )
    expect(error).toBeInstanceOf(Anthropic.RateLimitError)
    expect(error).toMatchObject({
      status: 429,
      error: { type: 'error', error: { type: 'rate_limit_error' } },
      message: expect.stringContaining('rate limit'),
    })
  })

  test('clients that retry by themselves try once when the wait is too long for them', async () => {
    let calls = 0
    const long = { ...DENIED, retryAfterSeconds: 600 }
    const fetch = answering('openai-chat', long, () => (calls += 1))
    const client = new OpenAI({ apiKey: 'k', maxRetries: 2, fetch })
    await failureOf(client.models.list())
    expect(calls).toBe(1)
  })
})

function answering(
  dialect: 'openai-chat' | 'anthropic-messages',
  verdict: LimitVerdict = DENIED,
  onCall: () => void = () => undefined,
): () => Promise<Response> {
  return () => {
    onCall()
    const { body, headers, status } = answerLimited(verdict, dialect, ID)
    return Promise.resolve(new Response(new Uint8Array(body), { headers, status }))
  }
}

async function failureOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('the call went through')
}
