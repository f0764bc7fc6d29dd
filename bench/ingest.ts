/** The consumer at full speed: packs as the gateway makes them, put on the real local queue, timed until D1 has all rows. */
import type { LogRecord } from '../src/contracts/log-record.ts'
import { uuidv7At } from '../src/lib/ids.ts'
import { encodePack, type PackEntry } from '../src/lib/pack.ts'
import { LOCAL_KEY_ID, LOCAL_ORG_ID } from '../scripts/seed.ts'
import { startGateway } from '../test/support/gateway.ts'
import { chatBody } from './request.ts'
import { COMPLETION_JSON } from './upstream-completion.ts'

/** About what fits a queue message. */
const RECORDS_PER_PACK = 25
/** What the gateway hands to one `sendBatch`. */
const PACKS_PER_BATCH = 2
const SENDERS = 8
const WARM_UP_ROWS = 500
const POLL_MS = 20
const LIMIT_MS = 180_000

export interface Ingest {
  rows: number
  /** From the first message to the last row. */
  seconds: number
  messages: number
}

export async function measureIngest(rows: number): Promise<Ingest> {
  const gateway = await startGateway()
  try {
    const { env } = gateway
    await send(env, packsOf(WARM_UP_ROWS))
    await untilStored(env, WARM_UP_ROWS)
    const packs = packsOf(rows)
    const startedAt = performance.now()
    await send(env, packs)
    await untilStored(env, WARM_UP_ROWS + rows)
    const seconds = (performance.now() - startedAt) / 1000
    return { rows, seconds, messages: packs.length }
  } finally {
    await gateway.close()
  }
}

/** Several senders, as isolates are: one alone would wait for the proxy more than the consumer works. */
async function send(env: Env, packs: readonly Uint8Array[]): Promise<void> {
  const left = [...packs]
  const sender = async (): Promise<void> => {
    for (;;) {
      const batch = left.splice(0, PACKS_PER_BATCH)
      if (batch.length === 0) return
      await env.LOG_QUEUE.sendBatch(batch.map((body) => ({ body, contentType: 'bytes' as const })))
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
}

async function untilStored(env: Env, rows: number): Promise<void> {
  const giveUpAt = performance.now() + LIMIT_MS
  const statement = env.LOGS.prepare('select count(*) as n from requests')
  while (performance.now() < giveUpAt) {
    const stored = await statement.first<number>('n')
    if (stored !== null && stored >= rows) return
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`${rows} rows were not stored within ${LIMIT_MS} ms`)
}

function packsOf(rows: number): Uint8Array[] {
  const packs: Uint8Array[] = []
  for (let done = 0; done < rows; done += RECORDS_PER_PACK) {
    const size = Math.min(RECORDS_PER_PACK, rows - done)
    packs.push(encodePack(Array.from({ length: size }, entry)).bytes)
  }
  return packs
}

function entry(): PackEntry {
  const record = recordNow()
  const encoder = new TextEncoder()
  return {
    id: record.id,
    record: encoder.encode(JSON.stringify(record)),
    request: encoder.encode(chatBody(false)),
    response: encoder.encode(COMPLETION_JSON),
  }
}

function recordNow(): LogRecord {
  const startedAt = Date.now()
  const id = uuidv7At(startedAt)
  const target = 'https://api.openai.com/v1/chat/completions'
  const body = {
    bytes: 1_024,
    contentType: 'application/json',
    contentEncoding: null,
    omitted: false,
    truncatedAt: null,
    objectKey: null,
  }
  return {
    v: 1,
    id,
    requestId: id,
    orgId: LOCAL_ORG_ID,
    keyId: LOCAL_KEY_ID,
    startedAt,
    provider: 'openai',
    dialect: 'openai-chat',
    method: 'POST',
    path: '/v1/chat/completions',
    targetUrl: target,
    modelOverride: null,
    outcome: 'success',
    status: 200,
    upstreamStatus: 200,
    errorCode: null,
    userId: `user-${startedAt % 50}`,
    sessionId: `session-${startedAt % 20}`,
    sessionPath: '/research/outline',
    sessionName: 'Research',
    requestName: null,
    promptId: null,
    promptVersion: null,
    properties: { environment: 'production', feature: 'summaries' },
    timing: {
      authMs: 0.1,
      gatewayMs: 0.3,
      upstreamHeadersMs: 412,
      firstByteMs: 413,
      totalMs: 414,
      chunks: 1,
      maxGapMs: null,
      meanGapMs: null,
    },
    attempts: [
      {
        provider: 'openai',
        targetUrl: target,
        status: 200,
        error: null,
        startedAtMs: 0.3,
        durationMs: 412,
        waitMs: 0,
      },
    ],
    request: body,
    response: body,
    requestHeaders: { 'content-type': 'application/json', authorization: '[redacted]' },
    responseHeaders: { 'content-type': 'application/json' },
    warnings: [],
    policy: null,
    country: null,
    summary: null,
  }
}
