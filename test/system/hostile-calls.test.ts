/**
 * What callers and providers may do that nobody means: lists without end, odd statuses, headers that are ours to set. The
 * call is answered, and its one row tells what the client saw.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatRequest, foundOrganization, keyed } from '../support/calls.ts'
import { rawCall, type RawAnswer } from '../support/raw-call.ts'
import { rowOf, rowsWhere, type LogRow } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { chunks, half, json, rawBytes, refusal } from '../support/upstream-scripts.ts'

const CHAT = '/oai/v1/chat/completions'

let upstream: Upstream
let gateway: BareGateway
let orgId: string
let key: string

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({ upstream: { openai: upstream.url } })
})

afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

beforeEach(async () => {
  upstream.clear()
  upstream.answer(json(chatAnswer(12, 8)))
  const founded = await foundOrganization(gateway.env)
  orgId = founded.orgId
  key = founded.key
})

async function call(
  headers: Record<string, string> = {},
  body: string = chatRequest(),
  path = CHAT,
): Promise<RawAnswer & { id: string; header: (name: string) => string | null }> {
  const answer = await rawCall(gateway.url, path, { headers: keyed(headers, key), body })
  const header = (name: string): string | null => answer.headers[name]?.join(', ') ?? null
  return { ...answer, id: header('helicone-id') ?? '', header }
}

async function onlyRow(): Promise<LogRow> {
  const [row] = await rowsWhere(gateway.env, 'org_id = ?1', orgId, 1)
  return row ?? {}
}

describe('a list without end', () => {
  test('of policies is one warning, and leaves its row', async () => {
    const answer = await call({ 'Helicone-RateLimit-Policy': '1,'.repeat(2_000) })
    expect(answer.status).toBe(200)
    expect(answer.header('helicone-warnings')).toBe('invalid_rate_limit_policy')
    expect(await onlyRow()).toMatchObject({ status: 200 })
  })

  test('of attempts on a long path leaves its row', async () => {
    upstream.answer(refusal(503))
    const answer = await call(
      {
        'Helicone-Retry-Enabled': 'true',
        'Helicone-Retry-Num': '20',
        'Helicone-Retry-Min-Timeout': '0',
        'Helicone-Retry-Max-Timeout': '0',
        'Helicone-Fallbacks': JSON.stringify(Array.from({ length: 9 }, () => ({ model: 'x' }))),
      },
      chatRequest(),
      `${CHAT}/${'x'.repeat(3_000)}`,
    )
    expect(answer.status).toBe(503)
    expect(await onlyRow()).toMatchObject({ status: 503, attempts: 200 })
  })

  test('of properties does not hide that the call was denied', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 70 }, (_, at) => [`Helicone-Property-P${at}`, 'x']),
    )
    const limited = { 'Helicone-RateLimit-Policy': '1;w=3600' }
    expect((await call(limited)).status).toBe(200)
    const own = { 'Helicone-Property-Helicone-Rate-Limit-Status': 'fine' }
    const { status, id } = await call({ ...limited, ...many, ...own })
    expect(status).toBe(429)
    const row = await rowOf(gateway.env, id)
    expect(JSON.parse(String(row['properties']))).toMatchObject({
      'helicone-rate-limit-status': 'bucket_rate_limited',
    })
  })
})

describe('a status that is no answer', () => {
  const head = (line: string) => `HTTP/1.1 ${line}\r\ncontent-length: 2\r\n\r\n{}`
  const ways = [
    {},
    { 'Helicone-Cache-Enabled': 'true' },
    { 'Helicone-Retry-Enabled': 'true', 'Helicone-Retry-Num': '1' },
  ]

  test.each(
    ways.flatMap((headers) =>
      ['101 Switching Protocols', '600 Odd'].map((line) => [line, headers] as const),
    ),
  )('%s is a 502, with %j', async (line, headers) => {
    upstream.answer(rawBytes(head(line)))
    const answer = await call(headers)
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      error: { code: 'upstream_unreachable' },
    })
    expect(await onlyRow()).toMatchObject({ status: 502, outcome: 'gateway_error' })
  })
})

describe('stale-if-error', () => {
  const whole = JSON.stringify(chatAnswer(12, 8))
  const headers = { 'content-type': 'application/json', 'content-length': String(whole.length) }

  test.each([
    ['is cut', half(whole, { headers })],
    ['stalls', chunks([whole.slice(0, 20)], { headers, end: 'stall' })],
  ])('stands in for a short answer that %s', async (_, script) => {
    const asked = {
      'Helicone-Cache-Enabled': 'true',
      'Helicone-Timeout-Idle': '400',
      'Cache-Control': 'max-age=1, stale-if-error=600',
    }
    expect((await call(asked)).header('helicone-cache')).toBe('MISS')
    // Until then the stored answer is fresh.
    await expect
      .poll(
        async () => {
          upstream.answer(script)
          const { status, header } = await call(asked)
          return `${status} ${header('helicone-cache')}`
        },
        { timeout: 10_000, interval: 300 },
      )
      .toBe('200 STALE')
  })
})

test('headers that are ours to set do not pass from a provider', async () => {
  upstream.answer(
    json(chatAnswer(1, 1), {
      headers: {
        'helicone-cache': 'HIT',
        'helicone-attempts': '9',
        'helicone-ratelimit-remaining': '77',
        'x-helicone-error': 'fake',
        'x-request-id': 'req-1',
      },
    }),
  )
  const { header } = await call()
  expect(header('x-request-id')).toBe('req-1')
  for (const name of ['cache', 'attempts', 'ratelimit-remaining']) {
    expect(header(`helicone-${name}`)).toBeNull()
  }
  expect(header('x-helicone-error')).toBeNull()
})

describe('a limit by user', () => {
  const limited = { 'Helicone-RateLimit-Policy': '1;w=3600;s=user' }

  test.each([
    ['user', { user: 'ann' }],
    ['metadata', { metadata: { user_id: 'ann' } }],
  ])('counts the one that the body names in %s', async (_, more) => {
    const body = chatRequest('Hi', more)
    expect((await call(limited, body)).status).toBe(200)
    const second = await call(limited, body)
    expect(second.status).toBe(429)
    expect(second.body.toString()).toContain('user:ann')
    expect((await call(limited, chatRequest('Hi', { user: 'bob' }))).status).toBe(200)
  })

  test('says so when the body is too long to be asked', async () => {
    const answer = await call(limited, chatRequest('x'.repeat(5 * 1024 * 1024), { user: 'ann' }))
    expect(answer.status).toBe(200)
    expect(answer.header('helicone-warnings')).toBe('user_unknown')
  })

  test('asks the header first', async () => {
    const body = chatRequest('Hi', { user: 'ann' })
    expect((await call({ ...limited, 'Helicone-User-Id': 'bob' }, body)).status).toBe(200)
    expect((await call(limited, body)).status).toBe(200)
  })
})

test('a body that cannot be held is not sent to a target that wants it changed', async () => {
  const entry = {
    'target-url': upstream.url,
    headers: { authorization: 'Bearer sk-two' },
    onCodes: [500],
    bodyKeyOverride: { model: 'other' },
  }
  const answer = await call(
    { 'Helicone-Fallbacks': JSON.stringify([entry]) },
    chatRequest('x'.repeat(21 * 1024 * 1024)),
  )
  expect(answer.status).toBe(413)
  expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { code: 'body_too_large' } })
  expect(upstream.requests).toHaveLength(0)
  expect(await onlyRow()).toMatchObject({ status: 413, error_code: 'body_too_large' })
})
