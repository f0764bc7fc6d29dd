import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerHeaders, storedResponse } from '../../../src/gateway/cache/answer.ts'
import { chooseSlot } from '../../../src/gateway/cache/buckets.ts'
import { decodeAnswer, encodeAnswer, storableHeaders } from '../../../src/gateway/cache/stored.ts'
import type { StoredAnswer } from '../../../src/gateway/cache/stored.ts'

const encoder = new TextEncoder()

function answer(change: Partial<StoredAnswer> = {}): StoredAnswer {
  return {
    headers: [['content-type', 'application/json']],
    chunks: [encoder.encode('{"a":'), encoder.encode('1}')],
    latencyMs: 123.4,
    referenceId: '0198-row',
    savedAt: 1,
    freshUntil: 2,
    ...change,
  }
}

describe('the stored form', () => {
  const answers = fc.record({
    headers: fc.array(fc.tuple(fc.string(), fc.string({ unit: 'grapheme' }))),
    chunks: fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }),
    latencyMs: fc.nat(),
    referenceId: fc.string(),
    savedAt: fc.nat(),
    freshUntil: fc.nat(),
  })

  test('comes back as it was, chunk by chunk', () => {
    fc.assert(
      fc.property(answers, (given) => {
        expect(decodeAnswer(encodeAnswer(given))).toEqual(given)
      }),
    )
  })

  test('cut off, or of another kind, it is no answer', () => {
    fc.assert(
      fc.property(answers, fc.nat(), (given, at) => {
        const bytes = encodeAnswer(given)
        expect(decodeAnswer(bytes.subarray(0, at % bytes.byteLength))).toBeNull()
      }),
    )
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeAnswer(bytes) === null))
  })

  test.each([
    ['a later version', (head: string) => head.replace('"v":1', '"v":2')],
    ['wrong lengths', (head: string) => head.replace('[5,2]', '[5,3]')],
    ['negative lengths', (head: string) => head.replace('[5,2]', '[9,-2]')],
    ['no headers', (head: string) => head.replace('"headers"', '"footers"')],
    ['broken JSON', (head: string) => head.replace('{', '[')],
  ])('%s is no answer', (_, change) => {
    const bytes = encodeAnswer(answer())
    const length = new DataView(bytes.buffer).getUint32(0, true)
    const head = encoder.encode(change(new TextDecoder().decode(bytes.subarray(4, 4 + length))))
    const changed = new Uint8Array([...new Uint8Array(4), ...head, ...bytes.subarray(4 + length)])
    new DataView(changed.buffer).setUint32(0, head.byteLength, true)
    expect(decodeAnswer(changed)).toBeNull()
  })
})

test('headers of one request, connection or moment are not stored', () => {
  const kept: [string, string][] = [
    ['content-type', 'application/json'],
    ['content-encoding', 'gzip'],
    ['openai-model', 'm'],
    ['openai-version', '2020'],
  ]
  const dropped = [
    'connection',
    'content-length',
    'date',
    'helicone-id',
    'helicone-cache',
    'cf-ray',
    'x-request-id',
    'request-id',
    'x-ratelimit-remaining-tokens',
    'anthropic-ratelimit-requests-limit',
    'retry-after',
    'set-cookie',
    'transfer-encoding',
  ].map((name): [string, string] => [name, 'x'])
  expect(storableHeaders([...kept, ...dropped])).toEqual(kept)
})

describe('an answer that is given again', () => {
  test('says what it is, in both spellings', async () => {
    const response = storedResponse(answer())
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'content-length': '7',
    })
    expect(answerHeaders('HIT', { slot: 3, latencyMs: 123 })).toEqual({
      'helicone-cache': 'HIT',
      'helicone-cache-hit': 'true',
      'helicone-cache-bucket-idx': '3',
      'helicone-cache-latency': '123',
    })
    expect(await response.text()).toBe('{"a":1}')
  })

  test('a miss says so too, and has no slot', () => {
    expect(answerHeaders('MISS', null)).toEqual({
      'helicone-cache': 'MISS',
      'helicone-cache-hit': 'false',
    })
  })

  test('events are replayed in their chunks', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 30 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(chunks, async (chunks) => {
        const headers: [string, string][] = [['content-type', 'text/event-stream; charset=utf-8']]
        const { body } = storedResponse(answer({ headers, chunks }))
        const seen: Uint8Array[] = []
        for await (const chunk of body ?? []) seen.push(chunk)
        expect(seen.map((chunk) => [...chunk])).toEqual(chunks.map((chunk) => [...chunk]))
      }),
    )
  })
})

describe('buckets', () => {
  test('the first empty slot is filled; only a full bucket answers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (isFull, random) => {
          const slots = isFull.map((full, i) => (full ? answer({ referenceId: `${i}` }) : null))
          const choice = chooseSlot(slots, () => random)
          if (isFull.every(Boolean)) {
            const slot = Math.floor(random * slots.length)
            expect(choice).toEqual({ kind: 'hit', slot, answer: slots[slot] })
          } else {
            expect(choice).toMatchObject({ kind: 'miss' })
            expect((choice as { empty: number[] }).empty[0]).toBe(isFull.indexOf(false))
          }
        },
      ),
    )
  })
})
