import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Warning } from '../../../src/contracts/log-record.ts'
import type { Dialect } from '../../../src/dialects/canonical/summary.ts'
import type { JsonObject } from '../../../src/dialects/canonical/json.ts'
import {
  applyContextPolicy,
  applyContextToBytes,
  loadContextWindows,
  parseContextHandler,
} from '../../../src/gateway/policy/context-window.ts'
import type { ContextHandler } from '../../../src/gateway/policy/context-window.ts'

/** `small` holds 100 tokens: 90 for the prompt, which is 360 characters. */
const contextOf = (model: string): number | null =>
  ({ small: 100, large: 1_000_000 })[model] ?? null
const words = (count: number): string =>
  Array.from({ length: count }, (_, index) => `word${index}`).join(' ')

function chat(...contents: unknown[]): JsonObject {
  const messages = contents.map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }))
  return { model: 'small', messages, temperature: 0 }
}

function apply(handler: ContextHandler, body: JsonObject, dialect: Dialect = 'openai-chat') {
  const before = structuredClone(body)
  const result = applyContextPolicy(handler, dialect, body, contextOf)
  expect(body).toEqual(before)
  if (!result.changed) expect(result.body).toBe(body)
  return result
}

describe('the header', () => {
  test.each([
    ['truncate', 'truncate'],
    ['Middle-Out', 'middle-out'],
    [' FALLBACK ', 'fallback'],
  ])('%j', (value, expected) => {
    const warnings: Warning[] = []
    const policy = new Map([['helicone-token-limit-exception-handler', value]])
    expect(parseContextHandler(policy, warnings)).toBe(expected)
    expect(warnings).toEqual([])
  })

  test.each(['compress', '', 'true', 'middle_out'])('%j is ignored, with a warning', (value) => {
    const warnings: Warning[] = []
    const policy = new Map([['helicone-token-limit-exception-handler', value]])
    expect(parseContextHandler(policy, warnings)).toBeNull()
    expect(warnings[0]?.message).toContain('expected truncate, middle-out, fallback')
  })

  test('absent', () => {
    expect(parseContextHandler(new Map(), [])).toBeNull()
  })
})

describe('what is left alone', () => {
  test.each(['truncate', 'middle-out'] as const)('%s: a prompt that fits', (handler) => {
    const result = apply(handler, chat('x'.repeat(360)))
    expect(result).toMatchObject({ note: 'fits', estimatedTokens: 90, budgetTokens: 90 })
  })

  test.each(['truncate', 'middle-out', 'fallback'] as const)(
    '%s: a model that nobody knows',
    (handler) => {
      const result = apply(handler, { ...chat('x'.repeat(9_999)), model: 'mine' })
      expect(result).toMatchObject({ changed: false, note: 'unknown_model', budgetTokens: null })
    },
  )

  test('a dialect whose prompts are not understood', () => {
    const result = apply('truncate', chat('x'.repeat(9_999)), 'gemini')
    expect(result).toMatchObject({ changed: false, note: 'unknown_shape' })
  })

  test.each(['truncate', 'middle-out'] as const)('%s: what cannot be made to fit', (handler) => {
    const tools = { ...chat('hi'), tools: [{ description: 'x'.repeat(400) }] }
    expect(apply(handler, tools)).toMatchObject({ changed: false, note: 'cannot_fit' })
    const greedy = { ...chat('hi'), max_tokens: 100 }
    expect(apply(handler, greedy)).toMatchObject({ changed: false, note: 'cannot_fit' })
  })

  test('pictures and files are not text', () => {
    const picture = { type: 'image_url', image_url: { url: `data:${'A'.repeat(9_999)}` } }
    expect(apply('truncate', chat([picture, { type: 'text', text: 'hi' }])).note).toBe('fits')
  })
})

describe('the budget', () => {
  test.each(['max_completion_tokens', 'max_tokens', 'max_output_tokens'])('leaves %s', (key) => {
    const result = apply('truncate', { ...chat('x'), [key]: 30 })
    expect(result.budgetTokens).toBe(70)
  })

  test('is taken from Helicone-Model-Override where the body names no model', () => {
    const { model: _, ...body } = chat('x'.repeat(400))
    const result = applyContextPolicy('truncate', 'openai-chat', body, contextOf, 'small')
    expect(result).toMatchObject({ note: 'truncated', budgetTokens: 90 })
    expect(result.body.model).toBeUndefined()
  })

  test('is that of the real table', async () => {
    const windows = await loadContextWindows()
    const body = { ...chat('x'.repeat(40_000)), model: 'gpt-4' }
    const result = applyContextPolicy('truncate', 'openai-chat', body, windows)
    expect(result).toMatchObject({
      note: 'truncated',
      estimatedTokens: 10_000,
      budgetTokens: 7_372,
    })
  })
})

