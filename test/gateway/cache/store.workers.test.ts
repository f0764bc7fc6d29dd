import { env } from 'cloudflare:workers'
import { describe, expect, test, vi } from 'vitest'
import { MAX_STORED_BYTES, createResponseStore } from '../../../src/gateway/cache/store.ts'
import type { StorePlaces } from '../../../src/gateway/cache/store.ts'
import type { StoredAnswer } from '../../../src/gateway/cache/stored.ts'
import { answerName, edgeUrl } from '../../../src/lib/response-names.ts'
import type { AnswerPlace } from '../../../src/lib/response-names.ts'

const ORIGIN = 'https://heliograph.test'

function newPlace(): AnswerPlace {
  return { orgId: `org-${crypto.randomUUID()}`, space: 's', digest: 'd', slot: 0 }
}

function answer(change: Partial<StoredAnswer> = {}): StoredAnswer {
  return {
    headers: [['content-type', 'text/event-stream']],
    chunks: [new Uint8Array([1, 2]), new Uint8Array([3])],
    latencyMs: 7,
    referenceId: 'row',
    savedAt: Date.now(),
    freshUntil: Date.now() + 60_000,
    ...change,
  }
}

function open(change: Partial<StorePlaces> = {}) {
  const work: Promise<void>[] = []
  const store = createResponseStore({
    edge: () => caches.default,
    responses: env.RESPONSES,
    origin: ORIGIN,
    background: (each) => work.push(each),
    retryWaitsMs: [],
    ...change,
  })
  return { store, settle: () => Promise.all(work) }
}

/** A binding whose every method fails. */
function failing(how: () => Promise<never>): Cache & KVNamespace {
  return new Proxy({}, { get: () => how }) as Cache & KVNamespace
}

const throwing = (): Promise<never> => Promise.reject(new Error('down'))
const hanging = (): Promise<never> => new Promise(() => undefined)

describe('the store', () => {
  test('gives back what it was given, from either place', async () => {
    const place = newPlace()
    const { store } = open()
    const given = answer()
    await store.put(place, given, 3_600)
    expect(await store.get(place)).toEqual({ answer: given, fault: null })
    const withoutEdge = open({ edge: () => failing(throwing) })
    expect(await withoutEdge.store.get(place)).toEqual({ answer: given, fault: 'cache_api' })
    const withoutKv = open({ responses: failing(throwing) })
    expect(await withoutKv.store.get(place)).toEqual({ answer: given, fault: null })
  })

  test('an answer from KV is put in front for the next', async () => {
    const place = newPlace()
    const { store, settle } = open()
    await store.put(place, answer(), 3_600)
    await caches.default.delete(edgeUrl(ORIGIN, answerName(place)))
    expect((await store.get(place)).answer).not.toBeNull()
    await settle()
    expect(await caches.default.match(edgeUrl(ORIGIN, answerName(place)))).toBeDefined()
  })

  test.each([
    [59, false],
    [60, true],
  ])('a life of %i s in KV: %s', async (seconds, isInKv) => {
    const place = newPlace()
    const { store } = open()
    await store.put(place, answer(), seconds)
    expect((await store.get(place)).answer).not.toBeNull()
    expect((await env.RESPONSES.get(answerName(place))) !== null).toBe(isInKv)
  })

  test('no life, no answer', async () => {
    const place = newPlace()
    const { store } = open()
    await store.put(place, answer(), 0)
    expect(await store.get(place)).toEqual({ answer: null, fault: null })
  })

  test.each([
    [MAX_STORED_BYTES - 4_096, true],
    [MAX_STORED_BYTES, false],
    [MAX_STORED_BYTES + 1, false],
  ])('%i bytes are kept: %s', async (size, isKept) => {
    const place = newPlace()
    const { store } = open()
    await store.put(place, answer({ chunks: [new Uint8Array(size)] }), 3_600)
    expect((await store.get(place)).answer !== null).toBe(isKept)
  })

  test('bytes that nobody wrote are no answer', async () => {
    const place = newPlace()
    const { store } = open()
    await env.RESPONSES.put(answerName(place), 'garbage')
    expect(await store.get(place)).toEqual({ answer: null, fault: null })
  })
})

describe('a place that fails', () => {
  test.each([throwing, hanging])('costs half a second at most, and no call', async (how) => {
    const place = newPlace()
    const started = Date.now()
    const { store } = open({ edge: () => failing(how), responses: failing(how) })
    expect(await store.get(place)).toEqual({ answer: null, fault: 'kv' })
    expect(Date.now() - started).toBeLessThan(700)
  })

  test('writing never throws, also where there is no Cache API', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const edge = (): Cache => {
      throw new Error('none here')
    }
    const { store } = open({ edge, responses: failing(throwing) })
    await store.put(newPlace(), answer(), 3_600)
    const places = warn.mock.calls.map(
      ([line]) => (JSON.parse(String(line)) as { place: string }).place,
    )
    expect(places).toEqual(['cache_api', 'kv'])
    warn.mockRestore()
  })

  test('a write to KV is tried again', async () => {
    const place = newPlace()
    let tries = 0
    const flaky = new Proxy(env.RESPONSES, {
      get(target, name) {
        const member = Reflect.get(target, name) as (...values: unknown[]) => unknown
        return (...values: unknown[]) => {
          tries += 1
          if (tries < 3) throw new Error('too many writes')
          return Reflect.apply(member, target, values)
        }
      },
    })
    const { store } = open({ responses: flaky, retryWaitsMs: [1, 1] })
    await store.put(place, answer(), 3_600)
    expect(await env.RESPONSES.get(answerName(place))).not.toBeNull()
  })
})
