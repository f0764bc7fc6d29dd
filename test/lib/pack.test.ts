import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePack, encodePack, PackError, PackWriter } from '../../src/lib/pack.ts'

const blob = fc.uint8Array({ maxLength: 200 })
const entry = fc.record({ id: fc.string(), record: blob, request: blob, response: blob })

describe('pack', () => {
  test('decode returns what was encoded', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        expect(decodePack(encodePack(entries).bytes)).toEqual(entries)
      }),
    )
  })

  test('slots point at the blobs', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
        const { bytes, slots } = encodePack(entries)
        for (const [i, slot] of slots.entries()) {
          const end = slot.offset + slot.recordLength
          expect(bytes.slice(slot.offset, end)).toEqual(entries[i]?.record)
          expect(bytes.slice(end, end + slot.requestLength)).toEqual(entries[i]?.request)
        }
      }),
    )
  })

  test('any cut or flipped prefix is a PackError, never another exception', () => {
    fc.assert(
      fc.property(fc.array(entry), fc.nat(), fc.nat(255), (entries, at, value) => {
        const { bytes } = encodePack(entries)
        const damaged = bytes.slice(0, at % (bytes.byteLength + 1))
        if (damaged.byteLength > 4) damaged[4] = value
        try {
          decodePack(damaged)
        } catch (error) {
          expect(error).toBeInstanceOf(PackError)
        }
      }),
    )
  })
})

describe('a pack that is written as entries come', () => {
  const LIMIT_BYTES = 1_000
  const MOST_ENTRIES = 5
  const text = fc.record({
    id: fc.uuid(),
    record: fc.string({ unit: 'grapheme', maxLength: 300 }),
    request: blob,
    response: blob,
  })

  test('holds what found room, in order, and is within its bounds', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), (entries) => {
        const writer = new PackWriter(LIMIT_BYTES, MOST_ENTRIES)
        const packs: Uint8Array[] = []
        const take = (): void => {
          const { bytes, ids } = writer.take()
          packs.push(bytes)
          expect(decodePack(bytes).map(({ id }) => id)).toEqual(ids)
          expect(bytes.byteLength).toBeLessThanOrEqual(LIMIT_BYTES + 20)
          expect(ids.length).toBeLessThanOrEqual(MOST_ENTRIES)
        }
        const kept = entries.filter((each) => {
          const isAdded = writer.add(each)
          if (isAdded) return true
          // A full one takes nothing, also not a part.
          if (!writer.isEmpty) take()
          return writer.add(each)
        })
        if (!writer.isEmpty) take()
        const decoded = packs.flatMap((bytes) => decodePack(bytes))
        expect(decoded.map(({ id }) => id)).toEqual(kept.map(({ id }) => id))
        const records = decoded.map(({ record }) => new TextDecoder().decode(record))
        expect(records).toEqual(kept.map(({ record }) => record))
        expect(decoded.map(({ request }) => request)).toEqual(kept.map(({ request }) => request))
        expect(decoded.map(({ response }) => response)).toEqual(
          kept.map(({ response }) => response),
        )
      }),
    )
  })

  test('only what is too big for an empty one finds no room in it', () => {
    fc.assert(
      fc.property(text, (entry) => {
        const bytes =
          new TextEncoder().encode(entry.record).byteLength +
          entry.request.byteLength +
          entry.response.byteLength
        const isAdded = new PackWriter(LIMIT_BYTES, MOST_ENTRIES).add(entry)
        expect(isAdded).toBe(bytes <= LIMIT_BYTES - 70)
      }),
    )
  })
})
