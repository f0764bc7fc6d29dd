/**
 * Each dependency is broken in turn while the gateway serves: it refuses, it does the work but its answer is lost, or it
 * falls silent. Every call must still succeed, and once the dependency is back every call has exactly one row.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBreakableGateway, type BreakableGateway } from '../support/breakable-gateway.ts'
import {
  chatAnswer,
  chatEvents,
  chatRequest,
  hashOfKey,
  keyed,
  mintKey,
  newKey,
} from '../support/calls.ts'
import type { BreakableBinding, Fault } from '../support/faults.ts'
import { rowsWhere, type LogRow } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { events, json } from '../support/upstream-scripts.ts'

const answer = chatAnswer(12, 8)
const stream = chatEvents(12, 8)
/** Too big for a batch, so that it needs an object of its own. */
const BIG = 'x'.repeat(100_000)

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream(async (call) => {
    const { stream: isStream } = (await call.seen.body).json() as { stream?: boolean }
    await (isStream === true ? events(stream) : json(answer))(call)
  })
})
afterAll(() => upstream.close())

/** A key that no isolate has seen: the database knows it, or only the key cache does. */
async function coldKey(env: Env, orgId: string, knownTo: 'DB' | 'KV'): Promise<string> {
  if (knownTo === 'DB') return await mintKey(env, orgId)
  const key = newKey()
  const cached = { orgId, keyId: 'key-cached', permissions: 'rw', checkedAt: Date.now() }
  await env.KV.put(`key:${hashOfKey(key)}`, JSON.stringify(cached))
  return key
}

/** A whole answer, a stream, a big body and an omitted one; resolves to what the clients know them by. */
async function callFourTimes(gateway: BreakableGateway, key: string): Promise<string[]> {
  const post = async (
    body: string,
    headers: Record<string, string> = {},
  ): Promise<[string, string]> => {
    const response = await gateway.fetch('/oai/v1/chat/completions', {
      method: 'POST',
      headers: keyed(headers, key),
      body,
    })
    expect(response.status).toBe(200)
    return [response.headers.get('helicone-id') ?? '', await response.text()]
  }
  const answers = await Promise.all([
    post(chatRequest()),
    post(chatRequest('Hello', { stream: true })),
    post(chatRequest(BIG)),
    post(chatRequest(), { 'helicone-omit-request': 'true', 'helicone-omit-response': 'true' }),
  ])
  const whole = JSON.stringify(answer)
  expect(answers.map(([, text]) => text)).toEqual([whole, stream.join(''), whole, whole])
  return answers.map(([id]) => id)
}

function expectComplete(rows: readonly LogRow[], ids: readonly string[]): void {
  expect(rows.map((row) => row['id'])).toEqual(ids.toSorted())
  for (const row of rows) {
    expect(row).toMatchObject({
      provider: 'openai',
      model: 'gpt-4o-mini-2024-07-18',
      outcome: 'success',
      status: 200,
      input_tokens: 12,
      output_tokens: 8,
      cost_nano: 6_600,
    })
  }
}

type Case = [binding: BreakableBinding, fault: Fault]

const CASES: Case[] = [
  ['DB', 'before'],
  ['DB', 'hang'],
  ['KV', 'before'],
  ['KV', 'after'],
  ['KV', 'hang'],
  ['LOGS', 'before'],
  ['LOGS', 'after'],
  ['LOGS', 'hang'],
  ['BODIES', 'before'],
  ['BODIES', 'after'],
  ['BODIES', 'hang'],
  ['LIVE', 'before'],
  ['LIVE', 'hang'],
]
const QUEUE_CASES: Case[] = [
  ['LOG_QUEUE', 'before'],
  ['LOG_QUEUE', 'after'],
  ['LOG_QUEUE', 'hang'],
]

describe.each([
  { transport: 'queue', cases: [...CASES, ...QUEUE_CASES] },
  { transport: 'direct', cases: CASES },
])('with LOG_TRANSPORT=$transport', ({ transport, cases }) => {
  let gateway: BreakableGateway
  beforeAll(async () => {
    gateway = await startBreakableGateway({
      upstream: upstream.url,
      vars: { LOG_TRANSPORT: transport },
    })
  })
  afterEach(() => gateway.mend())
  afterAll(() => gateway.close())

  it.each(cases)('%s down (%s): calls succeed, rows follow', async (binding, fault) => {
    const orgId = `org-${randomUUID()}`
    const key = await coldKey(gateway.env, orgId, binding === 'DB' ? 'KV' : 'DB')
    const failuresBefore = (await gateway.counts()).failures[binding] ?? 0
    await gateway.break({ broken: { [binding]: fault } })
    const ids = await callFourTimes(gateway, key)
    await expect
      .poll(async () => (await gateway.counts()).failures[binding] ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(failuresBefore)
    await gateway.mend()
    await gateway.scheduled()
    expectComplete(await rowsWhere(gateway.env, 'org_id = ?1', orgId, 4), ids)
  })

  it('everything down at once: calls succeed, the next call brings the rows', async () => {
    const orgId = `org-${randomUUID()}`
    const key = await mintKey(gateway.env, orgId)
    const known = await callFourTimes(gateway, key)
    await rowsWhere(gateway.env, 'org_id = ?1', orgId, 4)
    await gateway.break({
      broken: {
        DB: 'before',
        LOGS: 'before',
        KV: 'before',
        BODIES: 'before',
        LOG_QUEUE: 'before',
        LOG_DLQ: 'before',
        LIVE: 'before',
      },
    })
    const lost = await callFourTimes(gateway, key)
    await expect
      .poll(() => gateway.logs().filter((line) => line.includes('log_retained')).length, {
        timeout: 10_000,
      })
      .toBeGreaterThan(0)
    await gateway.mend()
    const after = await callFourTimes(gateway, key)
    const rows = await rowsWhere(gateway.env, 'org_id = ?1', orgId, 12)
    expectComplete(rows, [...known, ...lost, ...after])
  })

  it('a key that nothing can vouch for is told to come again, not that it is wrong', async () => {
    const key = await mintKey(gateway.env, 'org-unknown')
    await gateway.break({ broken: { DB: 'before', KV: 'before' } })
    const response = await gateway.fetch('/oai/v1/chat/completions', {
      method: 'POST',
      headers: keyed({}, key),
      body: chatRequest(),
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.json()).toMatchObject({ error: { code: 'key_check_unavailable' } })
  })
})
