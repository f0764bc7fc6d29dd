/**
 * Which requests may share an answer: SHA-256 over everything that can change it. Tenant and provider key are in it, so an
 * answer never crosses either; what only identifies the caller (user, session, properties, ids) is not. Parts are framed
 * as one JSON array in front of the body, so that no two requests run together.
 */
import { toHex } from '../../lib/secret.ts'
import { CREDENTIAL_HEADERS, providerCredential } from '../credentials.ts'
import { comparableJson } from './json-text.ts'

/** Everything that the key covers. */
export interface KeyedRequest {
  orgId: string
  /** The seed in its current generation. */
  space: string
  method: string
  /** As it goes upstream, with query. */
  url: string
  headers: Headers
  /** As it goes upstream; empty for none. */
  body: Uint8Array
  ignoreKeys: readonly string[]
}

/** Headers that change what a provider answers, beside `openai-*`, `anthropic-*` and `x-amzn-bedrock-*`. */
export const KEYED_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'api-version',
  'cohere-version',
  'content-encoding',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'ms-azureml-model-deployment',
  'range',
  'x-api-version',
  'x-goog-user-project',
])
const KEYED_FAMILY = /^(?:openai|anthropic|x-amzn-bedrock)-/
/** Of those families, what only says where the client runs. */
const NOT_KEYED: ReadonlySet<string> = new Set(['anthropic-dangerous-direct-browser-access'])

const CREDENTIALS: ReadonlySet<string> = new Set([...CREDENTIAL_HEADERS, 'x-goog-api-key'])
/** Google's OAuth tokens change every hour and say nothing of whose they are (contract §2.3). */
const PASSING_TOKEN = /^bearer\s+ya29\./i
/** An AWS signature is new with every request; the access key in it is not. */
const AWS_ACCESS_KEY = /^AWS4-\S+\s+Credential=([^/]+)\//i

/** Credentials by any other name, such as those of a gateway in front of the provider. */
const SECRET_NAME = /auth|key|token|secret|credential|password|jwt/
/** Ours, and what is new with every call. */
const NEVER_KEYED = /^(?:helicone-|cookie$|(?:x-)?idempotency)/

const encoder = new TextEncoder()

/** Hex of 64 digits. The same for all bucket slots of a request. */
export async function cacheDigest(request: KeyedRequest): Promise<string> {
  const frame = encoder.encode(JSON.stringify(frameOf(request)))
  const body = comparable(request)
  const all = new Uint8Array(frame.byteLength + body.byteLength)
  all.set(frame)
  all.set(body, frame.byteLength)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', all)))
}

/** White space counts for nothing in JSON, and for something in everything else. */
function comparable({ headers, body, ignoreKeys }: KeyedRequest): Uint8Array {
  const type = headers.get('content-type') ?? 'json'
  return (/json/i.test(type) ? comparableJson(body, ignoreKeys) : null) ?? body
}

function frameOf({ orgId, space, method, url, headers, ignoreKeys }: KeyedRequest): unknown[] {
  const keyed: [name: string, value: string][] = []
  for (const [name, value] of headers) {
    if (CREDENTIALS.has(name)) {
      const credential = comparableCredential(value)
      if (credential !== null) keyed.push([name, credential])
    } else if (isKeyed(name)) {
      keyed.push([name, value])
    }
  }
  return [orgId, space, method, url, keyed, ignoreKeys.toSorted()]
}

function isKeyed(name: string): boolean {
  if (NEVER_KEYED.test(name)) return false
  if (KEYED_HEADERS.has(name) || SECRET_NAME.test(name)) return true
  return KEYED_FAMILY.test(name) && !NOT_KEYED.has(name)
}

/** The provider's key without ours; null when it does not say whose it is. */
function comparableCredential(value: string): string | null {
  const credential = providerCredential(value)
  if (credential === null || PASSING_TOKEN.test(credential)) return null
  return AWS_ACCESS_KEY.exec(credential)?.[1] ?? credential
}
