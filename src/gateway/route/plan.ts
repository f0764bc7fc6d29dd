/**
 * Surface and headers → the ordered attempts of this call. Without
 * fallbacks a plan has one step. Base precedence (contract §1.3): `Helicone-OpenAI-Api-Base`, `Helicone-Target-URL`, the provider's own.
 * Only the origin of a caller's base counts; path and query are the request's.
 */
import type { Config } from '../../env.ts'
import { OPENAI, SANDBOX, providerIdOfHost } from '../../providers/index.ts'
import type { Provider } from '../../providers/index.ts'
import { CREDENTIAL_HEADERS, hasProviderCredential } from '../credentials.ts'
import { fail, succeed } from '../errors.ts'
import type { Outcome } from '../errors.ts'
import type { Exchange, HeaderRecord, PlannedStep, Target } from '../exchange.ts'
import { planFallbacks } from './fallback.ts'
import type { Fallback } from './fallback-header.ts'
import { targetAt } from './target.ts'
import { readTargetAddress } from './target-address.ts'

const SANDBOX_KEY = /^(?:bearer\s+)?sk-sandbox$/i
const BEDROCK_REGION = /^\/v1\/([a-z]{2}(?:-[a-z]+)+-\d)(\/.*)$/

/** Fills `exchange.plan`; the error is for the caller to mend. */
export function planRoute(
  exchange: Exchange,
  fallbacks: readonly Fallback[] | null,
  config: Config,
): Outcome<void> {
  // A list that names all its targets is the plan: the request then needs none of its own.
  const needsOwn = fallbacks === null || fallbacks.some(({ targetUrl }) => targetUrl === null)
  const own = needsOwn ? chooseTarget(exchange, config) : null
  if (own !== null && !own.ok) return own
  if (fallbacks === null) {
    if (own !== null) exchange.plan = [onlyStep(own.value)]
    return succeed(undefined)
  }
  const { url, surface, request } = exchange
  const asked = {
    ownHost: url.host,
    path: surface.path,
    search: url.search,
    headers: request.headers,
  }
  const plan = planFallbacks(fallbacks, own?.value ?? null, asked, config)
  if (!plan.ok) return plan
  exchange.plan = plan.value
  return succeed(undefined)
}

function onlyStep(target: Target): PlannedStep {
  return { target, fallbackIndex: null, headers: null, override: null, movesOn: never }
}

function never(): boolean {
  return false
}

function chooseTarget(exchange: Exchange, config: Config): Outcome<Target> {
  const { surface, headers, requestHeaders } = exchange
  if (surface.provider === SANDBOX || asksForSandbox(requestHeaders)) {
    return sandboxTarget(exchange, config)
  }
  const base =
    surface.provider === OPENAI ? (headers.apiBase ?? headers.targetUrl) : headers.targetUrl
  if (base !== null) return callersTarget(exchange, base, config)
  if (surface.provider === null) {
    return fail(
      'missing_target',
      'Missing target base url. Send "Helicone-Target-URL: https://host", or use a provider path such as /oai/v1.',
    )
  }
  if (lacksProviderKey(exchange) && config.upstreamOverrides[surface.provider.id] === undefined) {
    return fail(
      'missing_provider_key',
      `The Heliograph key came where ${surface.provider.id}'s own key belongs. Send ours as "Helicone-Auth: Bearer sk-helicone-…" and the provider's key as its SDK does.`,
    )
  }
  return succeed(providersTarget(exchange, surface.provider, config))
}

function sandboxTarget(exchange: Exchange, config: Config): Outcome<Target> {
  if (!config.sandboxEnabled) {
    return fail(
      'sandbox_disabled',
      'The sandbox provider is switched off on this gateway. Set SANDBOX_PROVIDER=true to use it.',
    )
  }
  const { path } = exchange.surface
  return succeed(targetAt(SANDBOX.id, SANDBOX.baseUrl, path, exchange.url.search, 'sandbox'))
}

function providersTarget(exchange: Exchange, provider: Provider, config: Config): Target {
  const override = config.upstreamOverrides[provider.id]
  const { path } = exchange.surface
  const { search } = exchange.url
  if (override !== undefined) return targetAt(provider.id, override, path, search)
  if (provider.id !== 'bedrock') return targetAt(provider.id, provider.baseUrl, path, search)
  const region = BEDROCK_REGION.exec(path)
  const base = `https://bedrock-runtime.${region?.[1] ?? 'us-east-1'}.amazonaws.com`
  return targetAt(provider.id, base, region?.[2] ?? path, search)
}

function callersTarget(exchange: Exchange, base: string, config: Config): Outcome<Target> {
  const address = readTargetAddress(base, exchange.url.host, config)
  if (!address.ok) return address
  const url = address.value
  if (url.pathname !== '/') {
    exchange.warnings.push({
      code: 'target_path_ignored',
      header: 'Helicone-Target-URL',
      message: 'Only the origin of the target is used; its path was ignored.',
    })
  }
  const providerId = providerIdOfHost(url.hostname)
  return succeed(targetAt(providerId, url.origin, exchange.surface.path, exchange.url.search))
}

/** Our key took the place of the provider's: the provider would only answer with a puzzling 401. */
function lacksProviderKey(exchange: Exchange): boolean {
  const { headers, surface, request, url } = exchange
  return (
    headers.auth === null &&
    surface.keyInPath === null &&
    !hasProviderCredential(request.headers) &&
    !request.headers.has('x-goog-api-key') &&
    !url.searchParams.has('key')
  )
}

function asksForSandbox(headers: HeaderRecord): boolean {
  return CREDENTIAL_HEADERS.some((name) => {
    const value = headers[name]
    return value !== undefined && SANDBOX_KEY.test(value.trim())
  })
}
