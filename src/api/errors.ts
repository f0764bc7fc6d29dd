/**
 * Every way in which the API refuses a call: stable code and HTTP status, rendered as the contract's envelope
 * `{data: null, error: "text"}` with our `code` beside it (contract §4.1). The table is the documentation's source.
 */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { logEvent, reasonOf } from '../lib/log.ts'
import { Refusal } from '../lib/refusal.ts'

export const API_ERRORS = {
  invalid_json: { status: 400, meaning: 'The body is not JSON.' },
  invalid_body: {
    status: 400,
    meaning: 'A field of the body, query or path has a wrong type or range.',
  },
  invalid_filter: {
    status: 400,
    meaning: 'The filter names an unknown column, a wrong operator or value.',
  },
  invalid_sort: { status: 400, meaning: 'The sort key or direction is not known.' },
  invalid_limit: { status: 400, meaning: 'More than 1000 rows or ids were asked for.' },
  invalid_id: { status: 400, meaning: 'The id is not a UUID.' },
  invalid_score: {
    status: 400,
    meaning: 'A score is not a whole number or boolean, or has no name.',
  },
  invalid_property: {
    status: 400,
    meaning: 'A property is too long, has no key, or the row is full.',
  },
  not_authenticated: { status: 401, meaning: 'No valid key or session was sent.' },
  invalid_token: { status: 401, meaning: 'The sign-in or set-up token is wrong, used or expired.' },
  key_write_only: { status: 403, meaning: 'A pk- key may write, not read.' },
  cross_site: { status: 403, meaning: 'A cookie was sent by another site than the dashboard.' },
  invalid_link: { status: 403, meaning: 'The signature of a body link does not match.' },
  expired_link: { status: 403, meaning: 'The body link is older than an hour.' },
  not_found: { status: 404, meaning: 'Nothing of yours has that id, or there is no such route.' },
  setup_done: { status: 409, meaning: 'The deployment is set up already.' },
  body_too_large: { status: 413, meaning: 'The body is larger than 1 MiB.' },
  unsupported_media_type: { status: 415, meaning: 'The body is not declared as application/json.' },
  upgrade_required: { status: 426, meaning: 'The live feed is a WebSocket.' },
  too_many_attempts: { status: 429, meaning: 'Too many sign-in attempts from one address.' },
  internal: { status: 500, meaning: 'A bug of ours; the log names it.' },
  unavailable: { status: 503, meaning: 'The database did not answer; the same call works later.' },
  not_implemented: { status: 501, meaning: 'A path of the contract that is not built yet.' },
} as const satisfies Record<string, { status: ContentfulStatusCode; meaning: string }>

/** What D1 says of itself; a wrong statement of ours says SQLITE_ERROR and stays a bug. */
const OUTAGE = /D1_(?!.*SQLITE)|overloaded|Network connection lost|storage operation exceeded/i

export type ApiErrorCode = keyof typeof API_ERRORS

/** Hono's error handler: refusals by their code, anything else is a bug and says nothing of itself. */
export function renderError(error: unknown, c: Context): Response {
  if (error instanceof Refusal && isKnown(error.code)) return answer(c, error.code, error.message)
  if (error instanceof HTTPException && error.status < 500) {
    return answer(c, 'invalid_json', 'The body is not valid JSON.')
  }
  const { pathname } = new URL(c.req.url)
  logEvent('error', 'api_failed', { method: c.req.method, path: pathname, reason: reasonOf(error) })
  if (OUTAGE.test(reasonOf(error))) {
    return answer(c, 'unavailable', 'The database did not answer just now. Try again.')
  }
  return answer(
    c,
    'internal',
    'Something went wrong on our side. The log of the deployment has the details.',
  )
}

function answer(c: Context, code: ApiErrorCode, message: string): Response {
  const { status } = API_ERRORS[code]
  if (status === 429) c.header('retry-after', '300')
  if (status === 503) c.header('retry-after', '1')
  if (status === 426) c.header('upgrade', 'websocket')
  // Clients of the contract know a failed authentication by this trace.
  const trace = code === 'not_authenticated' ? { trace: 'isAuthenticated.error' } : {}
  return c.json({ data: null, error: message, code, ...trace }, status)
}

function isKnown(code: string): code is ApiErrorCode {
  return Object.hasOwn(API_ERRORS, code)
}
