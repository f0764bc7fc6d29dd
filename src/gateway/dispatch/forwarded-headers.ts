/**
 * Which headers cross the gateway. Towards the provider everything goes but our own headers, hop-by-hop headers, what the
 * edge added about the client, cookies of our origin, and credentials that are ours. Towards the client everything comes
 * back but hop-by-hop headers and cookies, which would be set on the dashboard's origin.
 */
import { CREDENTIAL_HEADERS, providerCredential } from '../credentials.ts'
import type { HeaderRecord } from '../exchange.ts'

const NOT_UPSTREAM: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'content-length',
  'cookie',
  'forwarded',
  'cdn-loop',
  'true-client-ip',
  'x-real-ip',
  'accept-encoding',
])

const NOT_DOWNSTREAM: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'alt-svc',
  'strict-transport-security',
  'x-helicone-error',
])

const CREDENTIALS: ReadonlySet<string> = new Set(CREDENTIAL_HEADERS)

/** Content that a browser would run or render on the dashboard's origin. */
const ACTIVE_CONTENT = /html|xml|svg|javascript/i

/** Headers for the provider. `identity` keeps the bytes readable for the log and untouched for the client. */
export function headersUpstream(headers: HeaderRecord): HeaderRecord {
  const forwarded: HeaderRecord = { 'accept-encoding': 'identity' }
  const named = connectionNamed(headers['connection'] ?? null)
  for (const name in headers) {
    if (NOT_UPSTREAM.has(name) || named?.has(name)) continue
    if (name.startsWith('helicone-') || name.startsWith('cf-')) continue
    if (name.startsWith('x-forwarded-')) continue
    const value = headers[name] ?? ''
    const passed = CREDENTIALS.has(name) ? providerCredential(value) : value
    if (passed !== null) forwarded[name] = passed
  }
  return forwarded
}

/** What of a provider's headers the client gets. */
export interface Downstream {
  /** Those that pass, and what is added for safety: as the row keeps them. */
  headers: HeaderRecord
  /** Names that do not pass. */
  dropped: string[]
  /** What is added. */
  added: HeaderRecord
}

export function headersDownstream(from: Headers): Downstream {
  const headers: HeaderRecord = {}
  const dropped: string[] = []
  let connection: string | null = null
  from.forEach((value, name) => {
    if (name === 'connection') connection = value
    // What a gateway says in such headers is ours to say, also when the target is one.
    if (NOT_DOWNSTREAM.has(name) || name.startsWith('helicone-')) dropped.push(name)
    else headers[name] = value
  })
  for (const name of connectionNamed(connection) ?? []) {
    // Names of what is not there may be anything, also what is no name.
    if (headers[name] === undefined) continue
    dropped.push(name)
    delete headers[name]
  }
  const added: HeaderRecord = { 'x-content-type-options': 'nosniff' }
  if (ACTIVE_CONTENT.test(headers['content-type'] ?? '')) {
    added['content-security-policy'] = "sandbox; default-src 'none'"
  }
  return { headers: Object.assign(headers, added), dropped, added }
}

/** Header names that `Connection` declares to be hop-by-hop (RFC 9110 §7.6.1). */
function connectionNamed(value: string | null): Set<string> | null {
  if (value === null || /^(?:close|keep-alive)$/i.test(value)) return null
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()))
}
