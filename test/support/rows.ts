/** Rows for tests, inserted as the consumer would leave them: index row in LOGS, bodies in a pack in BODIES. */
import { drizzle } from 'drizzle-orm/d1'
import { LOG_RECORD_VERSION } from '../../src/contracts/log-record.ts'
import type { BodyFact, LogRecord } from '../../src/contracts/log-record.ts'
import { uuidv7At } from '../../src/lib/ids.ts'
import { encodePack } from '../../src/lib/pack.ts'
import { requests, scores } from '../../src/store/schema/requests.ts'

export type Row = typeof requests.$inferSelect
const encoder = new TextEncoder()

/** A complete row of a plain answered chat call; `overrides` win. */
export function buildRow(orgId: string, overrides: Partial<Row> = {}): Row {
  const createdAt = overrides.createdAt ?? Date.UTC(2026, 0, 15, 12)
  return {
    orgId,
    id: uuidv7At(createdAt),
    requestId: null,
    createdAt,
    keyId: 'key-1',
    provider: 'openai',
    dialect: 'openai-chat',
    method: 'POST',
    path: '/v1/chat/completions',
    targetUrl: 'https://api.openai.com/v1/chat/completions',
    model: 'gpt-4o-mini-2024-07-18',
    modelAsked: 'gpt-4o-mini',
    modelAnswered: 'gpt-4o-mini-2024-07-18',
    status: 200,
    outcome: 'success',
    errorCode: null,
    errorMessage: null,
    userId: null,
    sessionId: null,
    sessionPath: null,
    sessionName: null,
    requestName: null,
    promptId: null,
    promptVersion: null,
    properties: '{}',
    isStream: 0,
    stopReason: 'stop',
    latencyMs: 420,
    ttftMs: null,
    inputTokens: 12,
    outputTokens: 8,
    cacheReadTokens: 0,
    cacheWrite5mTokens: null,
    cacheWrite1hTokens: null,
    reasoningTokens: null,
    inputAudioTokens: null,
    outputAudioTokens: null,
    inputImageTokens: null,
    outputImageTokens: null,
    toolCalls: 0,
    costNano: 6_600,
    cost: JSON.stringify({ nanoUsd: 6_600, source: 'catalogue', priceVersion: 'test', lines: [] }),
    requestBytes: 80,
    responseBytes: 300,
    requestPreview: 'What is a heliograph?',
    responsePreview: 'A signalling mirror.',
    country: 'CH',
    warnings: null,
    detail: JSON.stringify({ timing: { totalMs: 420 }, attempts: [] }),
    cacheReferenceId: null,
    cacheStatus: null,
    cacheKey: null,
    savedMs: null,
    savedNano: null,
    attempts: 1,
    fallbackIndex: null,
    requestBodyState: 'stored',
    responseBodyState: 'stored',
    packKey: null,
    packOffset: null,
    recordLength: null,
    requestLength: null,
    responseLength: null,
    requestObject: null,
    responseObject: null,
    ...overrides,
  }
}

export async function insertRow(
  env: Env,
  orgId: string,
  overrides: Partial<Row> = {},
): Promise<Row> {
  const row = buildRow(orgId, overrides)
  await drizzle(env.LOGS, { casing: 'snake_case' }).insert(requests).values(row)
  return row
}

export async function insertScore(env: Env, row: Row, name: string, value: number): Promise<void> {
  const at = row.createdAt + 1_000
  await drizzle(env.LOGS, { casing: 'snake_case' }).insert(scores).values({
    orgId: row.orgId,
    id: row.id,
    name,
    value,
    kind: 'number',
    createdAt: at,
    updatedAt: at,
  })
}

export interface StoredBodies {
  request: string | Uint8Array
  response: string | Uint8Array
  record?: Partial<LogRecord>
}

/** Inserts a row whose bodies lie in a pack, behind another entry, so that offsets matter. */
export async function insertRowWithBodies(
  env: Env,
  orgId: string,
  bodies: StoredBodies,
  overrides: Partial<Row> = {},
): Promise<Row> {
  const row = buildRow(orgId, overrides)
  const request = bytesOf(bodies.request)
  const response = bytesOf(bodies.response)
  const { bytes, slots } = encodePack([
    { id: 'other', record: bytesOf('{}'), request: bytesOf('secret'), response: bytesOf('secret') },
    {
      id: row.id,
      record: bytesOf(JSON.stringify(buildRecord(row, request, response, bodies.record))),
      request,
      response,
    },
  ])
  const packKey = `packs/${orgId}/${row.id}`
  await env.BODIES.put(packKey, bytes)
  const slot = slots[1]
  if (slot === undefined) throw new Error('the pack has no second slot')
  return insertRow(env, orgId, {
    ...row,
    packKey,
    packOffset: slot.offset,
    recordLength: slot.recordLength,
    requestLength: slot.requestLength,
    responseLength: slot.responseLength,
  })
}

export function buildRecord(
  row: Row,
  request: Uint8Array,
  response: Uint8Array,
  overrides: Partial<LogRecord> = {},
): LogRecord {
  return {
    v: LOG_RECORD_VERSION,
    id: row.id,
    requestId: row.requestId ?? row.id,
    orgId: row.orgId,
    keyId: row.keyId,
    startedAt: row.createdAt,
    provider: row.provider,
    dialect: row.dialect,
    method: row.method,
    path: row.path,
    targetUrl: row.targetUrl,
    modelOverride: null,
    outcome: 'success',
    status: row.status,
    upstreamStatus: row.status,
    errorCode: null,
    userId: row.userId,
    sessionId: row.sessionId,
    sessionPath: row.sessionPath,
    sessionName: row.sessionName,
    requestName: row.requestName,
    promptId: row.promptId,
    promptVersion: row.promptVersion,
    properties: {},
    timing: {
      authMs: 0,
      gatewayMs: 1,
      upstreamHeadersMs: 400,
      firstByteMs: 400,
      totalMs: 420,
      chunks: 1,
      maxGapMs: null,
      meanGapMs: null,
    },
    attempts: [],
    request: buildFact(request),
    response: buildFact(response),
    requestHeaders: { authorization: '[redacted]', 'content-type': 'application/json' },
    responseHeaders: { 'content-type': 'application/json' },
    warnings: [],
    policy: null,
    country: row.country,
    summary: null,
    ...overrides,
  }
}

function buildFact(bytes: Uint8Array): BodyFact {
  return {
    bytes: bytes.byteLength,
    contentType: 'application/json',
    contentEncoding: null,
    omitted: false,
    truncatedAt: null,
    objectKey: null,
  }
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? encoder.encode(body) : body
}
