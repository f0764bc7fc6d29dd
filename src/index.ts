/**
 * The Worker: fetch, queue, scheduled, Durable Objects. Composition only. API, ingest and jobs are imported when first
 * needed, so that a cold gateway evaluates none of their libraries.
 */
import { answerCall, answerUnknownRoute, classify } from './gateway/index.ts'

export { LiveTail } from './objects/live-tail.ts'
export { RateLimiter } from './objects/rate-limiter.ts'

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const url = new URL(request.url)
    const destination = classify(url, request.headers)
    switch (destination.kind) {
      case 'gateway':
        return await answerCall(request, url, destination.surface, env, ctx, storePacks)
      case 'lost':
        return answerUnknownRoute(request, url)
      case 'api': {
        const { api } = await import('./api/index.ts')
        return await api.fetch(request, env, ctx)
      }
      case 'health':
        return Response.json({ status: 'healthy :)' })
      case 'app':
        return await serveApp(request, url, env)
    }
  },

  async queue(batch, env, ctx): Promise<void> {
    const { ingestBatch } = await import('./ingest/index.ts')
    await ingestBatch(batch, env, ctx)
  },

  async scheduled(_controller, env, ctx): Promise<void> {
    const { runScheduled } = await import('./jobs/index.ts')
    await runScheduled(env, ctx, (packs) => storePacks(env, packs))
  },
} satisfies ExportedHandler<Env>

async function storePacks(env: Env, packs: Uint8Array[]): Promise<void> {
  const { ingestPacks } = await import('./ingest/index.ts')
  await ingestPacks(env, packs)
}

/** The dashboard: pages are only ever read. All of them are one document; a file is there or it is not. */
async function serveApp(request: Request, url: URL, env: Env): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answerUnknownRoute(request, url)
  const file = await env.ASSETS.fetch(request)
  if (file.status !== 404 || url.pathname.startsWith('/assets/')) return file
  return await env.ASSETS.fetch(new Request(new URL('/', url), request))
}
