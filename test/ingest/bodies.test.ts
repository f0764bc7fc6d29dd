/** What becomes of the bodies: decoded, cut, big, missing, omitted. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import type { LogRecord } from '../../src/contracts/log-record.ts'
import type { Summary } from '../../src/dialects/canonical/summary.ts'
import { EMPTY_USAGE } from '../../src/dialects/canonical/summary.ts'
import type { PackEntry } from '../../src/lib/pack.ts'
import type { StoredRow } from '../../src/store/logs-writer.ts'
import {
  buildEntry,
  chatRequest,
  chatResponse,
  deliver,
  keysUnder,
  newOrg,
  onlyRow,
  pack,
  readPacked,
} from '../support/workers-ingest.ts'

const encoder = new TextEncoder()
const SECRET = 'canary-7f3a'

test('an encoded body is stored decoded, and says so', async () => {
  const plain = chatResponse('A signalling mirror.', 12, 8)
  const row = await take(
    (org) =>
      buildEntry(org, {
        responseBody: '',
        response: { contentEncoding: 'gzip', bytes: 200 },
      }),
    async (entry) => ({ ...entry, response: await gzip(plain) }),
  )
  expect(row).toMatchObject({ inputTokens: 12, responseBodyState: 'stored', responseBytes: 200 })
  const stored = await readPacked(row)
  expect(stored.response).toBe(plain)
  expect(stored.record).toMatchObject({ response: { contentEncoding: null, bytes: 200 } })
})

test('an encoding that nobody here knows is left as it is', async () => {
  const row = await take((org) =>
    buildEntry(org, { responseBody: 'brotli, perhaps', response: { contentEncoding: 'br' } }),
  )
  expect(row).toMatchObject({ inputTokens: null, costNano: null, responseBodyState: 'stored' })
  expect(JSON.parse(row.cost ?? '')).toMatchObject({ source: 'no_usage' })
  const stored = await readPacked(row)
  expect(stored.response).toBe('brotli, perhaps')
  expect(stored.record).toMatchObject({ response: { contentEncoding: 'br' } })
})

test('an encoded body that was cut is stored as far as it can be read', async () => {
  const plain = JSON.stringify({ text: noise(60_000) })
  const zipped = await gzip(plain)
  const [head, tail] = [zipped.subarray(0, 20_000), zipped.subarray(-20_000)]
  const body = new Uint8Array(40_000)
  body.set(head)
  body.set(tail, 20_000)
  const row = await take((org) =>
    buildEntry(org, {
      responseBody: body,
      response: { contentEncoding: 'gzip', truncatedAt: 20_000 },
    }),
  )
  expect(row.responseBodyState).toBe('truncated')
  const stored = await readPacked(row)
  expect(stored.response.length).toBeGreaterThan(1_000)
  expect(plain.startsWith(stored.response)).toBe(true)
  expect(stored.record).toMatchObject({
    response: { contentEncoding: null, truncatedAt: stored.responseBytes.byteLength },
  })
})

test('a small bomb is defused', async () => {
  const bomb = await gzip('0'.repeat(40_000_000))
  expect(bomb.byteLength).toBeLessThan(64_000)
  const row = await take((org) =>
    buildEntry(org, { responseBody: bomb, response: { contentEncoding: 'gzip' } }),
  )
  expect(row).toMatchObject({ responseBodyState: 'truncated', responseLength: 4 * 1024 * 1024 })
})

test('a cut body keeps both ends, and its usage is found in the tail', async () => {
  const whole = chatResponse('m'.repeat(50_000), 12, 8)
  const kept = whole.slice(0, 500) + whole.slice(-500)
  const row = await take((org) =>
    buildEntry(org, { responseBody: kept, response: { bytes: whole.length, truncatedAt: 500 } }),
  )
  expect(row).toMatchObject({
    inputTokens: 12,
    outputTokens: 8,
    responseBytes: whole.length,
    responseLength: 1_000,
    requestBodyState: 'stored',
    responseBodyState: 'truncated',
  })
  expect((await readPacked(row)).response).toBe(kept)
})

test('no body is empty, and a body that was lost is missing', async () => {
  const row = await take((org) =>
    buildEntry(org, { method: 'GET', requestBody: '', responseBody: '', response: { bytes: 9 } }),
  )
  expect(row).toMatchObject({ requestBodyState: 'empty', responseBodyState: 'missing' })
})

test('big bodies stay in their objects, and are read for the summary', async () => {
  const org = newOrg()
  const [request, response] = [chatRequest('why? '.repeat(12_000)), chatResponse('a', 20_000, 1)]
  const [requestKey, responseKey] = [await putBody(org, request), await putBody(org, response)]
  await deliver([
    pack(
      buildEntry(org, {
        requestBody: '',
        responseBody: '',
        request: { bytes: request.length, objectKey: requestKey },
        response: { bytes: response.length, objectKey: responseKey },
      }),
    ),
  ])
  const row = await onlyRow(org)
  expect(row).toMatchObject({
    model: 'gpt-4o-mini-2024-07-18',
    inputTokens: 20_000,
    requestObject: requestKey,
    responseObject: responseKey,
    requestBodyState: 'stored',
    responseBodyState: 'stored',
    requestLength: 0,
    responseLength: 0,
  })
  expect(row.requestPreview).toMatch(/^why\? why\?/)
  expect((await readPacked(row)).record).toMatchObject({ request: { objectKey: requestKey } })
})

test('of an object above the limit both ends are read', async () => {
  const org = newOrg()
  const response = chatResponse('m'.repeat(3_000_000), 12, 8)
  const objectKey = await putBody(org, response)
  await deliver([
    pack(buildEntry(org, { responseBody: '', response: { bytes: response.length, objectKey } })),
  ])
  expect(await onlyRow(org)).toMatchObject({ inputTokens: 12, outputTokens: 8 })
})

test('an encoded object is decoded for the summary, and stays encoded', async () => {
  const org = newOrg()
  const objectKey = await putBody(org, await gzip(chatResponse(noise(90_000), 12, 8)))
  await deliver([
    pack(
      buildEntry(org, {
        responseBody: '',
        response: { bytes: 70_000, objectKey, contentEncoding: 'gzip' },
      }),
    ),
  ])
  const row = await onlyRow(org)
  expect(row).toMatchObject({ inputTokens: 12, responseBodyState: 'stored' })
  expect((await readPacked(row)).record).toMatchObject({ response: { contentEncoding: 'gzip' } })
})

test('the object of a big body is gone: the row is stored all the same', async () => {
  const org = newOrg()
  const objectKey = `bodies/v1/${org}/2026/01/15/gone.response`
  await deliver([pack(buildEntry(org, { responseBody: '', response: { bytes: 9, objectKey } }))])
  expect(await onlyRow(org)).toMatchObject({
    model: 'gpt-4o-mini',
    inputTokens: null,
    responseBodyState: 'missing',
    responseObject: objectKey,
  })
})

test('an object of another organisation is never read or named', async () => {
  const org = newOrg()
  const objectKey = await putBody(newOrg(), chatResponse(SECRET, 12, 8))
  await deliver([pack(buildEntry(org, { responseBody: '', response: { bytes: 9, objectKey } }))])
  expect(await onlyRow(org)).toMatchObject({
    inputTokens: null,
    responsePreview: null,
    responseBodyState: 'missing',
    responseObject: null,
  })
})

test('omitted bodies are stored nowhere; the usage that the gateway read is', async () => {
  const org = newOrg()
  const objectKey = await putBody(org, SECRET)
  // Nothing of this should arrive here at all: the gateway leaves it out. If it does, it must not be kept.
  await deliver([
    pack(
      buildEntry(org, {
        requestBody: chatRequest(SECRET),
        responseBody: '',
        request: { omitted: true },
        response: { omitted: true, objectKey, bytes: 300 },
        summary: summary({ requestPreview: SECRET, responsePreview: SECRET, errorMessage: SECRET }),
      }),
    ),
  ])
  const row = await onlyRow(org)
  expect(row).toMatchObject({
    // That there was an error is no text of it.
    outcome: 'provider_error',
    errorMessage: null,
    inputTokens: 12,
    outputTokens: 8,
    costNano: 6_600,
    model: 'gpt-4o-mini',
    requestPreview: null,
    responsePreview: null,
    requestBodyState: 'omitted',
    responseBodyState: 'omitted',
    requestLength: 0,
    responseLength: 0,
    responseObject: null,
  })
  expect(JSON.stringify(row)).not.toContain(SECRET)
  for (const key of await keysUnder(`logs/v1/${org}/`)) {
    expect(await (await env.BODIES.get(key))?.text()).not.toContain(SECRET)
  }
})

test('one body omitted: the other one is kept, and the summary is the gateway’s', async () => {
  const row = await take((org) =>
    buildEntry(org, {
      responseBody: '',
      response: { omitted: true, bytes: 300 },
      summary: summary({ responsePreview: SECRET }),
    }),
  )
  expect(row).toMatchObject({
    inputTokens: 12,
    requestPreview: 'asked',
    responsePreview: null,
    requestBodyState: 'stored',
    responseBodyState: 'omitted',
  })
  expect((await readPacked(row)).request).toBe(chatRequest('What is a heliograph?'))
})

function summary(overrides: Partial<Summary>): LogRecord['summary'] {
  return {
    modelAsked: 'gpt-4o-mini',
    modelAnswered: null,
    usage: { ...EMPTY_USAGE, inputTokens: 12, outputTokens: 8 },
    costReportedNano: null,
    stream: false,
    stopReason: 'stop',
    userId: null,
    serviceTier: null,
    requestPreview: 'asked',
    responsePreview: null,
    toolCalls: 0,
    errorMessage: null,
    ...overrides,
  }
}

async function take(
  build: (org: string) => PackEntry,
  finish: (entry: PackEntry) => Promise<PackEntry> = (entry) => Promise.resolve(entry),
): Promise<StoredRow> {
  const org = newOrg()
  await deliver([pack(await finish(build(org)))])
  return await onlyRow(org)
}

async function putBody(org: string, body: string | Uint8Array): Promise<string> {
  const key = `bodies/v1/${org}/2026/01/15/${crypto.randomUUID()}.body`
  await env.BODIES.put(key, body)
  return key
}

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([encoder.encode(text)]).stream()
  return new Uint8Array(
    await new Response(stream.pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  )
}

/** Text that does not compress well. */
function noise(length: number): string {
  let state = 1
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return state.toString(36).at(-1)
  }).join('')
}
