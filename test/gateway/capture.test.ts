import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Capture } from '../../src/gateway/capture.ts'

const TAIL = 16 * 1024

function concat(chunks: Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
}

describe('Capture', () => {
  test('keeps everything within the limit, however it is split', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const capture = new Capture(1_000_000)
        for (const chunk of chunks) capture.add(chunk)
        const whole = concat(chunks)
        expect(capture.finish()).toEqual({ bytes: whole, truncatedAt: null })
        expect(capture.total).toBe(whole.byteLength)
        capture.release()
      }),
    )
  })

  test('keeps the head and the last bytes of what is longer', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 30_000 }), (lengths, limit) => {
        let next = 0
        const chunks = lengths.map((length) =>
          Uint8Array.from({ length }, () => (next += 7) & 0xff),
        )
        const whole = concat(chunks)
        const capture = new Capture(limit)
        for (const chunk of chunks) capture.add(chunk)
        const { bytes, truncatedAt } = capture.finish()
        if (truncatedAt === null) {
          expect(bytes).toEqual(whole)
        } else {
          expect(truncatedAt).toBe(limit)
          expect(bytes.subarray(0, limit)).toEqual(whole.subarray(0, limit))
          expect(bytes.subarray(limit)).toEqual(whole.subarray(whole.byteLength - TAIL))
        }
        capture.release()
      }),
      { numRuns: 60 },
    )
  })

  test('all captures share one budget, and it comes back', () => {
    const chunk = new Uint8Array(1024 * 1024)
    const captures = Array.from({ length: 64 }, () => new Capture(chunk.byteLength))
    for (const capture of captures) capture.add(chunk)
    const whole = captures.filter((capture) => capture.finish().truncatedAt === null)
    expect(whole.length).toBe(32)
    for (const capture of captures) {
      expect(capture.total).toBe(chunk.byteLength)
      capture.release()
    }
    const after = new Capture(chunk.byteLength)
    after.add(chunk)
    expect(after.finish().truncatedAt).toBeNull()
    after.release()
  })

  test('a limit of zero only counts', () => {
    const capture = new Capture(0)
    capture.add(new Uint8Array(10))
    expect(capture.total).toBe(10)
    expect(capture.finish().bytes.byteLength).toBe(0)
  })
})
