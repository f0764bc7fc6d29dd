/**
 * A stored answer and its bytes: `u32 length of head, little-endian · head (JSON, with v) · body`. The head keeps where
 * one chunk of the body ended and the next began, so that a stream is replayed as it came. Unreadable bytes are no
 * answer; readers accept every version ever written.
 */

export interface StoredAnswer {
  /** Lower-cased names; nothing of one connection, request or moment (see `storableHeaders`). */
  headers: [name: string, value: string][]
  chunks: Uint8Array[]
  /** From the request to the last byte of the provider's answer. */
  latencyMs: number
  /** Row of the request that the provider answered. */
  referenceId: string
  /** Epoch ms. */
  savedAt: number
  /** Epoch ms; later it may only stand in for a failing provider. */
  freshUntil: number
}

/** The answer while it may be given without asking the provider. */
export function freshOf(answer: StoredAnswer | null): StoredAnswer | null {
  return answer !== null && Date.now() < answer.freshUntil ? answer : null
}

interface Head {
  v: 1
  headers: [string, string][]
  /** Bytes of each chunk. */
  chunks: number[]
  latencyMs: number
  referenceId: string
  savedAt: number
  freshUntil: number
}

const LENGTH_BYTES = 4

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function encodeAnswer(answer: StoredAnswer): Uint8Array<ArrayBuffer> {
  const { headers, chunks, latencyMs, referenceId, savedAt, freshUntil } = answer
  const lengths = chunks.map((chunk) => chunk.byteLength)
  const head: Head = {
    v: 1,
    headers,
    chunks: lengths,
    latencyMs,
    referenceId,
    savedAt,
    freshUntil,
  }
  const text = encoder.encode(JSON.stringify(head))
  const total = lengths.reduce((sum, length) => sum + length, LENGTH_BYTES + text.byteLength)
  const bytes = new Uint8Array(total)
  new DataView(bytes.buffer).setUint32(0, text.byteLength, true)
  bytes.set(text, LENGTH_BYTES)
  let at = LENGTH_BYTES + text.byteLength
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** Null for anything that `encodeAnswer` did not write. */
export function decodeAnswer(bytes: Uint8Array): StoredAnswer | null {
  if (bytes.byteLength < LENGTH_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bodyAt = LENGTH_BYTES + view.getUint32(0, true)
  if (bodyAt > bytes.byteLength) return null
  const head = parseHead(decoder.decode(bytes.subarray(LENGTH_BYTES, bodyAt)))
  if (head === null) return null
  const chunks: Uint8Array[] = []
  let at = bodyAt
  for (const length of head.chunks) {
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  if (at !== bytes.byteLength) return null
  const { headers, latencyMs, referenceId, savedAt, freshUntil } = head
  return { headers, chunks, latencyMs, referenceId, savedAt, freshUntil }
}

function parseHead(text: string): Head | null {
  let head: Partial<Head> | null
  try {
    head = JSON.parse(text) as Partial<Head> | null
  } catch {
    return null
  }
  if (typeof head !== 'object' || head === null || head.v !== 1) return null
  const isWhole =
    Array.isArray(head.headers) &&
    head.headers.every((pair) => Array.isArray(pair) && pair.every((x) => typeof x === 'string')) &&
    Array.isArray(head.chunks) &&
    head.chunks.every((length) => Number.isInteger(length) && length >= 0) &&
    [head.latencyMs, head.savedAt, head.freshUntil].every((x) => typeof x === 'number') &&
    typeof head.referenceId === 'string'
  return isWhole ? (head as Head) : null
}

/** Of one connection, one request, or one moment: wrong in any other answer. Our own are set anew. */
const NOT_STORED: ReadonlySet<string> = new Set([
  'age',
  'alt-svc',
  'apim-request-id',
  'connection',
  'content-length',
  'date',
  'expires',
  'keep-alive',
  'openai-processing-ms',
  'proxy-authenticate',
  'proxy-connection',
  'request-id',
  'retry-after',
  'retry-after-ms',
  'server-timing',
  'set-cookie',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-amzn-requestid',
  'x-amzn-trace-id',
  'x-cloud-trace-context',
  'x-envoy-upstream-service-time',
  'x-request-id',
  'x-should-retry',
])
const NOT_STORED_FAMILY =
  /^(?:helicone-|x-helicone-|cf-|x-ratelimit-|ratelimit|anthropic-ratelimit-|x-ms-ratelimit|access-control-)/

/** What of an answer's headers (names in lower case) another request may be given. */
export function storableHeaders(
  headers: readonly [name: string, value: string][],
): [name: string, value: string][] {
  return headers.filter(([name]) => !NOT_STORED.has(name) && !NOT_STORED_FAMILY.test(name))
}
