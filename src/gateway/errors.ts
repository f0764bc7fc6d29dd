/**
 * Every way in which the gateway itself refuses or fails a call: a stable code with its HTTP status, rendered in the
 * error shape of the caller's dialect so that the caller's SDK raises its own typed exception.
 * The table is checked against docs/reference/errors.md.
 */
import type { Dialect } from '../dialects/canonical/summary.ts'

export const ERROR_CODES = {
  missing_key: { status: 401 },
  malformed_key: { status: 401 },
  invalid_key: { status: 401 },
  revoked_key: { status: 401 },
  missing_provider_key: { status: 401 },
  key_check_unavailable: { status: 503 },
  invalid_header: { status: 400 },
  missing_target: { status: 400 },
  invalid_target: { status: 400 },
  target_not_allowed: { status: 400 },
  sandbox_disabled: { status: 403 },
  body_too_large: { status: 413 },
  unknown_route: { status: 404 },
  not_implemented: { status: 501 },
  rate_limited: { status: 429 },
  limit_check_unavailable: { status: 503 },
  upstream_unreachable: { status: 502 },
  upstream_broken: { status: 502 },
  upstream_timeout: { status: 504 },
  internal: { status: 500 },
} as const satisfies Record<string, { status: number }>

export type ErrorCode = keyof typeof ERROR_CODES

/** An expected failure. `message` says what was wrong, what was expected and how to fix it; never a secret. */
export interface GatewayError {
  code: ErrorCode
  message: string
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; error: GatewayError }

export function fail(code: ErrorCode, message: string): { ok: false; error: GatewayError } {
  return { ok: false, error: { code, message } }
}

export function succeed<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

/** The answer for `error` in the caller's dialect. The id is the public request id, when there is one. */
export function renderError(error: GatewayError, dialect: Dialect, requestId: string): Response {
  const { status } = ERROR_CODES[error.code]
  const headers = new Headers({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'helicone-id': requestId,
    'x-helicone-error': error.code,
  })
  if (status === 503) headers.set('retry-after', '1')
  return new Response(encodeError(error, dialect, requestId), { status, headers })
}

/** The body of that answer, also for the log. */
export function encodeError(error: GatewayError, dialect: Dialect, requestId: string): Uint8Array {
  const { status } = ERROR_CODES[error.code]
  return new TextEncoder().encode(JSON.stringify(errorBody(error, status, dialect, requestId)))
}

function errorBody(
  error: GatewayError,
  status: number,
  dialect: Dialect,
  requestId: string,
): unknown {
  const { code, message } = error
  switch (dialect) {
    case 'anthropic-messages':
      return {
        type: 'error',
        error: { type: anthropicType(status), message, code },
        request_id: requestId,
      }
    case 'gemini':
      return { error: { code: status, message, status: googleStatus(status), details: [{ code }] } }
    case 'bedrock-converse':
    case 'bedrock-invoke':
    case 'cohere-chat':
      return { message, code }
    default:
      return { error: { message, type: openaiType(status), param: null, code } }
  }
}

function openaiType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  return status >= 500 ? 'api_error' : 'invalid_request_error'
}

function anthropicType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  return status >= 500 ? 'api_error' : 'invalid_request_error'
}

function googleStatus(status: number): string {
  switch (status) {
    case 401:
      return 'UNAUTHENTICATED'
    case 403:
      return 'PERMISSION_DENIED'
    case 404:
      return 'NOT_FOUND'
    case 501:
      return 'UNIMPLEMENTED'
    case 503:
      return 'UNAVAILABLE'
    case 504:
      return 'DEADLINE_EXCEEDED'
    default:
      return status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT'
  }
}
