/**
 * Secrets and omitted bodies carry canaries through every way a call can end, and then everything that was stored, logged
 * or answered is searched for them. Bodies that are not omitted carry one too: it must be found, or the search is blind.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBreakableGateway, type BreakableGateway } from '../support/breakable-gateway.ts'
import { chatAnswer, keyed, mintKey, newKey } from '../support/calls.ts'
import { rawCall, type RawAnswer, type RawCall } from '../support/raw-call.ts'
import { everythingStored, placesOf, type Stored } from '../support/storage-search.ts'
import { rowsWhere } from '../support/stored-rows.ts'
import { startUpstream, type Script, type Upstream } from '../support/upstream.ts'
import { json } from '../support/upstream-scripts.ts'
import { ENDINGS, OMITTED_ANSWERS, PROVIDER_KEYS } from './canary-carriers.ts'

const CHAT = '/oai/v1/chat/completions'
const SIGN_IN_TOKEN = newCanary()
const ORG = 'org-canary'

let upstream: Upstream
let gateway: BreakableGateway
let key: string
const answers: RawAnswer[] = []

beforeAll(async () => {
  upstream = await startUpstream()
  const { url } = upstream
  gateway = await startBreakableGateway({
    upstream: { openai: url, anthropic: url, google: url },
    vars: { LOCAL_SIGN_IN_TOKEN: SIGN_IN_TOKEN, UPSTREAM_TIMEOUT_MS: '200' },
    // What cannot be stored is dead soon.
    queues: {
      'heliograph-logs': { maxRetries: 2 },
      'heliograph-logs-dead': { maxBatchTimeout: 0 },
    },
  })
  key = await mintKey(gateway.env, ORG)
})
afterEach(() => gateway.mend())
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

function newCanary(): string {
  return `canary${randomBytes(12).toString('hex')}`
}

async function call(path: string, options: RawCall, script: Script = json({})): Promise<RawAnswer> {
  upstream.clear()
  upstream.answer(script)
  const answer = await rawCall(gateway.url, path, options)
  answers.push(answer)
  return answer
}

function chatBody(text: string): string {
  return JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: text },
      { role: 'user', content: [{ type: 'text', text: `Say ${text} again.` }] },
    ],
    metadata: { note: text },
    tools: [{ type: 'function', function: { name: 'look_up', description: text } }],
  })
}

/** Resolves when a call behind all others has its row, so that nothing is still under way. */
async function everythingArrived(): Promise<void> {
  const last = randomUUID()
  await call(CHAT, { headers: keyed({ 'helicone-request-id': last }, key), body: '{}' })
  await rowsWhere(gateway.env, 'request_id = ?1', last, 1)
}

/** Logs and answers, beside what is stored. */
async function everything(): Promise<Stored[]> {
  return [
    ...(await everythingStored(gateway.env)),
    ...gateway
      .logs()
      .map((line, index) => ({ where: `log line ${index}`, bytes: Buffer.from(line) })),
    ...answers.map(({ status, headers, body }, index) => ({
      where: `answer ${index}`,
      bytes: Buffer.concat([Buffer.from(JSON.stringify([status, headers])), body]),
    })),
  ]
}

/** Every answer that the API has for this organisation: lists, rows, bodies. */
async function readApi(): Promise<Stored[]> {
  const found: Stored[] = []
  const ask = async (method: string, path: string, body?: object): Promise<string> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await rawCall(gateway.url, path, { method, headers, ...sent })
    expect([path, Math.floor(answer.status / 100)]).toEqual([path, 2])
    found.push({ where: `API ${method} ${path}`, bytes: answer.body })
    return answer.body.toString()
  }
  const query = { filter: 'all', limit: 1_000, includeInputs: true }
  const list = await ask('POST', '/v1/request/query', query)
  await ask('POST', '/v1/request/query-clickhouse', query)
  const { data } = JSON.parse(list) as {
    data: { request_id: string; signed_body_url: string | null }[]
  }
  for (const row of data) {
    await ask('GET', `/v1/request/${row.request_id}?includeBody=true`)
    if (row.signed_body_url === null) continue
    const { pathname, search } = new URL(row.signed_body_url)
    await ask('GET', pathname + search)
  }
  return found
}

const secrets: [name: string, text: string][] = [['the sign-in token', SIGN_IN_TOKEN]]

