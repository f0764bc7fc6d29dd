/**
 * The response cache in a Worker of its own: what a call goes through in the gateway, and nothing else, so that many
 * requests at once meet in one real isolate. `PUT /__faults` breaks a place, `GET /__state` tells what is known of now;
 * `/v1/cache` is the real API.
 */
import worker from '../../src/index.ts'
import { readConfig } from '../../src/env.ts'
import { answerHeaders, storedResponse } from '../../src/gateway/cache/answer.ts'
import type { CacheState } from '../../src/gateway/cache/answer.ts'
import { consultCache } from '../../src/gateway/cache/consult.ts'
import type { CacheAnswer, CacheCall, CachePlaces } from '../../src/gateway/cache/consult.ts'
import type { CacheLead } from '../../src/gateway/cache/lead.ts'
import { parseCachePolicy } from '../../src/gateway/cache/policy.ts'
import { createResponseStore } from '../../src/gateway/cache/store.ts'
import type { StoredAnswer } from '../../src/gateway/cache/stored.ts'

export * from '../../src/index.ts'

type Fault = 'throw' | 'hang'

/** `leader`: nothing keeps a request alive behind its client. */
let faults: { kv?: Fault; edge?: Fault; leader?: 'mortal' } = {}
let arrived = 0
let left = 0

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url)
    if (url.pathname === '/__faults') {
      faults = await request.json()
      return new Response(null, { status: 204 })
    }
    if (url.pathname === '/__state') return Response.json({ arrived, left })
    if (url.pathname.startsWith('/v1/cache')) return await worker.fetch(request, env, ctx)
    const body = new Uint8Array(await request.arrayBuffer())
    return await serve(request, body, env, ctx)
  },
} satisfies ExportedHandler<Env>

async function serve(
  request: Request,
  body: Uint8Array<ArrayBuffer>,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response> {
  const { pathname, search, origin } = new URL(request.url)
  const target = `${readConfig(env).upstreamOverrides['openai'] ?? ''}${pathname}${search}`
  const policy = parseCachePolicy(
    new Map([...request.headers].filter(([name]) => name.startsWith('helicone-cache'))),
    request.headers.get('cache-control'),
    [],
  )
  const send = (signal: AbortSignal): Promise<Response> =>
    fetch(target, { method: request.method, body: body.byteLength > 0 ? body : null, signal })
  if (policy === null) return await send(request.signal)
  request.signal.addEventListener('abort', () => {
    left += 1
  })
  const call: CacheCall = {
    policy,
    orgId: request.headers.get('x-org') ?? 'org',
    rowId: request.headers.get('x-row') ?? 'row',
    dialect: 'openai-chat',
    method: request.method,
    url: target,
    headers: request.headers,
    body,
    manner: '',
    clientSignal: request.signal,
  }
  const started = performance.now()
  const consulted = await consultCache(call, placesOf(env, ctx, origin))
  arrived += 1
  const response = await answer(consulted, send)
  const lookupMs = String(Math.round((performance.now() - started) * 100) / 100)
  response.headers.set('x-lookup-ms', lookupMs)
  response.headers.set('x-faults', consulted.faults.join(','))
  if (consulted.key !== null) response.headers.set('x-cache-key', consulted.key)
  return response
}

async function answer(
  consulted: CacheAnswer,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  switch (consulted.kind) {
    case 'hit':
      return given(consulted.answer, 'HIT', consulted.slot)
    case 'pass':
      return marked(await send(new AbortController().signal), 'MISS')
    case 'lead':
      return await lead(consulted, consulted.lead, send)
    case 'follow': {
      const followed = await consulted.wait()
      switch (followed.kind) {
        case 'promoted':
          return await lead(consulted, followed.lead, send)
        case 'failed':
          return new Response(followed.reason, { status: 502 })
        case 'answer':
          return marked(followed.response, followed.head.source === 'live' ? 'COALESCED' : 'STALE')
      }
    }
  }
}

async function lead(
  consulted: CacheAnswer,
  lead: CacheLead,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  let upstream: Response | null = null
  try {
    upstream = await send(lead.signal)
  } catch {
    // Told apart below.
  }
  if (upstream === null || upstream.status >= 500) {
    const stale = await consulted.stale()
    if (stale !== null) {
      lead.openStale(stale)
      return given(stale, 'STALE', consulted.slot)
    }
  }
  if (upstream === null) {
    lead.fail(lead.signal.aborted ? 'leader' : 'unreachable')
    return new Response('unreachable', { status: 502 })
  }
  const own = lead.open(upstream)
  return own === null ? new Response(null, { status: 499 }) : marked(own, 'MISS')
}

function given(answer: StoredAnswer, state: 'HIT' | 'STALE', slot: number): Response {
  return marked(storedResponse(answer), state, { slot, latencyMs: answer.latencyMs })
}

function marked(
  response: Response,
  state: CacheState,
  stored: { slot: number; latencyMs: number } | null = null,
): Response {
  const copy = new Response(response.body, response)
  for (const [name, value] of Object.entries(answerHeaders(state, stored))) {
    copy.headers.set(name, value)
  }
  return copy
}

function placesOf(env: Env, ctx: ExecutionContext, origin: string): CachePlaces {
  const responses = breakable(env.RESPONSES, () => faults.kv)
  const background = (_name: string, work: Promise<void>): void => {
    if (faults.leader === undefined) ctx.waitUntil(work)
  }
  return {
    store: createResponseStore({
      edge: () => breakable(caches.default, () => faults.edge),
      responses,
      origin,
      background: (work) => background('store', work),
      retryWaitsMs: [],
    }),
    responses,
    background,
    idleTimeoutMs: 60_000,
    pace: { beatMs: 200, deadMs: 1_000, lingerMs: 500 },
  }
}

function breakable<T extends object>(real: T, fault: () => Fault | undefined): T {
  return new Proxy(real, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return async (...values: unknown[]): Promise<unknown> => {
        if (fault() === 'throw') throw new Error('broken')
        while (fault() === 'hang') await scheduler.wait(50)
        return await (Reflect.apply(member, target, values) as Promise<unknown>)
      }
    },
  })
}
