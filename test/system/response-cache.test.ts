/** The response cache among many requests of one real isolate: who calls the provider, and what everybody gets. */
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, mintKey } from '../support/calls.ts'
import { startLeaving, type LeavingCall } from '../support/leaving-call.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import {
  after,
  chunks,
  createGate,
  events,
  json,
  refusal,
  reply,
  sse,
} from '../support/upstream-scripts.ts'

let upstream: Upstream
let gateway: BareGateway
let orgId: string

const ON = {
  'helicone-cache-enabled': 'true',
  'content-type': 'application/json',
  accept: 'application/json',
}
const EVENTS = sse([
  { choices: [{ delta: { content: 'Hel' } }] },
  { choices: [{ delta: { content: 'lo' }, finish_reason: 'stop' }] },
  '[DONE]',
])

interface Given {
  status: number
  state: string | null
  headers: Headers
  text: string
}

interface Ask {
  headers?: Record<string, string>
  body?: string
  method?: string
  signal?: AbortSignal
}

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({
    entry: 'test/support/response-cache.worker.ts',
    upstream: upstream.url,
  })
})

afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

beforeEach(() => {
  orgId = `org-${crypto.randomUUID()}`
  upstream.clear()
  upstream.answer(json(chatAnswer(1, 1)))
})

afterEach(() => breakPlaces({}))

async function breakPlaces(faults: { kv?: string; edge?: string; leader?: string }): Promise<void> {
  await gateway.fetch('/__faults', { method: 'PUT', body: JSON.stringify(faults) })
}

function start({ headers = {}, body = '{"model":"m"}', method = 'POST', signal }: Ask = {}) {
  return gateway.fetch('/v1/chat/completions', {
    method,
    headers: { 'x-org': orgId, authorization: 'Bearer sk-one', ...ON, ...headers },
    ...(method === 'POST' ? { body } : {}),
    ...(signal === undefined ? {} : { signal }),
  })
}

function startLeavingCall(): LeavingCall {
  const headers = { 'x-org': orgId, authorization: 'Bearer sk-one', ...ON }
  return startLeaving(new URL('/v1/chat/completions', gateway.url), headers, '{"model":"m"}')
}

async function finish(response: Response): Promise<Given> {
  const { status, headers } = response
  return { status, headers, state: headers.get('helicone-cache'), text: await response.text() }
}

const ask = async (given: Ask = {}): Promise<Given> => finish(await start(given))

/** Calls the cache until it says `state`; answers that call. */
const askUntil = (state: string, given: Ask = {}): Promise<Given> =>
  vi.waitFor(
    async () => {
      const answer = await ask(given)
      expect(answer.state).toBe(state)
      return answer
    },
    { timeout: 10_000, interval: 50 },
  )

/** Calls that know what the cache says, and calls whose client the Worker saw leave. */
async function stateOfNow(): Promise<{ arrived: number; left: number }> {
  const response = await gateway.fetch('/__state')
  return (await response.json()) as { arrived: number; left: number }
}

const arrivals = async (): Promise<number> => (await stateOfNow()).arrived

const untilLeft = (before: number): Promise<void> =>
  vi.waitFor(async () => expect((await stateOfNow()).left).toBeGreaterThan(before))

/** Resolves when `count` more calls than `before` know what the cache says. */
const untilArrived = (before: number, count: number): Promise<void> =>
  vi.waitFor(async () => expect((await arrivals()) - before).toBe(count), { timeout: 20_000 })

function tally(answers: readonly Given[]): Record<string, number> {
  const groups = Map.groupBy(answers, ({ state }) => String(state))
  return Object.fromEntries([...groups].map(([state, group]) => [state, group.length]))
}