describe('while canaries pass', () => {
  it.each(PROVIDER_KEYS)('a provider key as %s', async (name, path, headers) => {
    for (const [ending, script] of ENDINGS) {
      const secret = newCanary()
      secrets.push([`${name}, then ${ending}`, secret])
      const { authorization = 'Bearer sk-provider-key', ...own } = headers(secret, upstream.url)
      const sent = keyed({ authorization, ...own }, key)
      await call(path(secret), { headers: sent, body: chatBody('hello') }, script)
    }
  })

  it('our own keys: good, unknown, malformed, revoked, in the path', async () => {
    const revoked = await mintKey(gateway.env, ORG, { revokedAt: 1 })
    const unknown = [newKey(), newKey(), newKey()] as const
    const malformed = `sk-helicone-${newCanary()}`
    const middleOf = (each: string): string => each.slice(-22, -6)
    secrets.push(['the key itself', middleOf(key)], ['a revoked key', middleOf(revoked)])
    secrets.push(...unknown.map((each): [string, string] => ['an unknown key', middleOf(each)]))
    secrets.push(['a malformed key', malformed.slice(12)])
    for (const each of [key, revoked, ...unknown, malformed]) {
      await call(CHAT, { headers: keyed({}, each), body: chatBody('hello') })
      await call(`/${each}/v1/chat/completions`, { body: chatBody('hello') })
      await call(CHAT, { headers: { authorization: `Bearer ${each}` }, body: '{}' })
      await call('/anthropic/v1/messages', { headers: { 'x-api-key': each }, body: '{}' })
      await call('/v1/request/query', {
        headers: { authorization: `Bearer ${each}`, 'content-type': 'application/json' },
        body: '{"filter":"all","limit":1}',
      })
    }
  })

  it('signing in, and making a key', async () => {
    const headers = { 'content-type': 'application/json', origin: gateway.url }
    const body = JSON.stringify({ token: SIGN_IN_TOKEN })
    const signedIn = await rawCall(gateway.url, '/api/sign-in', { headers, body })
    expect(signedIn.status).toBe(200)
    const cookie = signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    secrets.push(['the session cookie', cookie.split('=')[1] ?? ''])
    const made = await rawCall(gateway.url, '/api/keys', {
      headers: { ...headers, cookie },
      body: JSON.stringify({ name: 'Canary', permissions: 'rw' }),
    })
    const { data } = JSON.parse(made.body.toString()) as { data: { key: string } }
    secrets.push(['a key made at the dashboard', data.key.slice(-22, -6)])
    // Shown once, in the answers above; from here on nowhere.
    for (const path of ['/api/keys', '/api/session']) {
      await call(path, { method: 'GET', headers: { cookie } })
    }
  })

  it.each([false, true])(
    'omitted bodies, whatever becomes of them (queue down: %s)',
    async (isDown) => {
      const omit = { 'helicone-omit-request': 'true', 'helicone-omit-response': 'true' }
      if (isDown) await gateway.break({ broken: { LOG_QUEUE: 'before' } })
      for (const [ending, make] of OMITTED_ANSWERS) {
        const [asked, answered] = [newCanary(), newCanary()]
        secrets.push([`an omitted request (${ending})`, asked])
        const sizes = ending.startsWith('big') ? 20_000 : 1
        const sent = { headers: keyed(omit, key), body: chatBody(`${asked} `.repeat(sizes)) }
        // Its own answer brings it back to the client, so answers are searched for requests only.
        omittedAnswers.push([`an omitted response (${ending})`, answered])
        await call(CHAT, sent, make(`${answered} `.repeat(sizes)))
      }
      const zipped = newCanary()
      secrets.push(['an omitted compressed request', zipped])
      const body = gzipSync(chatBody(zipped))
      await call(CHAT, { headers: keyed({ ...omit, 'content-encoding': 'gzip' }, key), body })
      if (isDown) {
        await expect
          .poll(async () => (await spilled()).length, { timeout: 10_000 })
          .toBeGreaterThan(0)
        expectNowhere(await everything())
      }
      await gateway.mend()
      await gateway.scheduled()
    },
  )

  it('one side omitted leaves the other', async () => {
    const [asked, answered] = [newCanary(), newCanary()]
    secrets.push(['the omitted half', asked])
    kept.push(['the kept half', answered])
    const headers = keyed({ 'helicone-omit-request': 'true' }, key)
    await call(CHAT, { headers, body: chatBody(asked) }, json(chatAnswer(1, 1, answered)))
  })

  it('the control: bodies that nobody omitted', async () => {
    const [asked, answered, big, zipped] = [newCanary(), newCanary(), newCanary(), newCanary()]
    kept.push(['a request', asked], ['a response', answered], ['a big request', big])
    kept.push(['a compressed response', zipped])
    await call(
      CHAT,
      { headers: keyed({}, key), body: chatBody(asked) },
      json(chatAnswer(1, 1, answered)),
    )
    await call(CHAT, { headers: keyed({}, key), body: chatBody(`${big} `.repeat(20_000)) })
    const answer = json(chatAnswer(1, 1, zipped), { gzip: true })
    await call(CHAT, { headers: keyed({}, key), body: '{}' }, answer)
  })

  it('what the consumer cannot store lies dead, without secrets', async () => {
    await everythingArrived()
    const [asked, omitted] = [newCanary(), newCanary()]
    dead.push(asked)
    secrets.push(['an omitted request in a dead letter', omitted])
    await gateway.break({ broken: { LOGS: 'before' } })
    const secret = newCanary()
    secrets.push(['a provider key in a dead letter', secret])
    const authorization = `Bearer ${secret}`
    await call(CHAT, { headers: keyed({ authorization }, key), body: chatBody(asked) })
    const omit = { authorization, 'helicone-omit-request': 'true' }
    await call(CHAT, { headers: keyed(omit, key), body: chatBody(omitted) })
    await expect
      .poll(
        async () => placesOf(asked, await everythingStored(gateway.env)).filter(isDead).length,
        {
          timeout: 20_000,
          interval: 200,
        },
      )
      .toBeGreaterThan(0)
  })
})

