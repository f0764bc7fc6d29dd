/** Packs as the gateway sends them, the queue's deliveries, and an environment whose bindings can be broken. */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { LOG_RECORD_VERSION } from '../../src/contracts/log-record.ts'
import type { BodyFact, LogRecord } from '../../src/contracts/log-record.ts'
import { ingestBatch } from '../../src/ingest/index.ts'
import { uuidv7At } from '../../src/lib/ids.ts'
import { encodePack } from '../../src/lib/pack.ts'
import type { PackEntry } from '../../src/lib/pack.ts'
import type { StoredRow } from '../../src/store/logs-writer.ts'

export const STARTED_AT = Date.UTC(2026, 0, 15, 12, 30)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export interface EntryOptions extends Partial<Omit<LogRecord, 'request' | 'response'>> {
  requestBody?: string | Uint8Array
  responseBody?: string | Uint8Array
  request?: Partial<BodyFact>
  response?: Partial<BodyFact>
}

export function newOrg(): string {
  return `org-${crypto.randomUUID()}`
}

export function chatRequest(text: string): string {
  return JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }] })
}

export function chatResponse(text: string, inputTokens: number, outputTokens: number): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o-mini-2024-07-18',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    },
  })
}

/** An answered chat call, as the gateway packs it. */
export function buildEntry(orgId: string, options: EntryOptions = {}): PackEntry {
  const { requestBody, responseBody, request: _, response: __, ...overrides } = options
  const request = bytesOf(requestBody ?? chatRequest('What is a heliograph?'))
  const response = bytesOf(responseBody ?? chatResponse('A signalling mirror.', 12, 8))
  const startedAt = overrides.startedAt ?? STARTED_AT
  const id = overrides.id ?? uuidv7At(startedAt)
  const record: LogRecord = {
    v: LOG_RECORD_VERSION,
    id,
    requestId: id,
    orgId,
    keyId: 'key-1',
    startedAt,
    provider: 'openai',
    dialect: 'openai-chat',
    method: 'POST',
    path: '/v1/chat/completions',
    targetUrl: 'https://api.openai.com/v1/chat/completions',
    modelOverride: null,
    outcome: 'success',
    status: 200,
    upstreamStatus: 200,
    errorCode: null,
    userId: null,
    sessionId: null,
    sessionPath: null,
    sessionName: null,
    requestName: null,
    promptId: null,
    promptVersion: null,
    properties: {},
    timing: {
      authMs: 0.4,
      gatewayMs: 1.25,
      upstreamHeadersMs: 400,
      firstByteMs: 401.4,
      totalMs: 420.6,
      chunks: 1,
      maxGapMs: null,
      meanGapMs: null,
    },
    attempts: [],
    requestHeaders: { 'content-type': 'application/json' },
    responseHeaders: { 'content-type': 'application/json' },
    warnings: [],
    policy: null,
    country: 'CH',
    summary: null,
    ...overrides,
    request: { ...factOf(request), ...options.request },
    response: { ...factOf(response), ...options.response },
  }
  return { id, record: bytesOf(JSON.stringify(record)), request, response }
}

export function pack(...entries: PackEntry[]): Uint8Array {
  return encodePack(entries).bytes
}

export interface Delivery {
  acked: string[]
  retried: { id: string; delaySeconds: number }[]
}

/** One delivery of queue messages; their ids are their positions. */
export async function deliver(
  bodies: readonly unknown[],
  options: { env?: Env; queue?: string; attempts?: number } = {},
): Promise<Delivery> {
  const batch = createMessageBatch(
    options.queue ?? 'heliograph-logs',
    bodies.map((body, index) => ({
      id: String(index),
      timestamp: new Date(STARTED_AT),
      attempts: options.attempts ?? 1,
      // The queue hands over buffers of their own.
      body: body instanceof Uint8Array ? body.slice().buffer : body,
    })),
  )
  const ctx = createExecutionContext()
  const retried: Delivery['retried'] = []
  // The harness forgets the delays of single messages.
  const messages = batch.messages.map((message) => ({
    id: message.id,
    timestamp: message.timestamp,
    attempts: message.attempts,
    body: message.body,
    ack: () => message.ack(),
    retry: ({ delaySeconds = 0 }: QueueRetryOptions = {}) => {
      retried.push({ id: message.id, delaySeconds })
      message.retry({ delaySeconds })
    },
  }))
  const { queue, metadata } = batch
  await ingestBatch(
    { queue, metadata, messages, ackAll: untouched, retryAll: untouched },
    options.env ?? env,
    ctx,
  )
  const result = await getQueueResult(batch, ctx)
  return { acked: result.explicitAcks, retried }
}