describe('one call after another', () => {
  test('the second is a hit, byte for byte, with all that a hit says', async () => {
    const miss = await ask()
    expect(miss).toMatchObject({ status: 200, state: 'MISS' })
    expect(miss.headers.get('helicone-cache-hit')).toBe('false')
    const hit = await ask()
    expect(hit).toMatchObject({ status: 200, state: 'HIT', text: miss.text })
    expect(hit.headers.get('helicone-cache-hit')).toBe('true')
    expect(hit.headers.get('helicone-cache-bucket-idx')).toBe('0')
    expect(Number(hit.headers.get('helicone-cache-latency'))).toBeGreaterThanOrEqual(0)
    expect(hit.headers.get('content-type')).toBe('application/json')
    expect(upstream.requests.length).toBe(1)
  })

  test('a stream is replayed as it was, also from the store', async () => {
    upstream.answer(events(EVENTS))
    const miss = await ask()
    expect(miss.text).toBe(EVENTS.join(''))
    await inStore()
    const hit = await ask()
    expect(hit).toMatchObject({ state: 'HIT', text: miss.text })
    expect(hit.headers.get('content-type')).toBe('text/event-stream')
    expect(upstream.requests.length).toBe(1)
  })

  test('only an edge that knows nothing asks KV', async () => {
    const miss = await ask()
    await inStore()
    await breakPlaces({ edge: 'throw' })
    expect(await ask()).toMatchObject({ state: 'HIT', text: miss.text })
  })

  test.each([429, 500, 404, 201])('a %i is passed on and not kept', async (status) => {
    upstream.answer(json({ a: 1 }, { status }))
    expect(await ask()).toMatchObject({ status, state: 'MISS' })
    expect(await ask()).toMatchObject({ status, state: 'MISS' })
    expect(upstream.requests.length).toBe(2)
  })

  test.each([
    ['breaks off', events(EVENTS.slice(0, 1), { end: 'reset' })],
    ['ends too soon', events(EVENTS.slice(0, 1))],
    [
      'reports an error',
      events([...EVENTS.slice(0, 1), 'data: {"error":{"code":500}}\n\n', EVENTS[2] ?? '']),
    ],
  ])('a stream that %s is not kept', async (_, script) => {
    upstream.answer(script)
    await ask().catch(() => undefined)
    await ask().catch(() => undefined)
    expect(upstream.requests.length).toBe(2)
  })

  test('what changes something is never answered from the cache', async () => {
    for (const method of ['DELETE', 'PUT']) {
      expect(await ask({ method })).toMatchObject({ state: 'MISS' })
      expect(await ask({ method })).toMatchObject({ state: 'MISS' })
    }
    expect(upstream.requests.length).toBe(4)
  })

  test('reading only reads, saving only saves', async () => {
    const read = { headers: { 'helicone-cache-enabled': 'false', 'helicone-cache-read': 'true' } }
    const save = { headers: { 'helicone-cache-enabled': 'false', 'helicone-cache-save': 'true' } }
    expect(await ask(read)).toMatchObject({ state: 'MISS' })
    expect(await ask(read)).toMatchObject({ state: 'MISS' })
    await ask(save)
    await ask(save)
    expect(upstream.requests.length).toBe(4)
    await askUntil('HIT', read)
    expect(upstream.requests.length).toBe(4)
  })
})

/** Resolves when the answer lies in KV, and its flight does not linger any more. */
async function inStore(): Promise<void> {
  const listing = await vi.waitFor(async () => {
    const { keys } = await gateway.env.RESPONSES.list({ prefix: `answer:${orgId}:` })
    expect(keys.length).toBeGreaterThan(0)
    return keys
  })
  expect(listing[0]?.metadata).toEqual({ savedAt: expect.any(Number) })
}

describe('who shares an answer', () => {
  test.each<[string, Ask]>([
    ['another organisation', { headers: { 'x-org': 'org-other' } }],
    ['another provider key', { headers: { authorization: 'Bearer sk-two' } }],
    ['another seed', { headers: { 'helicone-cache-seed': 'a' } }],
    ['another body', { body: '{"model":"n"}' }],
    ['another method', { method: 'GET' }],
  ])('%s does not', async (_, other) => {
    await ask()
    expect(await ask(other)).toMatchObject({ state: 'MISS' })
    expect(await ask()).toMatchObject({ state: 'HIT' })
  })

  test('a body that differs in ignored keys does', async () => {
    const headers = { 'helicone-cache-ignore-keys': 'request_id,"user"' }
    await ask({ headers, body: '{"model":"m","request_id":1}' })
    const other = await ask({ headers, body: '{ "user": "u", "model": "m" }' })
    expect(other).toMatchObject({ state: 'HIT' })
  })
})

