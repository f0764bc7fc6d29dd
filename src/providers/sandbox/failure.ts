/**
 * Errors as the two vendors write them. A `Failure` is an expected answer, thrown while a body is
 * read and rendered once in `index.ts`; it never carries a stack trace or a key to the caller.
 */

/** Whose wire language an answer is written in. */
export type Voice = 'openai' | 'anthropic'

/** `param` and `code` are OpenAI's; Anthropic's error type follows from the status. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly status: number
  readonly param: string | null
  readonly code: string | null

  constructor(
    status: number,
    message: string,
    param: string | null = null,
    code: string | null = null,
  ) {
    super(message)
    this.status = status
    this.param = param
    this.code = code
  }
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const ON_DEMAND: Readonly<Record<number, readonly [message: string, code: string | null]>> = {
  400: ['The sandbox refuses this request because its model name asks for a 400.', null],
  401: [
    'Incorrect API key provided. The sandbox says so because of the model name.',
    'invalid_api_key',
  ],
  403: ['The sandbox denies access because its model name asks for a 403.', null],
  404: ['The model does not exist or you do not have access to it.', 'model_not_found'],
  429: ['Rate limit reached in the sandbox. Please try again in 1s.', 'rate_limit_exceeded'],
  500: ['The server had an error while processing your request. Sorry about that!', null],
  503: ['The engine is currently overloaded, please try again later.', null],
  529: ['Overloaded', null],
}

/** The failure that a model name such as `sandbox-error-429` asks for. */
export function failureOnDemand(status: number): Failure {
  const [message, code] = ON_DEMAND[status] ?? [`The sandbox answers ${status} on demand.`, null]
  return new Failure(status, message, null, code)
}

function openAiType(failure: Failure): string {
  if (failure.status === 429) return 'requests'
  return failure.status >= 500 ? 'server_error' : 'invalid_request_error'
}

function anthropicType(failure: Failure): string {
  const fallback = failure.status >= 500 ? 'api_error' : 'invalid_request_error'
  return ANTHROPIC_TYPES[failure.status] ?? fallback
}

/** The error's JSON body in the caller's language. */
export function failureBody(voice: Voice, failure: Failure, requestId: string): object {
  if (voice === 'anthropic') {
    const error = { type: anthropicType(failure), message: failure.message }
    return { type: 'error', error, request_id: requestId }
  }
  const { message, param, code } = failure
  return { error: { message, type: openAiType(failure), param, code } }
}
