import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePack, encodePack, PackError } from '../../src/lib/pack.ts'

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
