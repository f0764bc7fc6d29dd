/**
 * The environment, read once per isolate, parsed and frozen. Nothing else names a variable.
 * Optional values are `null`, never `undefined`, so that the compiler makes each use handle them.
 */

/** What the Worker was configured with. Times in ms, sizes in bytes. */
export interface Config {
  readonly environment: 'local' | 'production'
  readonly logTransport: 'queue' | 'direct'
  readonly allowPrivateTargets: boolean
  readonly anonymousProxy: boolean
  readonly sandboxEnabled: boolean
  /** provider id → base URL (no trailing slash) that replaces the provider's own. Trusted by the operator. */
  readonly upstreamOverrides: Readonly<Record<string, string>>
  /** Origin for links in API answers, without trailing slash; null derives it from the request. */
  readonly publicUrl: string | null
  /** Most bytes of one body that are kept in the log; the rest passes through and is only counted. */
  readonly bodyLimitBytes: number
  /** Longest wait for the provider's response headers. */
  readonly upstreamTimeoutMs: number
  /** Longest silence between two chunks of a response body. */
  readonly idleTimeoutMs: number
  /** One-time sign-in token that `npm start` prints; null in production. */
  readonly localSignInToken: string | null
}

/** The key that the local seed creates. A deployed Worker refuses it. */
export const LOCAL_KEY = 'sk-helicone-local00-0000000-0000000-0000000'

const configs = new WeakMap<object, Config>()

/** Parses the bindings' variables; the result is cached per `env` object. Throws on a malformed one. */
export function readConfig(env: Env): Config {
  const known = configs.get(env)
  if (known) return known
  const config = parse(env as unknown as Record<string, unknown>)
  configs.set(env, config)
  return config
}

function parse(vars: Record<string, unknown>): Config {
  const environment = text(vars, 'ENVIRONMENT') === 'local' ? 'local' : 'production'
  const isLocal = environment === 'local'
  return Object.freeze({
    environment,
    logTransport: text(vars, 'LOG_TRANSPORT') === 'direct' ? 'direct' : 'queue',
    allowPrivateTargets: flag(vars, 'ALLOW_PRIVATE_TARGETS'),
    anonymousProxy: flag(vars, 'ANONYMOUS_PROXY'),
    sandboxEnabled: flag(vars, 'SANDBOX_PROVIDER') || isLocal,
    upstreamOverrides: overrides(text(vars, 'UPSTREAM_OVERRIDES')),
    publicUrl: text(vars, 'PUBLIC_URL')?.replace(/\/+$/, '') ?? null,
    bodyLimitBytes: positive(vars, 'LOG_BODY_LIMIT_BYTES', 1_048_576),
    upstreamTimeoutMs: positive(vars, 'UPSTREAM_TIMEOUT_MS', 600_000),
    idleTimeoutMs: positive(vars, 'UPSTREAM_IDLE_TIMEOUT_MS', 300_000),
    localSignInToken: isLocal ? text(vars, 'LOCAL_SIGN_IN_TOKEN') : null,
  } satisfies Config)
}

function text(vars: Record<string, unknown>, name: string): string | null {
  const value = vars[name]
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function flag(vars: Record<string, unknown>, name: string): boolean {
  return text(vars, name)?.toLowerCase() === 'true'
}

function positive(vars: Record<string, unknown>, name: string, fallback: number): number {
  const value = text(vars, name)
  if (value === null) return fallback
  const number = Number(value)
  if (!Number.isFinite(number) || number <= 0) {
    throw new Error(`${name} must be a positive number, got "${value}"`)
  }
  return number
}

function overrides(json: string | null): Readonly<Record<string, string>> {
  if (json === null) return {}
  const parsed: unknown = JSON.parse(json)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error('UPSTREAM_OVERRIDES must be a JSON object of provider to base URL')
  }
  const entries = Object.entries(parsed).map(([provider, base]) => {
    if (typeof base !== 'string') throw new Error(`UPSTREAM_OVERRIDES.${provider} must be a URL`)
    const { href, username, password, search, hash } = new URL(base)
    if (username + password + search + hash !== '') {
      // It would stand in every row, for whoever reads them.
      throw new Error(`UPSTREAM_OVERRIDES.${provider} must be an origin and a path, nothing more`)
    }
    return [provider, href.replace(/\/+$/, '')] as const
  })
  return Object.freeze(Object.fromEntries(entries))
}
