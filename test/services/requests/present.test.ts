import { expect, test } from 'vitest'
import { presentRow } from '../../../src/services/requests/present.ts'
import { requestRowSchema } from '../../../src/contracts/api/requests-schema.ts'
import { buildRow } from '../../support/rows.ts'

const NONE = { scores: null, signedBodyUrl: null }

test('a row has the shape that the API documents', () => {
  const row = presentRow(buildRow('org'), NONE)
  expect(requestRowSchema.strict().parse(row)).toEqual(row)
})

test('what is unknown stays null, and nothing becomes zero', () => {
  const row = presentRow(
    buildRow('org', { costNano: null, inputTokens: null, outputTokens: null, cost: null }),
    NONE,
  )
  expect(row).toMatchObject({
    cost: null,
    costUSD: null,
    total_tokens: null,
    prompt_tokens: null,
    prompt_cache_write_tokens: null,
    feedback_rating: null,
    scores: null,
  })
  expect(row.heliograph.cost).toMatchObject({ nanoUsd: null, source: 'unpriced', lines: [] })
})

test('free is zero, not unknown', () => {
  expect(presentRow(buildRow('org', { costNano: 0 }), NONE).costUSD).toBe(0)
})

test('cost is exact in dollars', () => {
  expect(presentRow(buildRow('org', { costNano: 18_712_500 }), NONE).costUSD).toBe(0.0187125)
})

test('the session is among the properties, as the contract spells it', () => {
  const row = presentRow(
    buildRow('org', {
      sessionId: 's',
      sessionPath: '/a',
      sessionName: 'n',
      promptId: 'p',
      properties: '{"team":"x"}',
    }),
    NONE,
  )
  expect(row.properties).toEqual({
    'Helicone-Session-Id': 's',
    'Helicone-Session-Path': '/a',
    'Helicone-Session-Name': 'n',
    'Helicone-Prompt-Id': 'p',
    team: 'x',
  })
})

test('damaged JSON columns show as empty, and never throw', () => {
  const row = presentRow(
    buildRow('org', { properties: '{', detail: '[]', warnings: 'x', cost: '7' }),
    NONE,
  )
  expect(row.properties).toEqual({})
  expect(row.heliograph).toMatchObject({ attempts: [], warnings: [], timing: { totalMs: 420 } })
})

test('an override is told from an answered model', () => {
  expect(presentRow(buildRow('org'), NONE).model_override).toBeNull()
  expect(presentRow(buildRow('org', { model: 'mine' }), NONE).model_override).toBe('mine')
})

test('the link is left out where no body was kept', () => {
  const options = { scores: null, signedBodyUrl: 'https://x' }
  expect(presentRow(buildRow('org'), options).signed_body_url).toBeNull()
  expect(presentRow(buildRow('org', { packKey: 'p' }), options).signed_body_url).toBe('https://x')
})