describe('buckets', () => {
  const sized = (size: number): Ask => ({
    headers: { 'helicone-cache-bucket-max-size': String(size) },
  })

  test.each([1, 2, 20])('%i slots are filled before one answers', async (size) => {
    let count = 0
    upstream.answer((call) => json(chatAnswer(1, 1, `answer ${(count += 1)}`))(call))
    const texts = new Set<string>()
    for (let i = 0; i < size; i += 1) {
      const { state, text } = await ask(sized(size))
      expect(state).toBe('MISS')
      texts.add(text)
    }
    expect(texts.size).toBe(size)
    for (let i = 0; i < 10; i += 1) {
      const { state, text, headers } = await ask(sized(size))
      expect(state).toBe('HIT')
      expect(texts).toContain(text)
      const slot = Number(headers.get('helicone-cache-bucket-idx'))
      expect(text).toContain(`answer ${slot + 1}`)
    }
    expect(upstream.requests.length).toBe(size)
  })

  test.each([21, 1000])('above 20 (%i) the second identical call is a hit', async (size) => {
    expect(await ask(sized(size))).toMatchObject({ state: 'MISS' })
    expect(await ask(sized(size))).toMatchObject({ state: 'HIT' })
  })

  test('identical calls at once fill different slots', async () => {
    const gate = createGate()
    upstream.answer(after(gate, json(chatAnswer(1, 1))))
    const before = await arrivals()
    const asked = Array.from({ length: 10 }, () => ask(sized(3)))
    await untilArrived(before, 10)
    gate.open()
    expect(tally(await Promise.all(asked))).toEqual({ MISS: 3, COALESCED: 7 })
    expect(upstream.requests.length).toBe(3)
  })

  test('a capacity bounds the seed’s space: the oldest answers go', async () => {
    const given = (i: number): Ask => ({ ...sized(21), body: `{"i":${i}}` })
    for (let i = 0; i < 30; i += 1) await ask(given(i))
    await vi.waitFor(async () => {
      const { keys } = await gateway.env.RESPONSES.list({ prefix: `answer:${orgId}:` })
      expect(keys.length).toBe(21)
    })
  })
})

describe('how long', () => {
  test('less than a minute is honoured, without KV', async () => {
    const brief = { headers: { 'cache-control': 'max-age=2' } }
    await ask(brief)
    expect(await ask(brief)).toMatchObject({ state: 'HIT' })
    await askUntil('MISS', brief)
    const { keys } = await gateway.env.RESPONSES.list({ prefix: `answer:${orgId}:` })
    expect(keys).toEqual([])
  })

  test('a life ends by the header, however long the store keeps it', async () => {
    const brief = { headers: { 'cache-control': 'max-age=1, stale-if-error=600' } }
    await ask(brief)
    expect(await ask(brief)).toMatchObject({ state: 'HIT' })
    await askUntil('MISS', brief)
  })

  test('max-age=0 keeps nothing', async () => {
    const never = { headers: { 'cache-control': 'max-age=0' } }
    await ask(never)
    expect(await ask(never)).toMatchObject({ state: 'MISS' })
  })

  test.each([
    ['refuses', refusal(503)],
    ['is gone', ({ socket }: { socket: { destroy(): void } }) => socket.destroy()],
  ])('when the provider %s, an old answer stands in where that was asked', async (_, failing) => {
    const lenient = { headers: { 'cache-control': 'max-age=1, stale-if-error=600' } }
    const { text } = await ask(lenient)
    upstream.answer(failing as never)
    const stale = await askUntil('STALE', lenient)
    expect(stale).toMatchObject({ status: 200, text })
    expect(stale.headers.get('helicone-cache-hit')).toBe('true')
    expect((await ask({ headers: { 'cache-control': 'max-age=1' } })).status).toBeGreaterThan(500)
  })
})