const omittedAnswers: [name: string, text: string][] = []
const kept: [name: string, text: string][] = []
const dead: string[] = []

function isDead(where: string): boolean {
  return where.startsWith('R2 dead/')
}

async function spilled(): Promise<R2Object[]> {
  return (await gateway.env.BODIES.list({ prefix: 'spill/' })).objects
}

function expectNowhere(places: readonly Stored[]): void {
  const found = secrets
    .map(([name, text]) => ({ name, places: placesOf(text, places) }))
    .filter((each) => each.places.length > 0)
  expect(found).toEqual([])
}

describe('afterwards', () => {
  let stored: Stored[]
  let api: Stored[]
  beforeAll(async () => {
    await everythingArrived()
    stored = await everything()
    api = await readApi()
  })

  it('everything was looked into', () => {
    const kinds = [
      'DB.api_keys',
      'DB.sessions',
      'LOGS.requests',
      'R2 logs/',
      'R2 bodies/',
      'R2 dead/',
      'KV key:',
    ]
    for (const kind of [...kinds, 'log line', 'answer']) {
      expect([kind, stored.some(({ where }) => where.startsWith(kind))]).toEqual([kind, true])
    }
    expect(api.length).toBeGreaterThan(100)
  })

  it('the control is found: in R2, in the row, at the API', () => {
    for (const [name, text] of kept) {
      const inR2 = placesOf(text, stored).filter((where) => where.startsWith('R2 '))
      expect([name, inR2.length > 0]).toEqual([name, true])
      expect([name, placesOf(text, api).length > 0]).toEqual([name, true])
    }
    const [[, asked] = ['', '']] = kept.slice(1)
    expect(placesOf(asked, stored).some((where) => where.startsWith('LOGS.requests'))).toBe(true)
    expect(dead.map((text) => placesOf(text, stored).some(isDead))).toEqual([true])
  })

  it('no secret and no omitted request is anywhere', () => {
    expect(secrets.length).toBeGreaterThan(80)
    expectNowhere([...stored, ...api])
  })

  it('no omitted response is stored, logged, or told by the API', () => {
    expect(omittedAnswers.length).toBe(2 * OMITTED_ANSWERS.length)
    const places = [...stored, ...api].filter(({ where }) => !where.startsWith('answer '))
    const found = omittedAnswers
      .map(([name, text]) => ({ name, places: placesOf(text, places) }))
      .filter((each) => each.places.length > 0)
    expect(found).toEqual([])
  })
})
