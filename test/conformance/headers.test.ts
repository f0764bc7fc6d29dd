/**
 * Every header of the contract (§2.2 to §2.7) that this version reads, with good and bad values: what the client gets,
 * what the row says, and what an organisation with strict headers answers instead of a warning.
 */
import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HEADERS, type HeaderSpec } from '../../src/gateway/receive/header-table.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatRequest, keyed, mintKey } from '../support/calls.ts'
import { rawCall } from '../support/raw-call.ts'
import { scriptsByCase, type Case } from '../support/scripts-by-case.ts'
import { followRows, rowsWhere } from '../support/stored-rows.ts'
import { startUpstream, type Script, type Upstream } from '../support/upstream.ts'
import { json } from '../support/upstream-scripts.ts'
import type { HeaderCase, Made, Place } from './header-case.ts'
import { CACHE } from './header-cases-cache.ts'
import { LIMITS } from './header-cases-limits.ts'
import { FALLBACKS, RETRIES } from './header-cases-retries.ts'
import { LONG_PROMPTS, STREAM_USAGE, TIMERS } from './header-cases-time.ts'
import { CALLER, RECORDED, TARGET, UPSTREAM_TIMEOUT_MS } from './header-cases.ts'

vi.setConfig({ maxConcurrency: 16 })

const CASES: readonly HeaderCase[] = [
  ...CALLER,
  ...RECORDED,
  ...TARGET,
  ...CACHE,
  ...LIMITS,
  ...RETRIES,
  ...FALLBACKS,
  ...LONG_PROMPTS,
  ...STREAM_USAGE,
  ...TIMERS,
]

/** Headers whose every value is a good one. */
const ANY_VALUE_IS_GOOD: readonly string[] = [
  'Helicone-User-Id',
  'Helicone-Property-*',
  'Helicone-Session-Id',
  'Helicone-Session-Path',
  'Helicone-Session-Name',
  'Helicone-Request-Name',
  'Helicone-Prompt-Id',
  'Helicone-Prompt-Version',
  'Helicone-Model-Override',
  'Helicone-Cache-Seed',
]

const SPECS: readonly HeaderSpec[] = HEADERS
const PLANNED = SPECS.filter(({ state }) => state === 'planned')
const CHAT = '/oai/v1/chat/completions'
const good = json(chatAnswer(12, 8))
const ENOUGH = Array.from({ length: 8 }, (): Script => good)

const cases = scriptsByCase()
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const run = randomUUID()
let upstream: Upstream
let gateway: BareGateway
let rowOf: ReturnType<typeof followRows>
let organizations = 0
let rows = 0
beforeAll(async () => {
  upstream = await startUpstream(cases.script)
  gateway = await startBareGateway({
    upstream: upstream.url,
    vars: { UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS) },
  })
  rowOf = followRows(gateway.env)
})
afterAll(async () => {
  agent.destroy()
  await gateway.close()
  await upstream.close()
})

interface Setting extends Place {
  readonly orgId: string
  readonly opened: Case
}

/** An organisation of its own for a case, so that limits and stored answers are its own too. */
async function settle(scripts: readonly Script[], settings: object): Promise<Setting> {
  const orgId = `${run}-${(organizations += 1)}`
  await gateway.env.DB.prepare(
    'insert into organizations (id, name, settings, created_at) values (?1, ?1, ?2, 0)',
  )
    .bind(orgId, JSON.stringify(settings))
    .run()
  const key = await mintKey(gateway.env, orgId)
  const opened = cases.open(...scripts)
  return { orgId, key, opened, upstreamUrl: upstream.url, caseHeaders: opened.headers }
}

interface Sent {
  readonly headers: Record<string, string>
  readonly path: string
  readonly body: string
}

function sentBy(each: HeaderCase, setting: Setting): Sent {
  const value = typeof each.value === 'string' ? each.value : each.value(setting)
  const headers = keyed({ ...setting.opened.headers, ...each.beside }, setting.key)
  const name = (each.as ?? each.header).toLowerCase()
  return {
    headers: { ...headers, [name]: value },
    path: each.path ?? CHAT,
    body: each.body ?? chatRequest(),
  }
}

async function call({ headers, path, body }: Sent, setting: Setting): Promise<Made> {
  const answer = await rawCall(gateway.url, path, { agent, headers, body })
  const id = answer.headers['helicone-id']?.[0] ?? ''
  rows += 1
  const row = await rowOf(setting.orgId, id)
  const detail = JSON.parse(String(row['detail'])) as Made['detail']
  const { seen } = setting.opened
  return { answer, text: answer.body.toString(), row, detail, seen }
}

/** Codes of the row's warnings, and the headers that they are about. */
function warningsOf({ row }: Made): { code: string; header: string | null }[] {
  return JSON.parse(String(row['warnings'] ?? '[]')) as { code: string; header: string | null }[]
}

function expectAnswer(each: HeaderCase, headers: Made['answer']['headers']): void {
  for (const [name, value] of Object.entries(each.answer ?? {})) {
    if (value === null) expect(headers).not.toHaveProperty(name)
    else expect(headers[name], name).toEqual([matcher(value)])
  }
}

function matcher(value: unknown): unknown {
  return value instanceof RegExp ? expect.stringMatching(value) : value
}

function expectWarning(each: HeaderCase, made: Made): void {
  const codes = each.warning === undefined ? [] : [each.warning]
  expect(warningsOf(made)).toMatchObject(codes.map((code) => ({ code, header: each.header })))
  expect(made.answer.headers['helicone-warnings'] ?? []).toEqual(codes)
}

