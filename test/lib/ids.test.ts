import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { uuidv7At, uuidv7Floor } from '../../src/lib/ids.ts'

const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 })

test('an id is a UUIDv7 of its time, and no two are alike', () => {
  fc.assert(
    fc.property(moment, (at) => {
      const [id, other] = [uuidv7At(at), uuidv7At(at)]
      expect(z.uuidv7().safeParse(id).success).toBe(true)
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at)
      expect(other).not.toBe(id)
    }),
  )
})

test('ids sort by time, and the smallest of a moment bounds them', () => {
  fc.assert(
    fc.property(moment, moment, (one, other) => {
      fc.pre(one < other)
      expect(uuidv7At(one) < uuidv7At(other)).toBe(true)
      expect(uuidv7At(one) < uuidv7Floor(other)).toBe(true)
      expect(uuidv7At(other) > uuidv7Floor(other)).toBe(true)
    }),
  )
})
