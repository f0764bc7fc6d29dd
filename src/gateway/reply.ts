/** What the client gets: an answer with what the gateway did to it in its headers, or a refusal in the caller's dialect. */
import { markCached } from './cached.ts'
import { headersDownstream } from './dispatch/forwarded-headers.ts'
import { encodeError, fail, renderError } from './errors.ts'
import type { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
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
  tellPolicies(headers, exchange)
  exchange.responseHeaders = headers
  exchange.answeredStatus = upstream.status

  const body = await answerBody(upstream, exchange, (end) => close(end, null))
  switch (body.kind) {
    case 'timeout':
      return refuseCall(exchange, fail('upstream_timeout', FELL_SILENT).error, close)
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

/** An answer of our own, in place of a provider's. */
export function refuseCall(exchange: Exchange, error: GatewayError, close: Close): Response {
  const response = renderError(error, exchange.dialect, exchange.requestId)
  if (exchange.attempts.length > 1) tellAttempts(response.headers, exchange)
  exchange.responseHeaders = response.headers
  exchange.responseBody.takeWhole(encodeError(error, exchange.dialect, exchange.requestId))
  close(error.code === 'upstream_timeout' ? 'timeout' : 'gateway_error', error)
  return response
}

export function refuseLimited(exchange: Exchange, refusal: LimitRefusal, close: Close): Response {
  exchange.responseHeaders = refusal.response.headers
  exchange.responseBody.takeWhole(refusal.body)
  close('gateway_error', refusal.error)
  return refusal.response
}

function tellPolicies(headers: Headers, exchange: Exchange): void {
  headers.set('helicone-id', exchange.requestId)
  headers.set('helicone-status', 'success')
  if (exchange.warnings.length > 0) {
    headers.set('helicone-warnings', exchange.warnings.map((warning) => warning.code).join(', '))
  }
  if (exchange.attempts.length > 1) tellAttempts(headers, exchange)
  for (const [name, value] of exchange.limit ? limitHeaders(exchange.limit) : []) {
    headers.set(name, value)
  }
  const fallbackIndex = exchange.answered?.fallbackIndex ?? null
  if (fallbackIndex !== null) headers.set('helicone-fallback-index', String(fallbackIndex))
  markCached(headers, exchange)
}

function tellAttempts(headers: Headers, { attempts }: Exchange): void {
  headers.set('helicone-attempts', String(attempts.length))
}

const FELL_SILENT = 'The provider fell silent in the middle of its answer.'
const BROKE_OFF = "The provider's answer broke off."
