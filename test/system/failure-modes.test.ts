/**
 * A provider that fails in every way there is, alone, with retries, with a fallback and with the cache, in two dialects,
 * whole and streamed: what the client sees, what its SDK makes of it, and what the one row says. Nothing hangs: a stall
 * is ended by the gateway's own timer, which each case sets by header.
 */
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { STATUS_CLIENT_ABORT } from '../../src/lib/statuses.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { keyed, mintKey } from '../support/calls.ts'
import { closedPort } from '../support/closed-port.ts'
import { rawCall } from '../support/raw-call.ts'
import { scriptsByCase } from '../support/scripts-by-case.ts'
import { followRows, rowsWhere } from '../support/stored-rows.ts'
import { startUpstream, type Script, type Upstream } from '../support/upstream.ts'
import { json, refusal } from '../support/upstream-scripts.ts'
import {
  expectAttempts,
  expectEnd,
  expectGood,
  LONGEST_CALL_MS,
  type Called,
  type Detail,
} from './failure-ends.ts'
import { CHAT, good, type Form } from './failure-forms.ts'
import type { Attempt, Mode } from './failure-mode.ts'
import { bySdk } from './failure-sdks.ts'
import { MODES } from './failure-table.ts'

vi.setConfig({ maxConcurrency: 20 })

/** Of every call: what has no shorter timer of its own is ended by this one, and not by the test. */
const SAFETY_NET = { 'helicone-timeout-total': '20000' }
/** For what stalls. */
const SHORT_MS = 1_000
/** For what stalls once: the good answer behind it must be in time, also on a machine that is busy. */
const PATIENT_MS = 2_500
const WAIT_MS = 5
const RETRY = {
  'helicone-retry-enabled': 'true',
  'helicone-retry-num': '2',
  'helicone-retry-min-timeout': '1',
  'helicone-retry-max-timeout': String(WAIT_MS),
}
const FALLBACK = { 'helicone-fallback': '[{"model": "another-model"}]' }
const CACHE = { 'helicone-cache-enabled': 'true' }
const GOOD: Attempt = { status: 200, error: null }

const orgId = `org-${randomUUID()}`
const cases = scriptsByCase()
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
let upstream: Upstream
let gateway: BareGateway
let key: string
let rowOf: ReturnType<typeof followRows>
let calls = 0
beforeAll(async () => {
  upstream = await startUpstream(cases.script)
  gateway = await startBareGateway({ upstream: upstream.url })
  key = await mintKey(gateway.env, orgId)
  rowOf = followRows(gateway.env)
})
afterAll(async () => {
  agent.destroy()
  await gateway.close()
  await upstream.close()
})

async function call(
  form: Form,
  headers: Record<string, string>,
  scripts: readonly Script[],
): Promise<Called> {
  const { headers: named, seen } = cases.open(...scripts)
  calls += 1
  const answer = await rawCall(gateway.url, form.path, {
    agent,
    headers: keyed({ ...SAFETY_NET, ...headers, ...named }, key),
    body: form.body,
  })
  const row = await rowOf(orgId, answer.headers['helicone-id']?.[0] ?? '')
  const detail = JSON.parse(String(row['detail'])) as Detail
  return { answer, text: answer.body.toString(), row, detail, seen }
}

function timerOf({ timer }: Mode, ms: number): Record<string, string> {
  return timer === undefined ? {} : { [timer]: String(ms) }
}

