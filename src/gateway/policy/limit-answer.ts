/**
 * What the caller sees of a limit: headers on every answer, and the 429. Its body has the `message` that clients of the
 * contract read, and the error object of the caller's dialect, so that the vendor's SDK raises its own rate-limit error.
 */
import type { Dialect } from '../../dialects/canonical/summary.ts'
import type { HeaderRecord } from '../exchange.ts'
import type { LimitFact, LimitVerdict } from './limit-check.ts'

/** Above this an SDK that retries by itself would only guess: it is told not to. */
const WORTH_WAITING_SECONDS = 60

/** Headers of the contract; none without a policy. */
export function limitHeaders({ strictest, policyText }: LimitVerdict): HeaderRecord {
  const headers: HeaderRecord = {}
  if (policyText === null) return headers
  if (strictest !== null) {
    headers['helicone-ratelimit-limit'] = String(strictest.limit)
    headers['helicone-ratelimit-remaining'] = String(strictest.remaining ?? 0)
  }
  headers['helicone-ratelimit-policy'] = policyText
  if (strictest?.resetSeconds) {
    headers['helicone-ratelimit-reset'] = String(strictest.resetSeconds)
  }
  return headers
}

export interface LimitAnswer {
  code: 'rate_limited' | 'limit_check_unavailable'
  status: 429 | 503
  message: string
  headers: Headers
  body: Uint8Array
}

/** The answer to a call that was not let in. `requestId` is what the client knows the call by. */
export function answerLimited(
  verdict: LimitVerdict,
  dialect: Dialect,
  requestId: string,
): LimitAnswer {
  const isDenied = verdict.kind === 'denied'
  const code = isDenied ? 'rate_limited' : 'limit_check_unavailable'
  const status = isDenied ? 429 : 503
  const retryAfter = verdict.retryAfterSeconds ?? 1
  const message = isDenied ? deniedMessage(verdict, retryAfter) : UNAVAILABLE_MESSAGE
  const headers = new Headers({
    'content-type': 'application/json;charset=UTF-8',
    'cache-control': 'no-store',
    'helicone-id': requestId,
    'helicone-status': 'success',
    'x-helicone-error': code,
    'retry-after': String(retryAfter),
    ...limitHeaders(verdict),
  })
  if (retryAfter > WORTH_WAITING_SECONDS) headers.set('x-should-retry', 'false')
  const body = { message, ...errorBody(dialect, status, code, message, requestId) }
  return { code, status, message, headers, body: new TextEncoder().encode(JSON.stringify(body)) }
}

const UNAVAILABLE_MESSAGE =
  'The rate limit could not be checked just now, and this organisation lets no call pass unchecked. Try again.'
const UNIT_NAMES = { request: 'requests', cents: 'cents', tokens: 'tokens' } as const

function deniedMessage({ strictest, policyText }: LimitVerdict, retryAfter: number): string {
  const what = strictest ? amountOf(strictest) : 'its quota'
  const whose = strictest?.segment ? ` of "${strictest.segment}"` : ''
  return (
    `The rate limit${whose} is reached: ${what} under the policy "${policyText ?? ''}". ` +
    `Wait ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'} and try again.`
  )
}

function amountOf({ limit, unit }: LimitFact): string {
  return `${limit} ${limit === 1 ? UNIT_NAMES[unit].slice(0, -1) : UNIT_NAMES[unit]}`
}

function errorBody(
  dialect: Dialect,
  status: number,
  code: string,
  message: string,
  requestId: string,
): Record<string, unknown> {
  const isLimit = status === 429
  switch (dialect) {
    case 'anthropic-messages':
      return {
        type: 'error',
        error: { type: isLimit ? 'rate_limit_error' : 'api_error', message, code },
        request_id: requestId,
      }
    case 'gemini': {
      const name = isLimit ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE'
      return { error: { code: status, message, status: name, details: [{ code }] } }
    }
    case 'bedrock-converse':
    case 'bedrock-invoke':
    case 'cohere-chat':
      return { code }
    default:
      return {
        error: { message, type: isLimit ? 'rate_limit_error' : 'api_error', param: null, code },
      }
  }
}
