/** Rate limits by header and by rule, over the wire: what passes, what the client is told, what the row says. */
import OpenAI, { RateLimitError } from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { LOCAL_KEY } from '../../src/env.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatRequest, keyed, mintKey } from '../support/calls.ts'
import { rawCall, type RawAnswer } from '../support/raw-call.ts'
import { rowOf } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { json } from '../support/upstream-scripts.ts'

let upstream: Upstream
let gateway: BareGateway
beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({ upstream: { openai: upstream.url } })
})
afterEach(() => upstream.clear())
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

async function call(headers: Record<string, string>) {
  upstream.answer(json(chatAnswer(12, 8)))
  const body = chatRequest()
  return await rawCall(gateway.url, '/oai/v1/chat/completions', { headers: keyed(headers), body })
}

function idOf(answer: RawAnswer | undefined): string {
  return answer?.headers['helicone-id']?.[0] ?? ''
}

describe('a policy in the header', () => {
  it.each(['Helicone-RateLimit-Policy', 'Helicone-Rate-Limit-Policy'])(
    '%s: exactly the quota passes',
    async (name) => {
      const headers = { [name]: '5;w=3600;u=user', 'helicone-user-id': `user-of-${name}` }
      const answers = await Promise.all(Array.from({ length: 25 }, () => call(headers)))
      const passed = answers.filter(({ status }) => status === 200)
      const denied = answers.filter(({ status }) => status === 429)
      expect([passed.length, denied.length]).toEqual([5, 20])
      expect(passed[0]?.headers['helicone-ratelimit-limit']).toEqual(['5'])
      expect(denied[0]?.headers).toMatchObject({
        'x-helicone-error': ['rate_limited'],
        'helicone-ratelimit-remaining': ['0'],
        'retry-after': [expect.stringMatching(/^\d+$/)],
      })
      expect(JSON.parse(denied[0]?.body.toString() ?? '')).toMatchObject({
        message: expect.stringContaining('rate limit'),
        error: { code: 'rate_limited' },
      })
      const row = await rowOf(gateway.env, idOf(denied[0]))
      expect(row).toMatchObject({
        status: 429,
        error_code: 'rate_limited',
        outcome: 'gateway_error',
      })
      expect(JSON.parse(String(row.properties))).toMatchObject({
        'helicone-rate-limit-status': 'bucket_rate_limited',
      })
      expect(JSON.parse(String(row.detail)).limits).toMatchObject([{ denied: true }])
    },
  )

  it('the real OpenAI client raises its own error', async () => {
    const client = new OpenAI({
      apiKey: 'sk-provider-key',
      baseURL: `${gateway.url}/oai/v1`,
      maxRetries: 0,
      defaultHeaders: {
        'Helicone-Auth': `Bearer ${LOCAL_KEY}`,
        'Helicone-RateLimit-Policy': '1;w=3600;s=plan',
        'Helicone-Property-Plan': 'free',
      },
    })
    upstream.answer(json(chatAnswer(1, 1)))
    const ask = () =>
      client.chat.completions.create({
        model: 'gpt-4o',
        messages: [{ role: 'user', content: 'Hi' }],
      })
    await ask()
    await expect(ask()).rejects.toBeInstanceOf(RateLimitError)
  })

  it('tokens are settled with what the call took', async () => {
    const headers = {
      'helicone-ratelimit-policy': '100;w=31536000;u=tokens;s=user',
      'helicone-user-id': 'tokens',
    }
    const statuses: number[] = []
    for (let i = 0; i < 8; i += 1) {
      const answer = await call(headers)
      statuses.push(answer.status)
      await rowOf(gateway.env, idOf(answer))
    }
    // 20 tokens a call: five use the quota up, and at most one reservation more gets through.
    const passed = statuses.filter((status) => status === 200).length
    expect(passed).toBeGreaterThanOrEqual(5)
    expect(passed).toBeLessThanOrEqual(6)
  })

  it('one that cannot be read warns, and the call passes', async () => {
    const answer = await call({ 'helicone-ratelimit-policy': 'basic-100' })
    expect(answer.status).toBe(200)
    expect(answer.headers['helicone-warnings']).toEqual(['invalid_rate_limit_policy'])
  })
})

describe("the organisation's rules", () => {
  it('apply to every key that sends no policy', async () => {
    await gateway.env.DB.prepare(
      `insert into rate_limit_rules (id, org_id, name, quota, window_seconds, unit, segment, created_at, updated_at)
       values ('rule-1', 'org-local', 'per user', 2, 3600, 'request', 'user', 0, 0)`,
    ).run()
    // A key that the gateway has not seen yet: its rules are read with it.
    const key = await mintKey(gateway.env, 'org-local')
    const headers = { 'helicone-auth': `Bearer ${key}`, 'helicone-user-id': 'ruled' }
    const answers = await Promise.all(Array.from({ length: 6 }, () => call(headers)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
  })
})
