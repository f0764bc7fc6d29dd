/** The gateway's door: CORS, the pipeline for calls on an LLM surface, and an error for what only looks like one. */
import { renderError } from './errors.ts'
import { handle } from './pipeline.ts'
import { platformOf } from './platform.ts'
import type { StorePacks } from './platform.ts'
import type { Surface } from './receive/surface.ts'

export { classify } from './receive/surface.ts'
export type { Destination } from './receive/surface.ts'
export type { StorePacks } from './platform.ts'

/** One incoming call, already told to be for the gateway. `storePacks` serves `LOG_TRANSPORT=direct`. */
export async function answerCall(
  request: Request,
  url: URL,
  surface: Surface,
  env: Env,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  storePacks: StorePacks,
): Promise<Response> {
  if (isPreflight(request)) return preflight(request)
  const response = await handle(request, url, surface, platformOf(env, ctx, storePacks))
  if (request.headers.has('origin')) allowOrigin(response.headers)
  return response
}

/** A browser shows scripts only the headers that it is told of. */
function allowOrigin(headers: Headers): void {
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-expose-headers', '*')
}

/** For a path that no provider and no page answers to. */
export function answerUnknownRoute(request: Request, url: URL): Response {
  const message = `No route for ${request.method} ${url.pathname}. Use a provider path such as /oai/v1, /anthropic/v1 or /v1.`
  return renderError({ code: 'unknown_route', message }, 'openai-chat', crypto.randomUUID())
}

/** A browser's question before a call (Fetch standard); any other OPTIONS is the provider's to answer. */
function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('access-control-request-method')
}

/** Browsers may call the gateway from anywhere: it answers to keys in headers, never to cookies. */
function preflight(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, HEAD',
      'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '*',
      'access-control-max-age': '86400',
    },
  })
}
