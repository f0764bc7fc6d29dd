/**
 * The story of a request: receive → auth → policies → route → cache → limits → dispatch → tap → record. The only file that
 * knows the order. The record is promised to the runtime before a provider is called, so that it survives whatever the
 * client does.
 */
import { logEvent, reasonOf } from '../lib/log.ts'
import { authenticate } from './auth/principal.ts'
import { prepareBody } from './body.ts'
import { answerThroughCache } from './cached.ts'
import { callProvider } from './call.ts'
import { fail } from './errors.ts'
import type { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { CallResult } from './lead-call.ts'
import { enforceLimits } from './limits.ts'
import { mayRepeat, readPolicies } from './policies.ts'
import type { Policies } from './policies.ts'
import type { Platform } from './platform.ts'
import { receive } from './receive/receive.ts'
import { isLogIntake } from './receive/surface.ts'
import type { Surface } from './receive/surface.ts'
import { promiseRecord } from './record/promise.ts'
import type { Close } from './record/promise.ts'
import { passAnswer, refuseCall, refuseCaller, refuseLimited, timeoutError } from './reply.ts'
import { planRoute } from './route/plan.ts'
import { refuseBadHeaders } from './strict-headers.ts'

/** Answers one request on an LLM surface. Never throws for anything a caller or a provider can do. */
export async function handle(
  request: Request,
  url: URL,
  surface: Surface,
  platform: Platform,
): Promise<Response> {
  const exchange = receive(request, url, surface, platform.config)
  const caller = await authenticate(exchange, platform.config, platform)
  if (!caller.ok) return refuseCaller(exchange, caller.error)
  const close = promiseRecord(exchange, platform)
  try {
    return await serve(exchange, platform, close)
  } catch (error) {
    logEvent('error', 'gateway_bug', { id: exchange.id, reason: reasonOf(error) })
    const bug = fail('internal', 'The gateway failed. The request was logged.')
    return refuseCall(exchange, bug.error, close)
  }
}

async function serve(exchange: Exchange, platform: Platform, close: Close): Promise<Response> {
  const { config } = platform
  const refuse = (error: GatewayError): Response => refuseCall(exchange, error, close)
  const unsupported = refuseUnsupported(exchange)
  if (unsupported !== null) return refuse(unsupported)
  const policies = readPolicies(exchange, config)
  const badHeaders = refuseBadHeaders(exchange)
  if (badHeaders !== null) return refuse(badHeaders)
  const route = planRoute(exchange, policies.fallbacks, config)
  if (!route.ok) return refuse(route.error)

  const result = await dispatch(exchange, policies, platform)
  switch (result.kind) {
    case 'answer':
      return await passAnswer(exchange, result.response, close)
    case 'refused':
      return refuseLimited(exchange, result, close)
    case 'client_abort':
      close('client_abort', null)
      return new Response(null, { status: 499 })
    case 'timeout':
      return refuse(timeoutError(exchange))
    case 'broken':
      return refuse(fail('upstream_broken', "The provider's answer broke off.").error)
    case 'too_large':
      return refuse(fail('body_too_large', TOO_LARGE_MESSAGE).error)
    case 'unreachable':
      return refuse(fail('upstream_unreachable', 'The provider could not be reached.').error)
  }
}

/** The cache first, then the limits, then the provider. */
async function dispatch(
  exchange: Exchange,
  policies: Policies,
  platform: Platform,
): Promise<CallResult | { kind: 'too_large' }> {
  let asked: ReturnType<typeof enforceLimits> | null = null
  const admit = () => (asked ??= enforceLimits(exchange, policies.limits, platform))
  try {
    const body = await prepareBody(exchange, policies)
    if (body.kind === 'cut') return { kind: 'client_abort' }
    // As it came it would ask the target for another model than the caller wants there.
    const isChanged = exchange.plan[0]?.override !== null
    if (body.kind === 'stream' && isChanged) return { kind: 'too_large' }
    const call = () => callProvider(exchange, policies, body)
    if (policies.cache === null) return (await admit()) ?? (await call())
    const ways = { admit, call, mayRepeat: mayRepeat(policies) }
    return await answerThroughCache(exchange, policies.cache, body, platform, ways)
  } finally {
    exchange.held?.release()
  }
}

function refuseUnsupported({ surface, requestHeaders }: Exchange): GatewayError | null {
  if (isLogIntake(surface)) return fail('not_implemented', LOG_INTAKE_MESSAGE).error
  return requestHeaders['upgrade'] !== undefined
    ? fail('not_implemented', UPGRADE_MESSAGE).error
    : null
}

const LOG_INTAKE_MESSAGE =
  'Asynchronous logging is not part of this version. The log was not forwarded to any provider.'
const TOO_LARGE_MESSAGE =
  'The body could not be held, for its size or for want of memory, so the "bodyKeyOverride" of its target cannot be applied. At most 20 MiB can.'
const UPGRADE_MESSAGE =
  'WebSocket connections are not part of this version. Use the HTTP endpoints.'