describe('200 identical calls at once', () => {
  const COUNT = 200

  test('one provider call, 200 equal answers', async () => {
    const gate = createGate()
    upstream.answer(after(gate, json(chatAnswer(1, 1, 'x'.repeat(10_000)))))
    const before = await arrivals()
    const asked = Array.from({ length: COUNT }, () => ask())
    await untilArrived(before, COUNT)
    gate.open()
    const answers = await Promise.all(asked)
    expect(tally(answers)).toEqual({ MISS: 1, COALESCED: COUNT - 1 })
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(upstream.requests.length).toBe(1)
  })

  test('no gate, no luck: calls that come as it ends are hits', async () => {
    for (let round = 0; round < 10; round += 1) {
      upstream.clear()
      const body = `{"round":${round}}`
      const answers = await Promise.all(Array.from({ length: COUNT }, () => ask({ body })))
      expect(upstream.requests.length).toBe(1)
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    }
  })

  test('a stream comes to all as it comes', async () => {
    const gate = createGate()
    upstream.answer(events(EVENTS, { gate }))
    const before = await arrivals()
    const started = Array.from({ length: COUNT }, () => start())
    await untilArrived(before, COUNT)
    gate.release()
    const readers = (await Promise.all(started)).map((response) => response.body?.getReader())
    const firsts = await Promise.all(
      readers.map(async (reader) => text((await reader?.read())?.value)),
    )
    expect(new Set(firsts)).toEqual(new Set([EVENTS[0]]))
    const late = await start()
    gate.open()
    const rests = await Promise.all(readers.map(rest))
    expect(new Set(rests)).toEqual(new Set([EVENTS.slice(1).join('')]))
    expect((await finish(late)).text).toBe(EVENTS.join(''))
    expect(upstream.requests.length).toBe(1)
  })

  test('the leader leaves before the answer: 199 equal answers', async () => {
    const gate = createGate()
    upstream.answer(after(gate, json(chatAnswer(1, 1))))
    const { arrived: before, left } = await stateOfNow()
    const leader = startLeavingCall()
    await upstream.request(0)
    const asked = Array.from({ length: COUNT - 1 }, () => ask())
    await untilArrived(before, COUNT)
    leader.leave()
    await untilLeft(left)
    gate.open()
    const answers = await Promise.all(asked)
    expect(tally(answers)).toEqual({ COALESCED: COUNT - 1 })
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(upstream.requests.length).toBe(1)
    expect(await ask()).toMatchObject({ state: 'HIT' })
  })

  test('the leader leaves amid the stream: 199 equal answers', async () => {
    const gate = createGate()
    upstream.answer(events(EVENTS, { gate }))
    const { arrived: before, left } = await stateOfNow()
    const leader = startLeavingCall()
    await upstream.request(0)
    const started = Array.from({ length: COUNT - 1 }, () => start())
    await untilArrived(before, COUNT)
    gate.release()
    const own = await leader.answer
    await once(
      own.on('error', () => undefined),
      'data',
    )
    leader.leave()
    await untilLeft(left)
    gate.open()
    const answers = await Promise.all(started.map(async (each) => finish(await each)))
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([EVENTS.join('')]))
    expect(tally(answers)).toEqual({ COALESCED: COUNT - 1 })
    expect(upstream.requests.length).toBe(1)
    expect(await ask()).toMatchObject({ state: 'HIT' })
  })

  test('a leader that the runtime ends without a word is replaced', async () => {
    await breakPlaces({ leader: 'mortal' })
    const gate = createGate()
    upstream.answer(after(gate, json(chatAnswer(1, 1))))
    const { arrived: before, left } = await stateOfNow()
    const leader = startLeavingCall()
    await upstream.request(0)
    const asked = Array.from({ length: COUNT - 1 }, () => ask())
    await untilArrived(before, COUNT)
    leader.leave()
    await untilLeft(left)
    await upstream.request(1)
    gate.open()
    const answers = await Promise.all(asked)
    expect(tally(answers)).toEqual({ MISS: 1, COALESCED: COUNT - 2 })
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  })

  test('amid the stream its followers hear of the end, and nobody hangs', async () => {
    await breakPlaces({ leader: 'mortal' })
    const gate = createGate()
    upstream.answer(events(EVENTS, { gate }))
    const { arrived: before, left } = await stateOfNow()
    const leader = startLeavingCall()
    await upstream.request(0)
    const asked = Array.from({ length: 20 }, () => ask().catch(() => 'broken'))
    await untilArrived(before, 21)
    gate.release()
    const own = await leader.answer
    await once(
      own.on('error', () => undefined),
      'data',
    )
    leader.leave()
    await untilLeft(left)
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['broken']))
  })

  test('when all leave, the provider’s connection is closed', async () => {
    const gate = createGate()
    upstream.answer(events(EVENTS, { gate, end: 'stall' }))
    const leaving = new AbortController()
    const before = await arrivals()
    const started = Array.from({ length: 20 }, () => start({ signal: leaving.signal }))
    await untilArrived(before, 20)
    gate.release()
    for (const each of await Promise.all(started)) await each.body?.getReader().read()
    leaving.abort()
    gate.open()
    const seen = await upstream.request(0)
    expect(await seen.ended).toMatchObject({ early: true })
    upstream.answer(json(chatAnswer(1, 1)))
    expect(await ask()).toMatchObject({ state: 'MISS' })
  })

  test('a provider that breaks off breaks all of them, and nothing is kept', async () => {
    const gate = createGate()
    upstream.answer(events(EVENTS.slice(0, 2), { gate, end: 'reset' }))
    const before = await arrivals()
    const started = Array.from({ length: 50 }, () => ask().catch(() => 'broken'))
    await untilArrived(before, 50)
    gate.open()
    expect(new Set(await Promise.all(started))).toEqual(new Set(['broken']))
    upstream.answer(json(chatAnswer(1, 1)))
    expect(await ask()).toMatchObject({ state: 'MISS' })
  })

  test('a provider that fails the leader is asked once more, for all who wait', async () => {
    const gate = createGate()
    upstream.next(after(gate, ({ socket }) => void socket.destroy()))
    const before = await arrivals()
    const asked = Array.from({ length: 50 }, () => ask())
    await untilArrived(before, 50)
    gate.open()
    const answers = await Promise.all(asked)
    expect(tally(answers)).toEqual({ null: 1, MISS: 1, COALESCED: 48 })
    expect(upstream.requests.length).toBe(2)
  })

  test('a provider that stays away fails all, in two calls', async () => {
    const gate = createGate()
    upstream.answer(after(gate, ({ socket }) => void socket.destroy()))
    const before = await arrivals()
    const asked = Array.from({ length: 50 }, () => ask())
    await untilArrived(before, 50)
    gate.open()
    expect((await Promise.all(asked)).every(({ status }) => status === 502)).toBe(true)
    expect(upstream.requests.length).toBe(2)
  })
})

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

