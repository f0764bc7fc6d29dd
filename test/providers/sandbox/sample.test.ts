import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { sampleSchema } from '../../../src/providers/sandbox/sample.ts'
import { stringForPattern } from '../../../src/providers/sandbox/pattern.ts'
import { piecesOf } from '../../../src/providers/sandbox/tokens.ts'

/** Schemas of every kind that structured outputs allow, nested at random. */
const { schema: anySchema } = fc.letrec<{ schema: z.ZodType; leaf: z.ZodType }>((tie) => ({
  leaf: fc.oneof(
    fc.nat(20).chain((min) =>
      fc.nat(20).map((more) =>
        z
          .string()
          .min(min)
          .max(min + more),
      ),
    ),
    fc.integer({ min: -50, max: 50 }).map((min) =>
      z
        .number()
        .min(min)
        .max(min + 3),
    ),
    fc.integer({ min: -50, max: 50 }).map((min) =>
      z
        .number()
        .int()
        .gt(min)
        .lt(min + 4),
    ),
    fc.integer({ min: 1, max: 9 }).map((step) => z.number().int().multipleOf(step).min(2)),
    fc.constantFrom(z.boolean(), z.null(), z.literal('x'), z.enum(['b', 'a']), z.email(), z.uuid()),
    fc.constantFrom(
      z.iso.datetime(),
      z.iso.date(),
      z.url(),
      z.string().regex(/^[A-Z]{2}-\d{3,5}$/),
    ),
  ),
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.tuple(tie('schema'), fc.nat(3)).map(([item, min]) =>
      z
        .array(item)
        .min(min)
        .max(min + 2),
    ),
    fc
      .dictionary(fc.constantFrom('a', 'b', 'name', '__proto__x', 'toString'), tie('schema'), {
        maxKeys: 4,
      })
      .map((shape) => z.object(shape)),
    tie('schema').map((inner) => inner.nullable()),
    fc.tuple(tie('schema'), tie('schema')).map(([one, other]) => z.union([one, other])),
    fc.tuple(tie('schema'), tie('leaf')).map(([one, other]) => z.tuple([one, other])),
  ),
}))

describe('sampleSchema', () => {
  it('writes a value that the schema accepts, for any schema', () => {
    fc.assert(
      fc.property(anySchema, (schema) => {
        const value = JSON.parse(
          JSON.stringify(sampleSchema(z.toJSONSchema(schema), 'Paris')),
        ) as unknown
        expect(schema.safeParse(value).error).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  it('ends recursion, follows local references and folds allOf', () => {
    const Node: z.ZodType = z.object({
      value: z.string(),
      get children() {
        return z.array(Node)
      },
      get next() {
        return Node.nullable()
      },
    })
    expect(Node.safeParse(sampleSchema(z.toJSONSchema(Node), 'Paris')).success).toBe(true)
    const folded = {
      allOf: [
        { properties: { a: { const: 1 } }, required: ['a'] },
        { properties: { b: { enum: ['x'] } }, required: ['b'] },
      ],
    }
    expect({ ...(sampleSchema(folded, '') as object) }).toEqual({ a: 1, b: 'x' })
  })

  it('refuses schemas without a small value instead of running on', () => {
    const endless = { type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] }
    expect(() => sampleSchema(endless, '')).toThrow('too deep')
    const wide = { type: 'array', minItems: 100, items: { type: 'array', minItems: 100 } }
    expect(() => sampleSchema(wide, '')).toThrow('too large')
  })
})

describe('stringForPattern', () => {
  it.each([
    String.raw`^\d{4}-\d{2}-\d{2}$`,
    String.raw`^(?:foo|bar)+@[a-z0-9.-]+\.(com|org)$`,
    String.raw`^[^\d\s]{3,}$`,
    String.raw`^\+?[1-9]\d{1,14}$`,
    '^#[0-9a-fA-F]{6}$',
    String.raw`^\w+(\s\w+)*$`,
  ])('matches %s', (pattern) => {
    expect(stringForPattern(pattern)).toMatch(new RegExp(pattern))
  })

  it('gives up on what it does not know, and never throws', () => {
    expect(stringForPattern('^(?=a)b$')).toBeNull()
    fc.assert(
      fc.property(fc.string(), (pattern) => {
        const text = stringForPattern(pattern)
        expect(text === null || text.length <= 256).toBe(true)
      }),
    )
  })
})

describe('piecesOf', () => {
  it('loses no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(piecesOf(text).join('')).toBe(text)
      }),
    )
  })
})