function untouched(): never {
  throw new Error('each message is answered for by itself')
}

export async function rowsOf(orgId: string): Promise<StoredRow[]> {
  const { results } = await env.LOGS.prepare('select * from requests where org_id = ? order by id')
    .bind(orgId)
    .all()
  return results.map(
    (row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
          value,
        ]),
      ) as StoredRow,
  )
}

export async function onlyRow(orgId: string): Promise<StoredRow> {
  const rows = await rowsOf(orgId)
  const [row] = rows
  if (!row || rows.length > 1) throw new Error(`${rows.length} rows, expected one`)
  return row
}

export interface PackedBodies {
  record: Record<string, unknown>
  request: string
  response: string
  requestBytes: Uint8Array
  responseBytes: Uint8Array
}

/** What the row points at, read as a reader would: one range of one object. */
export async function readPacked(row: StoredRow): Promise<PackedBodies> {
  const { packKey, packOffset, recordLength, requestLength, responseLength } = row
  const lengths = [recordLength ?? 0, requestLength ?? 0, responseLength ?? 0] as const
  const object = await env.BODIES.get(packKey ?? '', {
    range: { offset: packOffset ?? 0, length: lengths[0] + lengths[1] + lengths[2] },
  })
  if (!object) throw new Error(`no object ${packKey}`)
  const bytes = await object.bytes()
  const requestBytes = bytes.subarray(lengths[0], lengths[0] + lengths[1])
  const responseBytes = bytes.subarray(lengths[0] + lengths[1])
  return {
    record: JSON.parse(decoder.decode(bytes.subarray(0, lengths[0]))) as Record<string, unknown>,
    request: decoder.decode(requestBytes),
    response: decoder.decode(responseBytes),
    requestBytes,
    responseBytes,
  }
}

export async function keysUnder(prefix: string): Promise<string[]> {
  const { objects } = await env.BODIES.list({ prefix })
  return objects.map((object) => object.key)
}

/** Called around every operation of D1, R2 and the dead-letter queue; a throw stands for a broken dependency. */
export type Saboteur = (operation: string, moment: 'before' | 'after') => void

/** The real environment, whose operations can be made to fail before or after they took effect. */
export function sabotaged(saboteur: Saboteur): Env {
  const around = (operation: string, run: () => Promise<unknown>) => async (): Promise<unknown> => {
    saboteur(operation, 'before')
    const result = await run()
    saboteur(operation, 'after')
    return result
  }
  const statement = (real: D1PreparedStatement): D1PreparedStatement =>
    intercept(real, (name, call) => {
      if (name === 'bind') return (...values) => statement(call(...values) as D1PreparedStatement)
      return (...values) => around(`LOGS.${name}`, async () => await call(...values))()
    })
  const binding = <T extends object>(label: string, real: T): T =>
    intercept(real, (name, call) => (...values) => {
      return around(`${label}.${name}`, async () => await call(...values))()
    })
  return {
    ...env,
    LOGS: intercept(env.LOGS, (name, call) => {
      if (name !== 'prepare') return call
      return (...values) => statement(call(...values) as D1PreparedStatement)
    }),
    BODIES: binding('BODIES', env.BODIES),
    LOG_DLQ: binding('LOG_DLQ', env.LOG_DLQ),
    LIVE: intercept(env.LIVE, (name, call) => (...values) => {
      saboteur(`LIVE.${name}`, 'before')
      return call(...values)
    }),
  }
}

type Call = (...values: unknown[]) => unknown

function intercept<T extends object>(real: T, wrap: (name: string, call: Call) => Call): T {
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      return wrap(name, (...values) => Reflect.apply(value, target, values) as unknown)
    },
  })
}

function factOf(bytes: Uint8Array): BodyFact {
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