async function rest(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<string> {
  let all = ''
  for (;;) {
    const part = await reader?.read()
    if (part === undefined || part.done) return all
    all += text(part.value)
  }
}

describe('much', () => {
  test('above 25 MiB an answer passes whole and is not kept', async () => {
    const parts = Array.from({ length: 27 }, (_, i) => Buffer.alloc(1024 * 1024, 65 + (i % 26)))
    upstream.answer(chunks(parts, { headers: { 'content-type': 'audio/wav' } }))
    for (let i = 0; i < 2; i += 1) {
      const given = await ask()
      expect(given).toMatchObject({ state: 'MISS' })
      expect(given.text.length).toBe(27 * 1024 * 1024)
      expect(given.text).toBe(Buffer.concat(parts).toString())
    }
    expect(upstream.requests.length).toBe(2)
  })

  test('20 MiB are kept', async () => {
    upstream.answer(reply(Buffer.alloc(20 * 1024 * 1024, 'x')))
    await ask()
    expect(await ask()).toMatchObject({ state: 'HIT' })
  })
})

describe('a place that fails', () => {
  test.each([{ kv: 'throw' }, { kv: 'hang' }])(
    'without KV (%j) calls go through, and say so',
    async (faults) => {
      await breakPlaces(faults)
      const given = await ask()
      expect(given).toMatchObject({ status: 200, state: 'MISS' })
      expect(given.headers.get('x-faults')).toBe('generation')
    },
  )

  test.each([{ kv: 'throw' }, { kv: 'hang' }])(
    'KV fails (%j) in use: the edge answers',
    async (faults) => {
      await ask()
      await breakPlaces(faults)
      expect(await ask()).toMatchObject({ state: 'HIT' })
      const other = await ask({ body: '{"other":1}' })
      expect(other).toMatchObject({ status: 200, state: 'MISS' })
      expect(other.headers.get('x-faults')).toBe('kv')
      expect(await ask({ body: '{"other":1}' })).toMatchObject({ state: 'HIT' })
    },
  )

  test.each([{ edge: 'throw' }, { edge: 'hang' }])(
    'without the Cache API (%j) KV answers',
    async (faults) => {
      await breakPlaces(faults)
      const given = await ask()
      expect(given).toMatchObject({ status: 200, state: 'MISS' })
      expect(given.headers.get('x-faults')).toBe('cache_api')
      if (faults.edge === 'throw') await inStore()
      expect(await ask()).toMatchObject({ state: 'HIT' })
    },
  )

  test('nothing works, and every call still does', async () => {
    await breakPlaces({ kv: 'throw', edge: 'throw' })
    for (let i = 0; i < 3; i += 1) expect((await ask()).status).toBe(200)
  })

  test('garbage in the store is no answer', async () => {
    const { headers } = await ask()
    await inStore()
    const [space, digest] = headers.get('x-cache-key')?.split('-') ?? []
    await gateway.env.RESPONSES.put(`answer:${orgId}:${space}:${digest}:0`, 'garbage')
    await breakPlaces({ edge: 'throw' })
    await askUntil('MISS')
  })
})

describe('purge', () => {
  let key: string

  beforeEach(async () => {
    key = await mintKey(gateway.env, orgId)
  })

  const purge = (path: string): Promise<Response> =>
    gateway.fetch(`/v1/cache${path}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}` },
    })
  const seeded = (seed: string): Ask => ({ headers: { 'helicone-cache-seed': seed } })

  test('of the organisation: nothing of it answers, others stay', async () => {
    const other: Ask = { headers: { 'x-org': `${orgId}-other` } }
    for (const given of [{}, seeded('a'), other]) await ask(given)
    expect((await purge('')).status).toBe(200)
    expect(await ask()).toMatchObject({ state: 'MISS' })
    expect(await ask(seeded('a'))).toMatchObject({ state: 'MISS' })
    expect(await ask(other)).toMatchObject({ state: 'HIT' })
  })

  test('of a seed: only that', async () => {
    for (const given of [{}, seeded('a'), seeded('b')]) await ask(given)
    expect((await purge('?seed=a')).status).toBe(200)
    expect(await ask(seeded('a'))).toMatchObject({ state: 'MISS' })
    expect(await ask(seeded('b'))).toMatchObject({ state: 'HIT' })
    expect(await ask()).toMatchObject({ state: 'HIT' })
  })

  test('of one answer: only that', async () => {
    const { headers } = await ask()
    await ask({ body: '{"other":1}' })
    await inStore()
    expect((await purge(`/${headers.get('x-cache-key')}`)).status).toBe(200)
    await askUntil('MISS')
    expect(await ask({ body: '{"other":1}' })).toMatchObject({ state: 'HIT' })
  })
})
