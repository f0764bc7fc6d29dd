/** The one way to the server: same origin, cookie session, `{data, error}` envelopes opened. */
import type {
  ApiKeyRow,
  CreatedApiKey,
  SessionInfo,
  SetupInput,
  SetupResult,
  SignInLink,
} from '../../../src/contracts/api/session.ts'
import type {
  BodyDocument,
  Facets,
  RequestQuery,
  RequestRow,
} from '../../../src/contracts/api/requests.ts'
import type { CacheOverview, CachePurge } from '../../../src/contracts/api/cache.ts'
import type {
  LiveLimit,
  RateLimitRule,
  RateLimitRuleInput,
} from '../../../src/contracts/api/rate-limits.ts'
import type { OrgSettings, OrgSettingsPatch } from '../../../src/contracts/api/settings.ts'
import type { FilterNode } from '../../../src/contracts/filter.ts'

export class ApiError extends Error {
  /** HTTP status; 0 when no answer came at all. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** True when the session is gone and only signing in again helps. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

export const api = {
  session: (signal?: AbortSignal) => call<SessionInfo>('GET', '/api/session', undefined, signal),
  signIn: (token: string) => call<unknown>('POST', '/api/sign-in', { token }),
  makeSignInLink: () => call<SignInLink>('POST', '/api/sign-in-links'),
  signOut: () => call<unknown>('DELETE', '/api/session'),
  setUp: (input: SetupInput) => call<SetupResult>('POST', '/api/setup', input),
  keys: (signal?: AbortSignal) => call<ApiKeyRow[]>('GET', '/api/keys', undefined, signal),
  createKey: (input: { name: string; permissions: ApiKeyRow['permissions'] }) =>
    call<CreatedApiKey>('POST', '/api/keys', input),
  revokeKey: (id: string) => call<unknown>('DELETE', `/api/keys/${encodeURIComponent(id)}`),
  queryRequests: (query: RequestQuery, signal?: AbortSignal) =>
    call<RequestRow[]>('POST', '/v1/request/query', query, signal),
  countRequests: (filter: FilterNode, signal?: AbortSignal) =>
    call<number>('POST', '/v1/request/count/query', { filter }, signal),
  request: (id: string, signal?: AbortSignal) =>
    call<RequestRow>('GET', `/v1/request/${encodeURIComponent(id)}`, undefined, signal),
  rate: (id: string, rating: boolean) =>
    call<unknown>('POST', `/v1/request/${encodeURIComponent(id)}/feedback`, { rating }),
  facets: (filter: FilterNode, signal?: AbortSignal) =>
    call<Facets>('POST', '/api/facets', { filter }, signal),
  body: readBody,
  rateLimits: (signal?: AbortSignal) =>
    call<RateLimitRule[]>('GET', '/v1/rate-limits', undefined, signal),
  createRateLimit: (input: RateLimitRuleInput) =>
    call<RateLimitRule>('POST', '/v1/rate-limits', input),
  replaceRateLimit: (id: string, input: RateLimitRuleInput) =>
    call<RateLimitRule>('PUT', `/v1/rate-limits/${encodeURIComponent(id)}`, input),
  deleteRateLimit: (id: string) =>
    call<unknown>('DELETE', `/v1/rate-limits/${encodeURIComponent(id)}`),
  liveLimits: (signal?: AbortSignal) =>
    call<LiveLimit[]>('GET', '/api/rate-limits/live', undefined, signal),
  cacheOverview: (from: number, to: number, signal?: AbortSignal) =>
    call<CacheOverview>('GET', `/api/cache/overview?from=${from}&to=${to}`, undefined, signal),
  purgeCache: () => call<CachePurge>('DELETE', '/v1/cache'),
  purgeCacheSeed: (seed: string) =>
    call<CachePurge>('DELETE', `/v1/cache?seed=${encodeURIComponent(seed)}`),
  purgeCacheKey: (key: string) =>
    call<CachePurge>('DELETE', `/v1/cache/${encodeURIComponent(key)}`),
  settings: (signal?: AbortSignal) => call<OrgSettings>('GET', '/api/settings', undefined, signal),
  changeSettings: (patch: OrgSettingsPatch) => call<OrgSettings>('PATCH', '/api/settings', patch),
}

/** A signed link needs no credentials, and must not get any. */
async function readBody(url: string, signal?: AbortSignal): Promise<BodyDocument> {
  const { pathname, search } = new URL(url, location.origin)
  // Our own origin serves it, under whatever name this page was reached by.
  const response = await reach(pathname + search, { credentials: 'omit', signal: signal ?? null })
  if (!response.ok) throw new ApiError(response.status, 'The stored body could not be read.')
  return (await response.json()) as BodyDocument
}

async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await reach(path, {
    method,
    credentials: 'same-origin',
    signal: signal ?? null,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const answer = await parse(response)
  if (!response.ok) throw new ApiError(response.status, messageOf(answer, response.status))
  if (isEnvelope(answer)) {
    if (answer.error !== null) throw new ApiError(response.status, messageOf(answer, 400))
    return answer.data as T
  }
  return answer as T
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'Check that Heliograph is running, and that you are online.')
  }
}

async function parse(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    if (response.ok) throw new ApiError(response.status, 'The server answered with something else.')
    return null
  }
}

function isEnvelope(value: unknown): value is { data: unknown; error: unknown } {
  return typeof value === 'object' && value !== null && 'data' in value && 'error' in value
}

/** Errors come as `{error: string}` or `{error: {message}}`. */
function messageOf(answer: unknown, status: number): string {
  if (typeof answer === 'object' && answer !== null && 'error' in answer) {
    const { error } = answer
    if (typeof error === 'string') return error
    if (typeof error === 'object' && error !== null && 'message' in error) {
      return String(error.message)
    }
  }
  return status >= 500 ? 'The server failed to answer.' : `The server answered ${status}.`
}
