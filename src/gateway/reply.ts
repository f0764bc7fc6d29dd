/** What the client gets: an answer with what the gateway did to it in its headers, or a refusal in the caller's dialect. */
import { markFact } from './cache/answer.ts'
import { headersDownstream } from './dispatch/forwarded-headers.ts'
import { encodeError, fail, renderError } from './errors.ts'
import type { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { describeExpiry } from './expiry.ts'
import type { LimitRefusal } from './limits.ts'
import { limitHeaders } from './policy/limit-answer.ts'
import type { Close } from './record/promise.ts'
import { answerBody } from './tap/answer.ts'

/** Passes an answer on, whoever gave it. */
export async function passAnswer(
  exchange: Exchange,
  upstream: Response,
  close: Close,
): Promise<Response> {
  const headers = headersDownstream(upstream.headers)
  headers.set('helicone-id', exchange.requestId)
  headers.set('helicone-status', 'success')
  tellPolicies(headers, exchange)
  exchange.responseHeaders = headers
  exchange.answeredStatus = upstream.status

  const body = await answerBody(upstream, exchange, (end) => close(end, null))
  switch (body.kind) {
    case 'timeout':
      return refuseCall(exchange, timeoutError(exchange), close)
    case 'broken':
      return refuseCall(exchange, fail('upstream_broken', BROKE_OFF).error, close)
    case 'body':
      return new Response(body.body, {
        status: upstream.status,
        statusText: upstream.statusText,
        headers,
        encodeBody: 'manual',
      })
  }
}

export function timeoutError(exchange: Exchange): GatewayError {
  return fail('upstream_timeout', describeExpiry(exchange)).error
}

/** An answer of our own, in place of a provider's. */
export function refuseCall(exchange: Exchange, error: GatewayError, close: Close): Response {
  const response = renderError(error, exchange.dialect, exchange.requestId)
  tellPolicies(response.headers, exchange)
  exchange.responseHeaders = response.headers
  // What is still being read for others stays the body of the row: it is what was paid for.
  if (exchange.lead?.isReading !== true) {
    exchange.responseBody.takeWhole(encodeError(error, exchange.dialect, exchange.requestId))
  }
  close(error.code === 'upstream_timeout' ? 'timeout' : 'gateway_error', error)
  return response
}

export function refuseLimited(exchange: Exchange, refusal: LimitRefusal, close: Close): Response {
  tellPolicies(refusal.response.headers, exchange)
  exchange.responseHeaders = refusal.response.headers
  exchange.responseBody.takeWhole(refusal.body)
  close('gateway_error', refusal.error)
  return refusal.response
}

/** What the policies did with the call, on every answer. */
function tellPolicies(headers: Headers, exchange: Exchange): void {
  const { answered, attempts, cache, cacheSlot, limit, warnings } = exchange
  if (warnings.length > 0) {
    headers.set('helicone-warnings', warnings.map((warning) => warning.code).join(', '))
  }
  if (attempts.length > 1) headers.set('helicone-attempts', String(attempts.length))
  for (const [name, value] of limit ? limitHeaders(limit) : []) headers.set(name, value)
  const fallbackIndex = answered?.fallbackIndex ?? null
  if (fallbackIndex !== null) headers.set('helicone-fallback-index', String(fallbackIndex))
  if (cache !== null) markFact(headers, cache, cacheSlot)
}

const BROKE_OFF = "The provider's answer broke off."