describe('truncate', () => {
  test('is content when whitespace was all that was too much', () => {
    const text = `a  b \n\n\n\nc${' '.repeat(400)}\r\n  indented`
    const result = apply('truncate', chat(text))
    expect(textsOf(result.body)).toEqual(['a b\n\nc\n  indented'])
  })

  test('cuts every text in proportion, with room to spare', () => {
    const result = apply('truncate', chat('a'.repeat(900), 'b'.repeat(90)))
    const lengths = textsOf(result.body).map((text) => text.length)
    expect(lengths).toEqual([Math.floor((900 * 324) / 990), Math.floor((90 * 324) / 990)])
    expect(result.note).toBe('truncated')
  })

  test('leaves no text empty and halves no character', () => {
    const result = apply('truncate', chat('👍'.repeat(500), 'b', 'c'))
    for (const text of textsOf(result.body)) {
      expect(text).not.toBe('')
      expect(text.isWellFormed()).toBe(true)
    }
  })
})

describe('middle-out', () => {
  test('keeps the beginning and the end of one text', () => {
    const text = words(200)
    const [kept = ''] = textsOf(apply('middle-out', chat(text)).body)
    expect(kept.length).toBeLessThanOrEqual(360)
    const [start = '', end = ''] = kept.split('…')
    expect(text.startsWith(start) && text.endsWith(end)).toBe(true)
    expect(Math.abs(start.length - end.length)).toBeLessThanOrEqual(1)
  })

  test('takes from the middle of the conversation, not from each text', () => {
    const body = chat('first', 'x'.repeat(400), 'y'.repeat(400), 'last')
    const texts = textsOf(apply('middle-out', body).body)
    expect(texts[0]).toBe('first')
    expect(texts[3]).toBe('last')
    expect(texts[1]).toMatch(/^x+…$/)
    expect(texts[2]).toMatch(/^…y+$/)
  })

  test('messages stay in number and role, whatever is gone from them', () => {
    const body = chat('a'.repeat(300), 'b'.repeat(300), 'c'.repeat(300))
    const result = apply('middle-out', body)
    expect(result.body).toEqual({
      ...body,
      messages: [
        { role: 'user', content: expect.stringMatching(/^a+…$/) },
        { role: 'assistant', content: '…' },
        { role: 'user', content: expect.stringMatching(/^…c+$/) },
      ],
    })
  })
})

describe('fallback', () => {
  const over = 'x'.repeat(400)
  test.each([
    ['small, large', 'hi', 'small', 'primary_model'],
    ['small, large', over, 'large', 'fallback_model'],
    ['small,large,third', over, 'large', 'fallback_model'],
    ['mine, large', over, 'mine', 'primary_model'],
    [' small ,, large ', over, 'large', 'fallback_model'],
  ])('%j', (model, text, chosen, note) => {
    const result = apply('fallback', { ...chat(text), model })
    expect(result).toMatchObject({ changed: true, note })
    expect(result.body).toEqual({ ...chat(text), model: chosen })
  })

  test('one model is no choice', () => {
    expect(apply('fallback', chat(over))).toMatchObject({ changed: false, note: 'cannot_fit' })
    expect(apply('fallback', chat('hi'))).toMatchObject({ changed: false, note: 'fits' })
  })

  test('the list is reduced in every dialect', () => {
    const result = apply('fallback', { ...chat(over), model: 'small, large' }, 'gemini')
    expect(result.body.model).toBe('small')
  })
})

const long = 'z'.repeat(500)
const shapes: [Dialect, JsonObject][] = [
  ['openai-chat', chat(long)],
  ['openai-chat', chat([{ type: 'text', text: long }], 'ok', [{ type: 'text', text: 'end' }])],
  [
    'openai-chat',
    {
      model: 'small',
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'assistant', content: null, tool_calls: [{ function: { arguments: '{"a":1}' } }] },
        { role: 'tool', tool_call_id: 't', content: long },
      ],
    },
  ],
  ['openai-responses', { model: 'small', instructions: 'be kind', input: long }],
  [
    'openai-responses',
    {
      model: 'small',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: long }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' },
        { type: 'function_call_output', call_id: 'c', output: long },
      ],
    },
  ],
  [
    'anthropic-messages',
    { model: 'small', system: long, messages: [{ role: 'user', content: 'hi' }] },
  ],
  [
    'anthropic-messages',
    {
      model: 'small',
      system: [{ type: 'text', text: 'be kind', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: long }] },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: long }] },
            { type: 'tool_result', tool_use_id: 'u', content: long },
          ],
        },
      ],
    },
  ],
]