/** No header of ours, whatever its value, reaches a provider. */
function expectNothingOfOurs({ seen }: Pick<Made, 'seen'>): void {
  for (const { rawHeaders } of seen) {
    expect(rawHeaders.filter(([name]) => name.toLowerCase().startsWith('helicone'))).toEqual([])
  }
}

function nameOf({ as, header, value, note }: HeaderCase): string {
  const shown = typeof value === 'string' ? value.slice(0, 60) : 'as the case has it'
  return `${as ?? header}: ${shown}${note === undefined ? '' : ` (${note})`}`
}

describe.concurrent('what comes of a value', () => {
  for (const each of CASES.filter(({ row }) => row !== null)) {
    it.concurrent(nameOf(each), async () => {
      const setting = await settle(each.scripts ?? ENOUGH, {})
      const sent = sentBy(each, setting)
      const made = await call(sent, setting)
      expect(made.answer.status).toBe(each.status ?? 200)
      expectAnswer(each, made.answer.headers)
      expect(made.row).toMatchObject(each.row ?? {})
      expect(made.detail).toMatchObject(each.detail ?? {})
      if (made.row['outcome'] !== 'gateway_error') expectWarning(each, made)
      await each.check?.(made, (headers, body) =>
        call(
          { ...sent, headers: { ...sent.headers, ...headers }, body: body ?? sent.body },
          setting,
        ),
      )
      expectNothingOfOurs(made)
    })
  }

  for (const each of CASES.filter(({ row }) => row === null)) {
    it.concurrent(`${nameOf(each)} leaves no row`, async () => {
      const setting = await settle([], {})
      const answer = await rawCall(gateway.url, CHAT, { agent, ...sentBy(each, setting) })
      expect(answer.status).toBe(each.status)
      expectAnswer(each, answer.headers)
      expect(setting.opened.seen).toEqual([])
    })
  }
})

describe.concurrent('with strict headers', () => {
  for (const each of CASES.filter(({ strict }) => strict !== undefined)) {
    it.concurrent(`${nameOf(each)} is refused`, async () => {
      const setting = await settle([], { strict_headers: true })
      const made = await call(sentBy(each, setting), setting)
      expect(made.answer).toMatchObject({ status: 400, isWhole: true })
      expect(made.answer.headers['x-helicone-error']).toEqual(['invalid_header'])
      const { error } = JSON.parse(made.text) as { error: { code: string; message: string } }
      expect(error.code).toBe('invalid_header')
      for (const part of [each.header, ...(each.strict ?? [])]) {
        expect(error.message).toContain(part)
      }
      expect(made.row).toMatchObject({
        status: 400,
        outcome: 'gateway_error',
        error_code: 'invalid_header',
      })
      expect(warningsOf(made)).toMatchObject([{ code: each.warning, header: each.header }])
      expect(setting.opened.seen).toEqual([])
    })
  }

  for (const each of CASES.filter(({ kind, strict }) => kind === 'good' && strict === undefined)) {
    it.concurrent(`${nameOf(each)} is taken`, async () => {
      const setting = await settle(each.scripts ?? ENOUGH, { strict_headers: true })
      rows += 1
      const answer = await rawCall(gateway.url, each.path ?? CHAT, {
        agent,
        ...sentBy(each, setting),
      })
      // Whether a short timer fired meanwhile is not the question here.
      expect(answer.headers['x-helicone-error']).not.toEqual(['invalid_header'])
      if (answer.headers['x-helicone-error'] === undefined) {
        expect(answer.status).toBe(each.status ?? 200)
      }
    })
  }
})

describe.concurrent('a header of a later version', () => {
  const names = PLANNED.flatMap(({ name, aliases = [] }) => [name, ...aliases])
  it.concurrent.each(names)('%s is accepted, and says that it does nothing', async (name) => {
    for (const settings of [{}, { strict_headers: true }]) {
      const setting = await settle(ENOUGH, settings)
      const headers = keyed({ ...setting.opened.headers, [name]: 'true' }, setting.key)
      const made = await call({ headers, path: CHAT, body: chatRequest() }, setting)
      expect(made.answer.status).toBe(200)
      expect(made.answer.headers['helicone-warnings']).toEqual(['header_without_effect'])
      expect(warningsOf(made)).toMatchObject([{ header: name.toLowerCase() }])
      expectNothingOfOurs(made)
    }
  })
})

it('every call left exactly one row', async () => {
  const stored = await rowsWhere(gateway.env, 'substr(org_id, 1, 36) = ?1', run, rows)
  expect(new Set(stored.map((row) => row['id'])).size).toBe(rows)
})

describe('the table', () => {
  const of = (kind: HeaderCase['kind']) =>
    new Set<string>(CASES.filter((each) => each.kind === kind).map(({ header }) => header))
  const read = SPECS.filter(({ state }) => state !== 'planned').map(({ name }) => name)

  it('has a good value of every header that is read', () => {
    expect(read.filter((name) => !of('good').has(name))).toEqual([])
  })

  it('has a bad value of every header that can have one', () => {
    const without = read.filter((name) => !of('bad').has(name))
    expect(without).toEqual(read.filter((name) => ANY_VALUE_IS_GOOD.includes(name)))
  })

  it('has every other spelling', () => {
    const spellings = new Set(CASES.map(({ as, header }) => as ?? header))
    const aliases = SPECS.filter(({ state }) => state !== 'planned').flatMap(
      ({ aliases }) => aliases ?? [],
    )
    expect(aliases.filter((name) => !spellings.has(name))).toEqual([])
  })

  it('says of every value that leaves a bad-value warning what a strict organisation answers', () => {
    const bad = CASES.filter(({ kind, warning }) => kind === 'bad' && warning !== undefined)
    expect(bad.filter(({ strict }) => strict === undefined).map(nameOf)).toEqual([])
  })
})
