import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CATALOG_FILE, contextModule } from '../../scripts/build-catalog.ts'
import { contextWindowOf } from '../../src/catalog/context.ts'

test('the committed table is what the script makes of the data', async () => {
  const lines = (await readFile(CATALOG_FILE, 'utf8')).split('\n')
  expect(lines).toEqual(contextModule().split('\n'))
})

test.each([
  ['gpt-4o', 128_000],
  ['GPT-4o', 128_000],
  ['gpt-4o-2024-08-06', 128_000],
  ['openai/gpt-4o-mini', 128_000],
  ['gpt-4o-mini/openai', 128_000],
  ['gpt-4', 8_192],
  ['gpt-3.5-turbo', 16_385],
  ['ft:gpt-4o-mini-2024-07-18:team::abc', 128_000],
  ['gpt-5.1-2025-11-13', 400_000],
  ['gpt-6-sol-2026-10-01', 1_050_000],
  ['claude-haiku-4-5-20251001', 200_000],
  ['claude-opus-4-6', 1_000_000],
  ['claude-opus-5-20260401', 1_000_000],
  ['claude-sonnet-4-20250514', 200_000],
  ['anthropic/claude-3-opus-20240229', 200_000],
  ['meta.llama3-8b-instruct-v1:0', 8_192],
])('%s holds %i tokens', (model, tokens) => {
  expect(contextWindowOf(model)).toBe(tokens)
})

test.each([
  '',
  'my-own-model',
  'gpt',
  'whisper-1',
  'gpt-4o-mini-tts',
  'toString',
  '__proto__',
  '/',
])('nobody knows %j', (model) => {
  expect(contextWindowOf(model)).toBeNull()
})

test('any text has an answer: a positive number of tokens, or none', () => {
  fc.assert(
    fc.property(fc.string(), (model) => {
      const tokens = contextWindowOf(model)
      expect(tokens === null || (Number.isInteger(tokens) && tokens > 0)).toBe(true)
    }),
  )
})
