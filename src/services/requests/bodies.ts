/**
 * The bodies of one request, readable: JSON parsed, streams merged into one response, binary as base64, null for what
 * was omitted or is gone. Headers were redacted before they were stored.
 */
import type { BodyDocument, BodyState } from '../../contracts/api/requests.ts'
import { logRecordSchema } from '../../contracts/log-record.ts'
import type { BodyFact, LogRecord } from '../../contracts/log-record.ts'
import type { ReadableBody } from '../../dialects/collect.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { IndexRow } from '../../store/analytics.ts'
import { readStoredBodies } from '../../store/body-reader.ts'
import type { RequestContext } from './context.ts'

const UNKNOWN_FACT: BodyFact = {
  bytes: 0,
  contentType: null,
  contentEncoding: null,
  omitted: false,
  truncatedAt: null,
  objectKey: null,
}

/** By row id. Throws `Refusal('not_found')` for a row of nobody or of another organisation. */
export async function readBodies(context: RequestContext, rowId: string): Promise<BodyDocument> {
  const row = await context.store.getRow(context.orgId, rowId)
  if (row === null) throw new Refusal('not_found', `There is no request with the id "${rowId}".`)
  return readBodiesOf(context.env, row)
}

export async function readBodiesOf(env: Env, row: IndexRow): Promise<BodyDocument> {
  const stored = await readStoredBodies(env.BODIES, row)
  const record = stored === null ? null : parseRecord(stored.record)
  const requestFact = record?.request ?? UNKNOWN_FACT
  const responseFact = record?.response ?? UNKNOWN_FACT
  const request = await readOne('request', row, row.requestBodyState, requestFact, stored?.request)
  const response = await readOne(
    'response',
    row,
    row.responseBodyState,
    responseFact,
    stored?.response,
  )
  return {
    request: show(request, requestFact),
    response: show(response, responseFact),
    heliograph: {
      request_headers: record?.requestHeaders ?? {},
      response_headers: record?.responseHeaders ?? {},
      request_content_type: requestFact.contentType,
      response_content_type: responseFact.contentType,
      response_raw: response?.kind === 'stream' ? response.raw : null,
      request_truncated: requestFact.truncatedAt !== null,
      response_truncated: responseFact.truncatedAt !== null,
    },
  }
}

async function readOne(
  role: 'request' | 'response',
  row: IndexRow,
  state: string,
  fact: BodyFact,
  bytes: Uint8Array | undefined,
): Promise<ReadableBody | null> {
  const isKept = (['stored', 'truncated'] satisfies BodyState[] as string[]).includes(state)
  if (!isKept || fact.omitted || bytes === undefined || bytes.byteLength === 0) return null
  const { contentType, contentEncoding, truncatedAt } = fact
  // Only a body that is looked at needs its language; it is loaded then, and this is the one door to it.
  // oxlint-disable-next-line no-restricted-imports
  const { readBody } = await import('../../dialects/collect.ts')
  return readBody({ bytes, contentType, contentEncoding, dialect: row.dialect, role, truncatedAt })
}

function show(body: ReadableBody | null, fact: BodyFact): unknown {
  switch (body?.kind) {
    case undefined:
      return null
    case 'json':
    case 'stream':
      return body.value
    case 'text':
      return body.text
    case 'binary':
      return { base64: toBase64(body.bytes), content_type: fact.contentType }
  }
}

/** Null for a record that no version of the schema knows: the bodies are still shown. */
function parseRecord(bytes: Uint8Array): LogRecord | null {
  try {
    return logRecordSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return null
  }
}

const BASE64_CHUNK_BYTES = 0x8000

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let offset = 0; offset < bytes.byteLength; offset += BASE64_CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(offset, offset + BASE64_CHUNK_BYTES))
  }
  return btoa(binary)
}
