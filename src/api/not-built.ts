/** Paths of the contract that are not built yet: they say so by name, and never reach a provider. */
import { Refusal } from '../lib/refusal.ts'

/** First path segment behind `/v1/` or `/v2/`. */
const NOT_BUILT: ReadonlySet<string> = new Set([
  'alert',
  'alert-slack',
  'api-keys',
  'credits',
  'customer',
  'dashboard',
  'dataset',
  'evaluator',
  'experiment',
  'experiments',
  'filter',
  'helicone-dataset',
  'helicone-sql',
  'integration',
  'log',
  'metrics',
  'organization',
  'organization-members',
  'playground',
  'prompt',
  'prompt-2025',
  'property',
  'provider',
  'provider-keys',
  'providers',
  'public',
  'session',
  'settings',
  'trace',
  'user',
  'vault',
  'webhooks',
])
/** Of a noun that is built, what is not. */
const NOT_BUILT_PATHS = [/^\/v1\/request\/[^/]+\/inputs$/, /^\/v1\/request\/[^/]+\/assets\/[^/]+$/]

/** Always throws `Refusal`: `not_implemented` for the contract's paths, `not_found` for any other. */
export function refusePath(method: string, path: string): never {
  const [, segment] = /^\/v[12]\/([^/]+)/.exec(path) ?? []
  const isKnown = segment !== undefined && NOT_BUILT.has(segment)
  if (isKnown || NOT_BUILT_PATHS.some((pattern) => pattern.test(path))) {
    throw new Refusal('not_implemented', `${method} ${path} is not built yet.`)
  }
  throw new Refusal('not_found', `There is no ${method} ${path}. See /docs.`)
}
