/**
 * Host and path → which surface was called: a known provider, a target of the caller's own, or nothing of the gateway's.
 * One origin serves every form of the contract (§1.1, §1.4, §1.5, §1.7): `oai.<domain>`, `/oai/v1/…`, `/{provider}/…`,
 * `/v1/gateway/{provider}/…`, bare `/v1/…`, a key as the first path segment, `Helicone-Target-URL`.
 */
import { ANTHROPIC, OPENAI, providerByLabel } from '../../providers/index.ts'
import type { Provider } from '../../providers/index.ts'

export interface Surface {
  /** null: the caller must name a target by header. */
  provider: Provider | null
  /** Path as the provider shall see it, starting with `/`; the query is apart. */
  path: string
  /** A Heliograph key that was the first path segment. */
  keyInPath: string | null
}

const GATEWAY_PATH = /^\/v1\/gateway(?:\/|$)/
const GENERIC_PATH = /^\/v1\/gateway\/([^/]+)(\/.*)?$/
const KEY_SEGMENT = /^[sp]k-helicone-/

/** Headers that name where to call. */
const TARGET_HEADERS = ['helicone-target-url', 'helicone-fallbacks', 'helicone-fallback'] as const

/** Log intake belongs to us on every prefix; forwarding it would hand a customer's logs to a provider. */
const LOG_INTAKE = /^\/v1\/(?:log|trace)(?:\/|$)/

/** REST API of the contract (§4): these never reach a provider on a bare path. */
const REST_PREFIXES: ReadonlySet<string> = new Set([
  'request',
  'session',
  'user',
  'property',
  'feedback',
  'dashboard',
  'metrics',
  'provider',
  'providers',
  'api-keys',
  'provider-keys',
  'vault',
  'webhooks',
  'alert',
  'alert-slack',
  'rate-limits',
  'cache',
  'organization-members',
  'evaluator',
  'experiment',
  'experiments',
  'helicone-dataset',
  'dataset',
  'prompt',
  'prompt-2025',
  'customer',
  'public',
  'settings',
  'trace',
  'log',
  'openapi.json',
])

/** Which part of the Worker a request is for. */
export type Destination =
  | { kind: 'gateway'; surface: Surface }
  | { kind: 'api' }
  | { kind: 'health' }
  | { kind: 'app' }
  /** Meant for the gateway, but no provider has that name. */
  | { kind: 'lost' }

export function classify(url: URL, headers: Headers): Destination {
  const { hostname, pathname } = url
  if (pathname === '/healthcheck') return { kind: 'health' }
  if (pathname === '/v1/feedback') return { kind: 'api' }
  const byHost = surfaceOfHost(hostname, pathname, headers)
  if (byHost) return { kind: 'gateway', surface: byHost }
  if (isApiPath(pathname)) return { kind: 'api' }
  const byPath = surfaceOfPath(pathname, headers)
  if (byPath) return { kind: 'gateway', surface: byPath }
  return { kind: GATEWAY_PATH.test(pathname) ? 'lost' : 'app' }
}

function isApiPath(path: string): boolean {
  if (path.startsWith('/api/') || path === '/docs' || path.startsWith('/docs/')) return true
  if (!path.startsWith('/v1/') && !path.startsWith('/v2/')) return false
  const end = path.indexOf('/', 4)
  return REST_PREFIXES.has(end === -1 ? path.slice(4) : path.slice(4, end))
}

/** True for async logging and traces on any surface. */
export function isLogIntake(surface: Surface): boolean {
  return LOG_INTAKE.test(surface.path)
}

/** `oai.<domain>` and its like; on `gateway.<domain>` a named target keeps its whole path. */
function surfaceOfHost(hostname: string, pathname: string, headers: Headers): Surface | null {
  const first = firstLabel(hostname)
  if (first === null) return null
  const provider = providerByLabel(first)
  const isGatewayHost = first === 'gateway' && hasTarget(headers)
  if (provider === null && !isGatewayHost) return null
  const { path, key } = takeKey(pathname)
  return { provider, path, keyInPath: key }
}

/** The label that may name a provider: `oai` of `oai.example.com` and of `eu.oai.example.com`. */
function firstLabel(hostname: string): string | null {
  const end = hostname.indexOf('.')
  if (end === -1) return null
  const next = hostname.startsWith('eu.') ? hostname.indexOf('.', 3) : -1
  return next === -1 ? hostname.slice(0, end) : hostname.slice(3, next)
}

function surfaceOfPath(pathname: string, headers: Headers): Surface | null {
  const { path, key } = takeKey(pathname)
  // Azure's own path, which begins like our prefix.
  if (path.startsWith('/openai/deployments/')) return { provider: OPENAI, path, keyInPath: key }
  const prefixed = takePrefix(path)
  if (prefixed) return { ...prefixed, keyInPath: key }
  if (GATEWAY_PATH.test(path)) return null
  if (headers.has('helicone-target-url')) return { provider: null, path, keyInPath: key }
  // Before fallbacks: their list may name no target, or be unreadable, and the call still has one.
  if (path === '/v1' || path.startsWith('/v1/')) {
    return { provider: bareProvider(path, headers), path, keyInPath: key }
  }
  if (hasTarget(headers)) return { provider: null, path, keyInPath: key }
  return key === null ? null : { provider: OPENAI, path, keyInPath: key }
}

function takeKey(pathname: string): { path: string; key: string | null } {
  if (!KEY_SEGMENT.test(pathname.slice(1, 14))) return { path: pathname, key: null }
  const end = pathname.indexOf('/', 1)
  const key = end === -1 ? pathname.slice(1) : pathname.slice(1, end)
  return { path: end === -1 ? '/' : pathname.slice(end), key }
}

/** `/v1/gateway/{provider}/…` and `/{provider}/…`. */
function takePrefix(path: string): Pick<Surface, 'provider' | 'path'> | null {
  const generic = path.startsWith('/v1/gateway/') ? GENERIC_PATH.exec(path) : null
  if (generic?.[1] !== undefined) {
    const rest = generic[2] ?? '/'
    if (generic[1] === 'gateway' || generic[1] === 'custom') return { provider: null, path: rest }
    const provider = providerByLabel(generic[1])
    return provider ? { provider, path: rest } : null
  }
  const end = path.indexOf('/', 1)
  const provider = providerByLabel(end === -1 ? path.slice(1) : path.slice(1, end))
  return provider ? { provider, path: end === -1 ? '/' : path.slice(end) } : null
}

function bareProvider(path: string, headers: Headers): Provider {
  const isAnthropic =
    path.startsWith('/v1/messages') || path === '/v1/complete' || headers.has('anthropic-version')
  return isAnthropic ? ANTHROPIC : OPENAI
}

function hasTarget(headers: Headers): boolean {
  return TARGET_HEADERS.some((name) => headers.has(name))
}
