/**
 * The header examples that guides for this contract give, word for word, with the real `openai` client: each does what
 * the text around it promises. Only the key is a real one in place of `sk-helicone-...`.
 */
import { randomUUID } from 'node:crypto'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI, { RateLimitError } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, messageAnswer, mintKey } from '../support/calls.ts'
import { rowOf, type LogRow } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { json, refusal } from '../support/upstream-scripts.ts'

const good = json(chatAnswer(12, 8, 'Paris'))
/** Without the wait that is usual between attempts. */
const busy = refusal(503, { 'retry-after-ms': '1' })

let upstream: Upstream
let gateway: BareGateway
/** An organisation of its own for each example. */
let key: string
beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({ upstream: upstream.url })
})
beforeEach(async () => {
  key = await mintKey(gateway.env, `org-${randomUUID()}`)
  upstream.clear()
  upstream.answer(good)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

interface Asked {
  readonly content: string | null | undefined
  readonly headers: Headers
}

function client(defaultHeaders: Record<string, string>): OpenAI {
  return new OpenAI({
    apiKey: 'sk-provider-key',
    baseURL: `${gateway.url}/oai/v1`,
    maxRetries: 0,
    defaultHeaders: { 'Helicone-Auth': `Bearer ${key}`, ...defaultHeaders },
  })
}

async function ask(
  openai: OpenAI,
  content: string,
  model = 'gpt-4o',
  headers: Record<string, string> = {},
): Promise<Asked> {
  const messages = [{ role: 'user' as const, content }]
  const { data, response } = await openai.chat.completions
    .create({ model, messages }, { headers })
    .withResponse()
  return { content: data.choices[0]?.message.content, headers: response.headers }
}

async function rowFor({ headers }: Asked): Promise<LogRow> {
  return await rowOf(gateway.env, headers.get('helicone-id') ?? '')
}

async function modelsAsked(): Promise<unknown[]> {
  const bodies = await Promise.all(upstream.requests.map(({ body }) => body))
  return bodies.map((body) => (body.json() as { model: string }).model)
}

describe('change the base URL and add a header', () => {
  it('OpenAI: all requests are logged', async () => {
    const asked = await ask(client({}), 'Hello!')
    expect(asked.content).toBe('Paris')
    expect(asked.headers.get('helicone-warnings')).toBeNull()
    expect(await rowFor(asked)).toMatchObject({ status: 200, provider: 'openai', input_tokens: 12 })
  })

  it('Anthropic: all requests are logged', async () => {
    upstream.answer(json(messageAnswer(12, 8)))
    const anthropic = new Anthropic({
      apiKey: 'sk-ant-key',
      baseURL: `${gateway.url}/anthropic`,
      maxRetries: 0,
      defaultHeaders: { 'Helicone-Auth': `Bearer ${key}` },
    })
    const { response } = await anthropic.messages
      .create({
        model: 'claude-sonnet-4-20250514',
        max_tokens: 1024,
        messages: [{ role: 'user', content: 'Hello!' }],
      })
      .withResponse()
    const row = await rowOf(gateway.env, response.headers.get('helicone-id') ?? '')
    expect(row).toMatchObject({ status: 200, provider: 'anthropic', input_tokens: 12 })
  })

  it('the base URL alone, with the key in front: an application that can set no header', async () => {
    const openai = new OpenAI({
      apiKey: 'sk-provider-key',
      baseURL: `${gateway.url}/${key}/v1`,
      maxRetries: 0,
    })
    expect(await rowFor(await ask(openai, 'Hello!'))).toMatchObject({ status: 200 })
  })
})

describe('tag requests for filtering and analysis', () => {
  it('user, session, properties and a name', async () => {
    const asked = await ask(client({}), 'My order is late.', 'gpt-4o', {
      'Helicone-User-Id': 'user_id',
      'Helicone-Session-Id': 'session_id',
      'Helicone-Property-Environment': 'production',
      'Helicone-Property-Feature': 'customer_support',
      'Helicone-Property-Version': 'v2.1.0',
      'Helicone-Request-Name': 'support_ticket_response',
    })
    expect(asked.headers.get('helicone-warnings')).toBeNull()
    const row = await rowFor(asked)
    expect(row).toMatchObject({
      user_id: 'user_id',
      session_id: 'session_id',
      request_name: 'support_ticket_response',
      warnings: null,
    })
    expect(JSON.parse(String(row['properties']))).toEqual({
      environment: 'production',
      feature: 'customer_support',
      version: 'v2.1.0',
    })
  })

  it('the same by default for all calls of a client', async () => {
    const asked = await ask(client({ 'Helicone-Property-App': 'my-app' }), 'Hello!', 'gpt-4o-mini')
    expect(await rowFor(asked)).toMatchObject({ properties: '{"app":"my-app"}' })
  })

  it('a managed prompt is named in the log', async () => {
    const asked = await ask(client({}), '{{user_input}}', 'gpt-4o', {
      'Helicone-Prompt-Id': 'customer-support-v2',
      'Helicone-Prompt-Variables': '{"user_input": "How do I reset my password?"}',
    })
    expect(await rowFor(asked)).toMatchObject({ status: 200, prompt_id: 'customer-support-v2' })
    expect(upstream.requests[0]?.header('helicone-prompt-variables')).toBeNull()
  })
})

describe('cache responses', () => {
  const CACHED = {
    'Helicone-Cache-Enabled': 'true',
    'Helicone-Cache-Bucket-Max-Size': '1000',
    'Helicone-Cache-Seed': 'user-123',
  }

  it('the second identical call is a hit, and says so', async () => {
    const openai = client(CACHED)
    const first = await ask(openai, 'What is the capital of France?')
    expect(first.headers.get('Helicone-Cache-Hit')).toBe('false')
    const second = await ask(openai, 'What is the capital of France?')
    expect(second.headers.get('Helicone-Cache-Hit')).toBe('true')
    expect(second.headers.get('Helicone-Cache')).toBe('HIT')
    expect(second.headers.get('helicone-warnings')).toBeNull()
    expect(second.content).toBe('Paris')
    expect(await rowFor(second)).toMatchObject({ cache_status: 'hit', cost_nano: 0 })
    expect(upstream.requests).toHaveLength(1)
  })

  it('another seed is another key', async () => {
    await ask(client(CACHED), 'What is the capital of France?')
    const other = client({ ...CACHED, 'Helicone-Cache-Seed': 'user-124' })
    const asked = await ask(other, 'What is the capital of France?')
    expect(asked.headers.get('Helicone-Cache-Hit')).toBe('false')
    expect(upstream.requests).toHaveLength(2)
  })

  it('false is off', async () => {
    const openai = client({ ...CACHED, 'Helicone-Cache-Enabled': 'false' })
    for (let call = 0; call < 2; call += 1) {
      const { headers } = await ask(openai, 'What is the capital of France?')
      expect(headers.get('Helicone-Cache-Hit')).toBeNull()
    }
    expect(upstream.requests).toHaveLength(2)
  })
})

describe('limit rates', () => {
  const user = (id: string) => ({ 'Helicone-User-Id': id })

  /** How many of so many calls pass; the others must raise the client's own error. */
  async function passed(openai: OpenAI, calls: number, headers = {}): Promise<number> {
    const made = Array.from({ length: calls }, () => ask(openai, 'Hello', 'gpt-4o', headers))
    const settled = await Promise.allSettled(made)
    for (const each of settled) {
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(RateLimitError)
    }
    return settled.filter(({ status }) => status === 'fulfilled').length
  }

  it('100 requests per hour per user', async () => {
    const openai = client({ 'Helicone-RateLimit-Policy': '100;w=3600;u=user' })
    expect(await passed(openai, 105, user('ann'))).toBe(100)
    expect(await passed(openai, 1, user('bob'))).toBe(1)
  })

  it('1000 requests per day per organisation', async () => {
    const openai = client({ 'Helicone-RateLimit-Policy': '1000;w=86400;u=org' })
    const first = await ask(openai, 'Hello', 'gpt-4o', user('ann'))
    expect(first.headers.get('helicone-ratelimit-limit')).toBe('1000')
    const second = await ask(openai, 'Hello', 'gpt-4o', user('bob'))
    expect(second.headers.get('helicone-ratelimit-remaining')).toBe('998')
  })

  it('10 requests per minute in total', async () => {
    const openai = client({ 'Helicone-RateLimit-Policy': '10;w=60;u=request' })
    const [ann, bob] = await Promise.all([
      passed(openai, 8, user('ann')),
      passed(openai, 8, user('bob')),
    ])
    // A tenth of a minute refills one.
    expect(ann + bob).toBeGreaterThanOrEqual(10)
    expect(ann + bob).toBeLessThanOrEqual(11)
  })
})

describe('retry and fall back', () => {
  const RESILIENT = {
    'Helicone-Retry-Enabled': 'true',
    'Helicone-Retry-Num': '3',
    'Helicone-Retry-Factor': '2',
    'Helicone-Fallback': '[{"model": "gpt-4o-mini"}]',
  }

  it('a failure is tried again with the model that was asked for', async () => {
    upstream.next(busy, busy, good)
    const asked = await ask(client(RESILIENT), 'Hello')
    expect(asked.content).toBe('Paris')
    expect(await modelsAsked()).toEqual(['gpt-4o', 'gpt-4o', 'gpt-4o'])
    expect(asked.headers.get('helicone-attempts')).toBe('3')
    expect(asked.headers.get('helicone-warnings')).toBeNull()
    expect(await rowFor(asked)).toMatchObject({ status: 200, attempts: 3, fallback_index: null })
  })

  it('a model that stays away is replaced', async () => {
    upstream.next(busy, busy, busy, good)
    const asked = await ask(client(RESILIENT), 'Hello')
    expect(await modelsAsked()).toEqual(['gpt-4o', 'gpt-4o', 'gpt-4o', 'gpt-4o-mini'])
    expect(asked.headers.get('helicone-fallback-index')).toBe('0')
    expect(await rowFor(asked)).toMatchObject({ status: 200, attempts: 4, fallback_index: 0 })
  })
})

describe('all of it at once, as a proxy in front passes it on', () => {
  const ALL = {
    'Helicone-Property-Environment': 'production',
    'Helicone-Property-Feature': 'chatbot',
    'Helicone-User-Id': 'user-123',
    'Helicone-Session-Id': 'session-abc',
    'Helicone-Session-Name': 'Customer Support',
    'Helicone-Cache-Enabled': 'true',
    'Helicone-Retry-Enabled': 'true',
  }

  it('is tagged, tried again, stored and given again', async () => {
    upstream.next(busy, good)
    const openai = client({})
    const first = await ask(openai, 'Hello!', 'gpt-4o-mini', ALL)
    const second = await ask(openai, 'Hello!', 'gpt-4o-mini', ALL)
    expect(upstream.requests).toHaveLength(2)
    const tags = {
      user_id: 'user-123',
      session_id: 'session-abc',
      session_name: 'Customer Support',
      properties: '{"environment":"production","feature":"chatbot"}',
      warnings: null,
    }
    expect(await rowFor(first)).toMatchObject({ ...tags, attempts: 2, cache_status: 'miss' })
    expect(await rowFor(second)).toMatchObject({ ...tags, cache_status: 'hit', cost_nano: 0 })
  })

  it('what it writes where it has no provider key counts as none', async () => {
    const answer = await gateway.fetch('/v1/chat/completions', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'undefined',
        'helicone-auth': `Bearer ${key}`,
        'helicone-rate-limit-policy': '100;w=3600;u=user',
        'helicone-user-id': 'user-123',
      },
      body: '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]}',
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('helicone-ratelimit-policy')).toBe('100;w=3600;s=user')
    expect(upstream.requests[0]?.header('authorization')).toBeNull()
  })
})
