/**
 * The two bodies of an entry, decoded from their content encoding: as they go into the pack, and as the dialect readers
 * see them. An omitted body comes out empty, whatever came in. Throws when R2 does.
 */
import type { BodyState } from '../contracts/api/requests.ts'
import type { BodyFact } from '../contracts/log-record.ts'
import { decodeBody } from '../dialects/body.ts'
import { bodyPrefix } from '../lib/object-keys.ts'
import { readBodyObject } from '../store/bodies.ts'
import type { LogEntry } from './decode.ts'

/** Most bytes of a body with an object of its own that are read for the summary. */
const OBJECT_LIMIT_BYTES = 1024 * 1024
/** Most bytes that one body may decode to, so that a small bomb cannot exhaust the isolate. */
const DECODED_LIMIT_BYTES = 4 * 1024 * 1024
const EMPTY = new Uint8Array(0)

export interface ReadBody {
  /** As it is stored with the record: it describes `packed`, or the object. */
  fact: BodyFact
  state: BodyState
  packed: Uint8Array
  /** What the dialect readers see. */
  readable: Uint8Array
}

export interface ReadBodies {
  request: ReadBody
  response: ReadBody
}

export async function readBodies(bucket: R2Bucket, { record, raw }: LogEntry): Promise<ReadBodies> {
  const { orgId } = record
  const [request, response] = await Promise.all([
    readBody(bucket, orgId, record.request, raw.request),
    readBody(bucket, orgId, record.response, raw.response),
  ])
  return { request, response }
}

async function readBody(
  bucket: R2Bucket,
  orgId: string,
  fact: BodyFact,
  inline: Uint8Array,
): Promise<ReadBody> {
  if (fact.omitted) {
    const bare = { ...fact, objectKey: null, truncatedAt: null }
    return { fact: bare, state: 'omitted', packed: EMPTY, readable: EMPTY }
  }
  if (fact.objectKey !== null) return await readObject(bucket, orgId, fact, fact.objectKey)
  const { bytes, truncatedAt, isDecoded } = await decode(
    inline,
    fact.contentEncoding,
    fact.truncatedAt,
  )
  const contentEncoding = isDecoded ? null : fact.contentEncoding
  return {
    fact: { ...fact, truncatedAt, contentEncoding },
    state: stateOf(fact.bytes, bytes.byteLength, truncatedAt),
    packed: bytes,
    readable: bytes,
  }
}

/** The object stays as it is, encoding and all; it is only read. */
async function readObject(
  bucket: R2Bucket,
  orgId: string,
  fact: BodyFact,
  key: string,
): Promise<ReadBody> {
  const missing = { state: 'missing', packed: EMPTY, readable: EMPTY } as const
  // A key outside the organisation's own folder must never become readable through this row.
  if (!key.startsWith(bodyPrefix(orgId))) return { ...missing, fact: { ...fact, objectKey: null } }
  const isEncoded = encodingOf(fact.contentEncoding) !== null
  const object = await readBodyObject(bucket, key, OBJECT_LIMIT_BYTES, isEncoded)
  if (object === null) return { ...missing, fact }
  const { bytes } = await decode(
    object.bytes,
    fact.contentEncoding,
    object.cutAt ?? fact.truncatedAt,
  )
  const state = fact.truncatedAt === null ? 'stored' : 'truncated'
  return { fact, state, packed: EMPTY, readable: bytes }
}

interface Decoded {
  bytes: Uint8Array
  truncatedAt: number | null
  isDecoded: boolean
}

async function decode(
  bytes: Uint8Array,
  contentEncoding: string | null,
  truncatedAt: number | null,
): Promise<Decoded> {
  const encoding = encodingOf(contentEncoding)
  if (encoding === null) return { bytes, truncatedAt, isDecoded: false }
  // What follows the cut is out of step with what precedes it: no decoder can use it.
  const head = truncatedAt === null ? bytes : bytes.subarray(0, truncatedAt)
  const decoded = await decodeBody(head, encoding, DECODED_LIMIT_BYTES)
  if (decoded === head) return { bytes, truncatedAt, isDecoded: false }
  const isCut = truncatedAt !== null || decoded.byteLength >= DECODED_LIMIT_BYTES
  return { bytes: decoded, truncatedAt: isCut ? decoded.byteLength : null, isDecoded: true }
}

function encodingOf(contentEncoding: string | null): string | null {
  const encoding = contentEncoding?.trim().toLowerCase() ?? ''
  return encoding === '' || encoding === 'identity' ? null : encoding
}

function stateOf(wireBytes: number, keptBytes: number, truncatedAt: number | null): BodyState {
  if (wireBytes === 0 && keptBytes === 0) return 'empty'
  if (keptBytes === 0) return 'missing'
  return truncatedAt === null ? 'stored' : 'truncated'
}
