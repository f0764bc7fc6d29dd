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

/** Headers for the client, from the provider's. */
export function headersDownstream(headers: Headers): HeaderRecord {
  const passed: HeaderRecord = {}
  let named: Set<string> | null = null
  for (const [name, value] of headers) {
    if (name === 'connection') named = connectionNamed(value)
    if (!NOT_DOWNSTREAM.has(name)) passed[name] = value
  }
  for (const name of named ?? []) delete passed[name]
  if (ACTIVE_CONTENT.test(passed['content-type'] ?? '')) {
    passed['content-security-policy'] = "sandbox; default-src 'none'"
  }
  passed['x-content-type-options'] = 'nosniff'
  return passed
}

/** Header names that `Connection` declares to be hop-by-hop (RFC 9110 §7.6.1). */
function connectionNamed(value: string | null): Set<string> | null {
  if (value === null || /^(?:close|keep-alive)$/i.test(value)) return null
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()))
}
