/**
 * The story of a request: receive → auth → route → dispatch → tap → record. The only file that knows the order.
 * The record is promised to the runtime before the provider is called, so that it survives whatever the client does.
 */
import { logEvent, reasonOf } from '../lib/log.ts'
import { encodeError, fail, renderError } from './errors.ts'
import type { GatewayError } from './errors.ts'
import { authenticate } from './auth/principal.ts'
import { headersDownstream } from './dispatch/forwarded-headers.ts'
import { callProvider } from './call.ts'
import type { Exchange } from './exchange.ts'
import { enforceLimits } from './limits.ts'
import type { LimitRefusal } from './limits.ts'
import { limitHeaders } from './policy/limit-answer.ts'
import { readPolicies } from './policies.ts'
import type { Policies } from './policies.ts'
import type { Platform } from './platform.ts'
import { receive } from './receive/receive.ts'
import type { Surface } from './receive/surface.ts'
import { isLogIntake } from './receive/surface.ts'
import { promiseRecord } from './record/promise.ts'
import type { Close } from './record/promise.ts'
import { planRoute } from './route/plan.ts'
import { answerBody } from './tap/answer.ts'

/** Answers one request on an LLM surface. Never throws for anything a caller or a provider can do. */
export async function handle(
  request: Request,
  url: URL,
  surface: Surface,
  platform: Platform,
): Promise<Response> {
  const exchange = receive(request, url, surface, platform.config)

  const caller = await authenticate(exchange, platform.config, platform)
  if (!caller.ok) return renderError(caller.error, exchange.dialect, exchange.requestId)

  const close = promiseRecord(exchange, platform)
  const refuse = (error: GatewayError): Response => refuseCall(exchange, error, close)

  if (isLogIntake(surface)) return refuse(fail('not_implemented', LOG_INTAKE_MESSAGE).error)
  if (request.headers.has('upgrade')) return refuse(fail('not_implemented', UPGRADE_MESSAGE).error)
  const policies = readPolicies(exchange, platform.config)
  const route = planRoute(exchange, policies.fallbacks, platform.config)
  if (!route.ok) return refuse(route.error)
  const refusal = await enforceLimits(exchange, policies.limits, platform)
  if (refusal !== null) return refuseLimited(exchange, refusal, close)

  try {
    return await dispatch(exchange, policies, close, refuse)
  } catch (error) {
    logEvent('error', 'gateway_bug', { id: exchange.id, reason: reasonOf(error) })
    return refuse(fail('internal', 'The gateway failed. The request was logged.').error)
  }
}

async function dispatch(
  exchange: Exchange,
  policies: Policies,
  close: Close,
  refuse: (error: GatewayError) => Response,
): Promise<Response> {
  const result = await callProvider(exchange, policies)
  switch (result.kind) {
    case 'answer':
      return await answer(exchange, result.response, close, refuse)
    case 'client_abort':
      close('client_abort', null)
      return new Response(null, { status: 499 })
    case 'timeout':
      return refuse(fail('upstream_timeout', 'The provider did not answer in time.').error)
    case 'unreachable':
      return refuse(fail('upstream_unreachable', 'The provider could not be reached.').error)
  }
}

async function answer(
  exchange: Exchange,
  upstream: Response,
  close: Close,
  refuse: (error: GatewayError) => Response,
): Promise<Response> {
  const headers = headersDownstream(upstream.headers)
  headers.set('helicone-id', exchange.requestId)
  headers.set('helicone-status', 'success')
  if (exchange.warnings.length > 0) {
    headers.set('helicone-warnings', exchange.warnings.map((warning) => warning.code).join(', '))
  }
  if (exchange.attempts.length > 1) {
    headers.set('helicone-attempts', String(exchange.attempts.length))
  }
  for (const [name, value] of exchange.limit ? limitHeaders(exchange.limit) : []) {
    headers.set(name, value)
  }
  const fallbackIndex = exchange.answered?.fallbackIndex ?? null
  if (fallbackIndex !== null) headers.set('helicone-fallback-index', String(fallbackIndex))
  exchange.responseHeaders = headers

  const body = await answerBody(upstream, exchange, (end) => close(end, null))
  if (body.kind === 'timeout') {
    return refuse(
      fail('upstream_timeout', 'The provider fell silent in the middle of its answer.').error,
    )
  }
  if (body.kind === 'broken') {
    return refuse(fail('upstream_broken', "The provider's answer broke off.").error)
  }
  return new Response(body.body, {
    status: upstream.status,
    statusText: upstream.statusText,
    headers,
    encodeBody: 'manual',
  })
}

function refuseCall(exchange: Exchange, error: GatewayError, close: Close): Response {
  const response = renderError(error, exchange.dialect, exchange.requestId)
  exchange.responseHeaders = response.headers
  exchange.responseBody.takeWhole(encodeError(error, exchange.dialect, exchange.requestId))
  close(error.code === 'upstream_timeout' ? 'timeout' : 'gateway_error', error)
  return response
}

function refuseLimited(exchange: Exchange, refusal: LimitRefusal, close: Close): Response {
  exchange.responseHeaders = refusal.response.headers
  exchange.responseBody.takeWhole(refusal.body)
  close('gateway_error', refusal.error)
  return refusal.response
}

const LOG_INTAKE_MESSAGE =
  'Asynchronous logging is not part of this version. The log was not forwarded to any provider.'
const UPGRADE_MESSAGE =
  'WebSocket connections are not part of this version. Use the HTTP endpoints.'