describe.each(['truncate', 'middle-out'] as const)('%s in every shape', (handler) => {
  test.each(shapes)('%s %#: only texts change, and they fit', (dialect, body) => {
    const result = apply(handler, body, dialect)
    expect(result.changed).toBe(true)
    expect(skeleton(result.body)).toEqual(skeleton(body))
    expect(apply(handler, result.body, dialect).note).toBe('fits')
  })
})

test('what is shortened is within the budget, or nothing changed at all', () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 600 }),
    fc.string({ maxLength: 300, unit: 'grapheme' }),
    fc.constantFrom(' '.repeat(500), '\n\n\n\n', '👍'.repeat(200), ''),
  )
  fc.assert(
    fc.property(
      fc.array(texts, { maxLength: 12 }),
      fc.constantFrom('truncate' as const, 'middle-out' as const),
      fc.option(fc.integer({ min: 0, max: 120 })),
      (contents, handler, maxTokens) => {
        const body = chat(...contents)
        if (maxTokens !== null) body.max_tokens = maxTokens
        const result = apply(handler, body)
        if (!result.changed) return
        const again = applyContextPolicy(handler, 'openai-chat', result.body, contextOf)
        expect(again.estimatedTokens).toBeLessThanOrEqual(again.budgetTokens ?? 0)
        expect(textsOf(result.body)).toHaveLength(contents.length)
      },
    ),
  )
})

test('any JSON body is taken without a throw', () => {
  const dialects: Dialect[] = ['openai-chat', 'openai-responses', 'anthropic-messages']
  const values = fc.jsonValue({ maxDepth: 4 })
  fc.assert(
    fc.property(
      fc.constantFrom(...dialects),
      fc.constantFrom('truncate' as const, 'middle-out' as const, 'fallback' as const),
      fc.record({
        messages: values,
        input: values,
        system: values,
        tools: values,
        max_tokens: values,
      }),
      (dialect, handler, body) => {
        applyContextPolicy(handler, dialect, { ...body, model: 'small' }, contextOf)
      },
    ),
  )
})

test('a long body of blanks takes no longer than its length', () => {
  const body = chat(`${' '.repeat(400_000)}x${'\n'.repeat(400_000)}x`)
  const startedAt = performance.now()
  apply('truncate', body)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

describe('over bytes', () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

  test('a changed body is encoded again, an unchanged one is the very same bytes', () => {
    const changed = encode(JSON.stringify(chat('x'.repeat(400))))
    const result = applyContextToBytes('truncate', 'openai-chat', changed, contextOf)
    expect(result).toMatchObject({ changed: true, note: 'truncated', estimatedTokens: 100 })
    expect(JSON.parse(new TextDecoder().decode(result.bytes))).toEqual(chat('x'.repeat(324)))
    const fits = encode(` ${JSON.stringify(chat('hi'))}\n`)
    const same = applyContextToBytes('truncate', 'openai-chat', fits, contextOf)
    expect(same.bytes).toBe(fits)
  })

  const deep = '[{"type":"tool_result","content":'.repeat(100_000) + '1' + '}]'.repeat(100_000)
  test.each([
    ['nothing', ''],
    ['a text', 'text'],
    ['a list', '[]'],
    ['half a body', '{"model":'],
    ['a body too deep to walk', `{"model":"small, large","messages":[{"content":${deep}}]}`],
  ])('%s goes on as it is', (_name, text) => {
    for (const handler of ['truncate', 'middle-out', 'fallback'] as const) {
      const bytes = encode(text)
      const result = applyContextToBytes(handler, 'anthropic-messages', bytes, contextOf)
      expect([result.changed, result.bytes === bytes]).toEqual([false, true])
    }
  })
})

function textsOf(body: JsonObject): string[] {
  return (body.messages as { content: string }[]).map(({ content }) => content)
}

/** The value with every long or shortened text replaced. */
function skeleton(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, part: unknown) =>
      typeof part === 'string' && /^(?:content|text|input|instructions|system|output)$/.test(key)
        ? 'text'
        : part,
    ),
  )
}
