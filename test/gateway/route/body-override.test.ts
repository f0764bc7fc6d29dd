import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/dialects/canonical/json.ts'
import { mergeDeep, overrideBody } from '../../../src/gateway/route/body-override.ts'

const objects = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'model', 'toString'), fc.jsonValue({ maxDepth: 3 }))
  .map((value) => structuredClone(value) as JsonObject)

describe('the merge', () => {
  test('objects merge, arrays and scalars replace, null is a value', () => {
    const base = { model: 'a', nested: { keep: 1, list: [1, 2], deep: { x: 1 } }, stop: ['a'] }
    const override = { model: 'b', nested: { list: [3], deep: { y: null } }, stop: null, more: {} }
    expect(mergeDeep(base, override)).toEqual({
      model: 'b',
      nested: { keep: 1, list: [3], deep: { x: 1, y: null } },
      stop: null,
      more: {},
    })
  })

  test('nothing leaves it unchanged, and itself too', () => {
    fc.assert(
      fc.property(objects, (base) => {
        expect(mergeDeep(base, {})).toEqual(base)
        expect(mergeDeep({}, base)).toEqual(base)
        expect(mergeDeep(base, base)).toEqual(base)
      }),
    )
  })

  test('twice is once', () => {
    fc.assert(
      fc.property(objects, objects, (base, override) => {
        const once = mergeDeep(base, override)
        expect(mergeDeep(once, override)).toEqual(once)
      }),
    )
  })

  test('keys that are not overridden stay, scalars and arrays that override are there', () => {
    fc.assert(
      fc.property(objects, objects, (base, override) => {
        const merged = mergeDeep(base, override)
        expect(new Set(Object.keys(merged))).toEqual(
          new Set([...Object.keys(base), ...Object.keys(override)]),
        )
        for (const [key, value] of Object.entries(merged)) {
          if (!Object.hasOwn(override, key)) expect(value).toEqual(base[key])
          else if (typeof override[key] !== 'object' || Array.isArray(override[key])) {
            expect(value).toEqual(override[key])
          }
        }
      }),
    )
  })

  test('what was given is not mutated', () => {
    fc.assert(
      fc.property(objects, objects, (base, override) => {
        const [first, second] = [structuredClone(base), structuredClone(override)]
        mergeDeep(base, override)
        expect([base, override]).toEqual([first, second])
      }),
    )
  })

  test('no prototype is reached', () => {
    const override = JSON.parse('{"__proto__": {"polluted": true}, "a": {"__proto__": 1}}')
    const merged = mergeDeep({ a: {} }, override as JsonObject)
    expect(merged).toEqual({ a: {} })
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    expect(({} as JsonObject).polluted).toBeUndefined()
  })
})

describe('the body', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

  test('a JSON object is encoded again with the override in it', () => {
    const bytes = overrideBody(encode(' {"model": "a", "text": "héé…"} '), { model: 'b' })
    expect(new TextDecoder().decode(bytes ?? undefined)).toBe('{"model":"b","text":"héé…"}')
  })

  test.each(['', 'text', '[1]', '"a"', 'null', '{"a":', 'a=b&c=d'])(
    '%j goes on as it is',
    (text) => {
      expect(overrideBody(encode(text), { model: 'b' })).toBeNull()
    },
  )

  test('a body too deep to walk goes on as it is', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    expect(overrideBody(encode(deep), { model: 'b' })).toBeNull()
  })

  test('bytes that are no text go on as they are', () => {
    expect(overrideBody(Uint8Array.of(0x1f, 0x8b, 0xff, 0xfe), { model: 'b' })).toBeNull()
  })
})
