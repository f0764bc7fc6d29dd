/** Record → row: what each column says. */
import { expect, test } from 'vitest'
import type { EntryOptions } from '../support/workers-ingest.ts'
import {
  buildEntry,
  chatRequest,
  chatResponse,
  deliver,
  newOrg,
  onlyRow,
  pack,
  readPacked,
} from '../support/workers-ingest.ts'
import type { LogRecord, PolicyFact } from '../../src/contracts/log-record.ts'
import type { StoredRow } from '../../src/store/logs-writer.ts'

test.each<[string, EntryOptions, Partial<StoredRow>]>([
  [
    'an override wins over every other model',
    { modelOverride: 'my-model' },
    { model: 'my-model', modelAnswered: 'gpt-4o-mini-2024-07-18', modelAsked: 'gpt-4o-mini' },
  ],
  [
    'without an answer, the model that was asked for',
    { responseBody: '{"error":{"message":"No."}}', status: 500, upstreamStatus: 500 },
    { model: 'gpt-4o-mini', modelAnswered: null, status: 500, errorMessage: 'No.' },
  ],
  [
    'the header names the user',
    { userId: 'header', requestBody: '{"model":"gpt-4o-mini","user":"body"}' },
    { userId: 'header' },
  ],
  [
    'without the header, the body does',
    { requestBody: '{"model":"gpt-4o-mini","user":"body"}' },
    { userId: 'body' },
  ],
  ['a client that left', { outcome: 'client_abort', status: 200 }, { status: -3 }],
  ['a timer that ended it', { outcome: 'timeout', status: 504 }, { status: -2 }],
  ['an answer that broke off', { outcome: 'stream_broken', status: 200 }, { status: -100 }],
  [
    'a provider error keeps its status',
    { outcome: 'provider_error', status: 429, upstreamStatus: 429 },
    { status: 429, outcome: 'provider_error' },
  ],
  [
    'an error of ours keeps its code',
    { outcome: 'gateway_error', status: 502, upstreamStatus: null, errorCode: 'unreachable' },
    { status: 502, errorCode: 'unreachable' },
  ],
  [
    'an error inside a good answer: the client saw its status',
    { responseBody: '{"error":{"message":"Overloaded."}}' },
    { status: 200, outcome: 'provider_error', errorCode: null, errorMessage: 'Overloaded.' },
  ],
  [
    'the end that a client saw stays, whatever the answer says',
    { outcome: 'client_abort', responseBody: '{"error":{"message":"Overloaded."}}' },
    { status: -3, outcome: 'client_abort', errorMessage: 'Overloaded.' },
  ],
  ['a whole answer has no time to first token', {}, { ttftMs: null, isStream: 0, latencyMs: 421 }],
  [
    'an unknown model has no price',
    { responseBody: chatResponse('hi', 12, 8).replace('gpt-4o-mini-2024-07-18', 'house-blend-9') },
    { costNano: null, inputTokens: 12 },
  ],
  ['the sandbox is free', { provider: 'sandbox' }, { costNano: 0, inputTokens: 12 }],
  [
    'what the client called it is kept beside our own id',
    { requestId: '0198c0de-0000-7000-8000-000000000001' },
    { requestId: '0198c0de-0000-7000-8000-000000000001' },
  ],
  [
    'a language that nobody here reads',
    { dialect: 'klingon', path: '/qapla' },
    { dialect: 'klingon', inputTokens: null, costNano: null, responsePreview: null },
  ],
])('%s', async (_, options, expected) => {
  expect(await rowOf(options)).toMatchObject(expected)
})

