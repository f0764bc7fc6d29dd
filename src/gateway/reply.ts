/** What the client gets: an answer with what the gateway did to it in its headers, or a refusal in the caller's dialect. */
import { factHeaders } from './cache/answer.ts'
import { headersDownstream } from './dispatch/forwarded-headers.ts'
import { encodeError, fail, renderError } from './errors.ts'
import type { GatewayError } from './errors.ts'
import type { Exchange, HeaderRecord } from './exchange.ts'
import { describeExpiry } from './expiry.ts'
import type { LimitRefusal } from './limits.ts'
import { limitHeaders } from './policy/limit-answer.ts'
import type { Close } from './record/promise.ts'
import { serverTiming } from './server-timing.ts'
import { answerBody } from './tap/answer.ts'

/** Passes an answer on, whoever gave it. */
export async function passAnswer(
  exchange: Exchange,
  upstream: Response,
  close: Close,
): Promise<Response> {
  const { headers, dropped, added } = headersDownstream(upstream.headers)
  added['helicone-id'] = exchange.requestId
  added['helicone-status'] = 'success'
  tellPolicies(added, exchange)
  exchange.responseHeaders = Object.assign(headers, added)
  exchange.answeredStatus = upstream.status
  const passed = changedHeaders(upstream.headers, dropped, added)

  const body = await answerBody(upstream, exchange, (end) => close(end, null))
  switch (body.kind) {
    case 'timeout':
      return refuseCall(exchange, timeoutError(exchange), close)
    case 'broken':
      return refuseCall(exchange, fail('upstream_broken', BROKE_OFF).error, close)
    case 'body':
      // Behind the provider's own times, if it has any. The row has ours in figures.
      passed.append('server-timing', serverTiming(exchange))
      return new Response(body.body, {
        status: upstream.status,
        statusText: upstream.statusText,
        headers: passed,
        encodeBody: 'manual',
      })
  }
}

export function timeoutError(exchange: Exchange): GatewayError {
  return fail('upstream_timeout', describeExpiry(exchange)).error
}

/** For a caller who is not known: there is no row. */
export function refuseCaller(exchange: Exchange, error: GatewayError): Response {
  const response = renderError(error, exchange.dialect, exchange.requestId)
  response.headers.set('server-timing', serverTiming(exchange))
  return response
}

/** An answer of our own, in place of a provider's. */
export function refuseCall(exchange: Exchange, error: GatewayError, close: Close): Response {
  const response = renderError(error, exchange.dialect, exchange.requestId)
  // What is still being read for others stays the body of the row: it is what was paid for.
  if (exchange.lead?.isReading !== true) {
    exchange.responseBody.takeWhole(encodeError(error, exchange.dialect, exchange.requestId))
  }
  tellAll(response, exchange)
  close(error.code === 'upstream_timeout' ? 'timeout' : 'gateway_error', error)
  return response
}

export function refuseLimited(exchange: Exchange, refusal: LimitRefusal, close: Close): Response {
  const { response, body, error } = refusal
  exchange.responseBody.takeWhole(body)
  tellAll(response, exchange)
  close('gateway_error', error)
  return response
}

/** Completes an answer of our own, and keeps its headers for the row. */
function tellAll({ headers }: Response, exchange: Exchange): void {
  const told: HeaderRecord = {}
  tellPolicies(told, exchange)
  for (const name in told) headers.set(name, told[name] ?? '')
  exchange.responseHeaders = Object.fromEntries(headers)
  headers.set('server-timing', serverTiming(exchange))
}

/** What the policies did with the call, on every answer. */
function tellPolicies(headers: HeaderRecord, exchange: Exchange): void {
  const { answered, attempts, cache, cacheSlot, limit, warnings } = exchange
  if (warnings.length > 0) {
    const codes = new Set(warnings.map((warning) => warning.code))
    headers['helicone-warnings'] = [...codes].join(', ')
  }
  if (attempts.length > 1) headers['helicone-attempts'] = String(attempts.length)
  if (limit !== null) Object.assign(headers, limitHeaders(limit))
  const fallbackIndex = answered?.fallbackIndex ?? null
  if (fallbackIndex !== null) headers['helicone-fallback-index'] = String(fallbackIndex)
  if (cache !== null) Object.assign(headers, factHeaders(cache, cacheSlot))
}

/** The provider's own, copied by the runtime: naming each of them again would cost more than all else here. */
function changedHeaders(from: Headers, dropped: readonly string[], added: HeaderRecord): Headers {
  const headers = new Headers(from)
  for (const name of dropped) headers.delete(name)
  for (const name in added) headers.set(name, added[name] ?? '')
  return headers
}

const BROKE_OFF = "The provider's answer broke off."