describe.concurrent.each(MODES)('$name', (mode) => {
  const held = mode.held ?? { end: mode.alone, attempt: mode.attempt }
  const policies = { retries: RETRY, fallback: FALLBACK }

  it.concurrent.each(mode.forms)('$name, alone', async (form) => {
    const called = await call(form, timerOf(mode, SHORT_MS), [mode.script(form)])
    await expectAttempts(called, [mode.attempt])
    expectEnd(mode.alone(form), form, called)
    expect(called.answer.headers).not.toHaveProperty('helicone-attempts')
    expect(called.row).toMatchObject({ fallback_index: null })
  })

  it.concurrent.each(mode.forms)('$name, with retries', async (form) => {
    const scripts = [mode.script(form), good(form)]
    const called = await call(
      form,
      { ...RETRY, ...timerOf(mode, mode.retries ? PATIENT_MS : SHORT_MS) },
      scripts,
    )
    if (!mode.retries) {
      await expectAttempts(called, [held.attempt])
      expectEnd(held.end(form), form, called)
      return
    }
    await expectAttempts(called, [held.attempt, GOOD])
    expectGood(form, called)
    expect(called.answer.headers['helicone-attempts']).toEqual(['2'])
    const waitMs = called.detail.attempts[1]?.waitMs
    if (mode.waitMs === undefined) expect(waitMs).toBeLessThanOrEqual(WAIT_MS)
    else expect(waitMs).toBe(mode.waitMs)
  })

  it.concurrent.each(mode.forms)('$name, with a fallback', async (form) => {
    const scripts = [mode.script(form), good(form)]
    const called = await call(
      form,
      { ...FALLBACK, ...timerOf(mode, mode.moves ? PATIENT_MS : SHORT_MS) },
      scripts,
    )
    if (!mode.moves) {
      await expectAttempts(called, [held.attempt])
      expectEnd(held.end(form), form, called)
      expect(called.answer.headers).not.toHaveProperty('helicone-fallback-index')
      expect(called.row).toMatchObject({ fallback_index: null })
      return
    }
    await expectAttempts(called, [held.attempt, GOOD])
    expectGood(form, called)
    expect(called.answer.headers['helicone-fallback-index']).toEqual(['0'])
    expect(called.row).toMatchObject({ fallback_index: 0 })
  })

  const hopeless = Object.entries(policies).filter(([name]) =>
    name === 'retries' ? mode.retries : mode.moves,
  )
  for (const [name, headers] of hopeless) {
    it.concurrent.each(mode.forms)(`$name, twice in spite of ${name}`, async (form) => {
      const scripts = [mode.script(form), mode.script(form)]
      const called = await call(form, { ...headers, ...timerOf(mode, SHORT_MS) }, scripts)
      await expectAttempts(called, [held.attempt, held.attempt])
      expectEnd(held.end(form), form, called)
    })
  }

  it.concurrent.each(mode.forms)('$name, with the cache', async (form) => {
    const headers = { ...CACHE, 'helicone-cache-seed': randomUUID(), ...timerOf(mode, SHORT_MS) }
    const called = await call(form, headers, [mode.script(form)])
    await expectAttempts(called, [mode.attempt])
    expectEnd(mode.alone(form), form, called)
    expect(called.row).toMatchObject({ cache_status: 'miss' })
    if (mode.mayBeKept === true) return
    const { answer } = await call(form, headers, [good(form)])
    expect(answer.headers['helicone-cache']).not.toEqual(['HIT'])
  })

  it.concurrent.each(mode.forms)('$name, by its SDK', async (form) => {
    const { headers } = cases.open(mode.script(form))
    calls += 1
    const made = await bySdk(form, gateway.url, {
      'helicone-auth': `Bearer ${key}`,
      ...SAFETY_NET,
      ...timerOf(mode, SHORT_MS),
      ...headers,
    })
    const [openai, anthropic] = typeof mode.sdk === 'string' ? [mode.sdk, mode.sdk] : mode.sdk
    expect(made).toBe(form.client === 'openai' ? openai : anthropic)
  })
})

describe('between two attempts', () => {
  const post = (headers: Record<string, string>) =>
    request(new URL(CHAT.path, gateway.url), {
      method: 'POST',
      headers: keyed({ ...SAFETY_NET, ...headers }, key),
    })

  it('a client that leaves while the next one is waited for ends the call', async () => {
    const busy = refusal(503, { 'retry-after': '15' })
    const { headers, seen } = cases.open(busy, busy)
    calls += 1
    const id = randomUUID()
    const outgoing = post({ ...RETRY, ...headers, 'helicone-request-id': id })
    outgoing.on('error', () => undefined).end(CHAT.body)
    await vi.waitFor(() => expect(seen).toHaveLength(1))
    await seen[0]?.ended
    outgoing.socket?.resetAndDestroy()
    const row = await rowOf(orgId, id)
    expect(row).toMatchObject({ outcome: 'client_abort', status: STATUS_CLIENT_ABORT, attempts: 1 })
    expect(Number(row['latency_ms'])).toBeLessThan(LONGEST_CALL_MS)
    expect(seen).toHaveLength(1)
  })

  it('a target where nobody listens leads to the next', async () => {
    const { headers, seen } = cases.open(json({ fine: true }))
    const entry = (url: string) => ({ 'target-url': url, headers, onCodes: [] })
    const fallbacks = [entry(`http://127.0.0.1:${await closedPort()}`), entry(upstream.url)]
    calls += 1
    const answer = await rawCall(gateway.url, CHAT.path, {
      headers: keyed({ ...SAFETY_NET, 'helicone-fallbacks': JSON.stringify(fallbacks) }, key),
      body: CHAT.body,
    })
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'helicone-fallback-index': ['1'],
      'helicone-attempts': ['2'],
    })
    const row = await rowOf(orgId, answer.headers['helicone-id']?.[0] ?? '')
    const { attempts } = JSON.parse(String(row['detail'])) as Detail
    expect(attempts).toMatchObject([{ status: null, error: expect.any(String) }, GOOD])
    expect(seen).toHaveLength(1)
  })
})

it('every call left exactly one row', async () => {
  const rows = await rowsWhere(gateway.env, 'org_id = ?1', orgId, calls)
  expect(new Set(rows.map((row) => row['id'])).size).toBe(calls)
})