test('a stream has a time to first token, and its usage is in its last events', async () => {
  const events = [
    { model: 'gpt-4o-mini-2024-07-18', choices: [{ index: 0, delta: { content: 'A mirror.' } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 } },
  ]
  const body = [...events.map((event) => JSON.stringify(event)), '[DONE]']
  const row = await rowOf({
    requestBody: chatRequest('Hi').replace('{', '{"stream":true,'),
    responseBody: body.map((data) => `data: ${data}\n\n`).join(''),
    response: { contentType: 'text/event-stream' },
  })
  expect(row).toMatchObject({
    isStream: 1,
    ttftMs: 401,
    stopReason: 'stop',
    inputTokens: 12,
    outputTokens: 8,
    costNano: 6_600,
    responsePreview: 'A mirror.',
  })
})

test('a stream that ends with an error has failed, and costs what its usage says', async () => {
  const org = newOrg()
  const usage = { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 }
  const events = [
    { model: 'gpt-4o-mini-2024-07-18', choices: [{ index: 0, delta: { content: 'A mi' } }], usage },
    { error: { message: 'The server had an error.', type: 'server_error' } },
  ]
  const responseBody = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const options = {
    requestBody: chatRequest('Hi').replace('{', '{"stream":true,'),
    responseBody,
    response: { contentType: 'text/event-stream' },
  }
  await deliver([pack(buildEntry(org, options))])
  const row = await onlyRow(org)
  expect(row).toMatchObject({
    status: 200,
    outcome: 'provider_error',
    errorMessage: 'The server had an error.',
    responsePreview: 'A mi',
    costNano: 6_600,
  })
  expect((await readPacked(row)).record).toMatchObject({ outcome: 'provider_error' })
})

const NO_ORIGINAL = { referenceId: null, latencyMs: null }
const KEY = `${'a'.repeat(16)}-${'d'.repeat(64)}`
const attempt = {
  provider: 'openai',
  targetUrl: 'https://api.openai.com/v1/chat/completions',
  status: 200,
  error: null,
  startedAtMs: 1.25,
  durationMs: 398,
  waitMs: 0,
}

test.each<[string, EntryOptions, Partial<StoredRow>]>([
  [
    'a hit: its answer was paid for before, and no provider was called',
    cached({ status: 'hit', key: KEY, referenceId: 'row-1', latencyMs: 2_420.6 }),
    {
      cacheStatus: 'hit',
      cacheKey: KEY,
      cacheReferenceId: 'row-1',
      attempts: 0,
      savedMs: 2_000,
      savedNano: 6_600,
      costNano: 0,
      inputTokens: 0,
    },
  ],
  [
    'a hit without a price: what it saved is unknown, not nothing',
    {
      ...cached({ status: 'hit', key: KEY, referenceId: 'row-1', latencyMs: 100 }),
      modelOverride: 'house-blend-9',
    },
    { savedNano: null, savedMs: 0, costNano: 0 },
  ],
  [
    'a miss is paid for, and saves nothing',
    {
      ...cached({ status: 'miss', key: KEY, ...NO_ORIGINAL }),
      attempts: [attempt],
    },
    { cacheStatus: 'miss', cacheKey: KEY, attempts: 1, savedMs: null, savedNano: null },
  ],
  [
    'a call that could not take part has no key',
    cached({ status: 'bypass', key: null, ...NO_ORIGINAL }),
    { cacheStatus: 'bypass', cacheKey: null },
  ],
  ['without the cache', {}, { cacheStatus: null, cacheKey: null }],
  [
    'a refusal: no provider was called',
    { outcome: 'gateway_error', status: 429, upstreamStatus: null, errorCode: 'rate_limited' },
    { attempts: 0 },
  ],
  ['each call of a provider', { attempts: [attempt, attempt, attempt] }, { attempts: 3 }],
])('%s', async (_, options, expected) => {
  expect(await rowOf(options)).toMatchObject(expected)
})

test('a record from before keys were kept', async () => {
  const entry = buildEntry('org', cached({ status: 'hit', key: KEY, ...NO_ORIGINAL }))
  const org = newOrg()
  const record = JSON.parse(new TextDecoder().decode(entry.record)) as LogRecord
  const { key: _, ...older } = record.policy?.cache ?? {}
  const old = { ...record, orgId: org, policy: { ...record.policy, cache: older } }
  await deliver([pack({ ...entry, record: new TextEncoder().encode(JSON.stringify(old)) })])
  expect(await onlyRow(org)).toMatchObject({ cacheStatus: 'hit', cacheKey: null })
})

test('an unpriced call says so in its cost', async () => {
  const row = await rowOf({ modelOverride: 'house-blend-9' })
  expect(row.costNano).toBeNull()
  expect(JSON.parse(row.cost ?? '')).toMatchObject({ nanoUsd: null, source: 'unpriced' })
})

test('what is a list or a map is kept as JSON', async () => {
  const warning = { code: 'bad_header', header: 'helicone-x', message: 'What is that?' }
  const row = await rowOf({
    properties: { team: 'mirrors', 'Über "x"': '\u{1F4A1}' },
    warnings: [warning],
    attempts: [attempt],
    sessionId: 's',
    sessionPath: '/a/b',
  })
  expect(row).toMatchObject({ sessionId: 's', sessionPath: '/a/b', sessionName: null })
  expect(JSON.parse(row.properties)).toEqual({ team: 'mirrors', 'Über "x"': '\u{1F4A1}' })
  expect(JSON.parse(row.warnings ?? '')).toEqual([warning])
  expect(JSON.parse(row.detail)).toMatchObject({ timing: { totalMs: 420.6 }, attempts: [attempt] })
  expect((await rowOf({})).warnings).toBeNull()
})

function cached(cache: NonNullable<PolicyFact['cache']>): EntryOptions {
  return { policy: { cache, limits: [], fallbackIndex: null, timer: null } }
}

async function rowOf(options: EntryOptions): Promise<StoredRow> {
  const org = newOrg()
  await deliver([pack(buildEntry(org, options))])
  return await onlyRow(org)
}
