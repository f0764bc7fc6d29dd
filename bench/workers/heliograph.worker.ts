/**
 * The product's own Worker as it is deployed, with stand-ins where Cloudflare's services would be: they accept at once
 * and count, so that the request path alone is measured. `/__counts` tells what reached them. Durable Objects are real.
 */
import worker from '../../src/index.ts'
import { countsOf, standIns } from './stand-ins.ts'

export { RateLimiter } from '../../src/objects/rate-limiter.ts'

let env: Env | null = null

export default {
  async fetch(request, vars, ctx): Promise<Response> {
    if (request.url.endsWith('/__counts')) return Response.json(countsOf())
    env ??= { ...vars, ...standIns(vars.RATE_LIMITER) }
    return await worker.fetch(request, env, ctx)
  },
} satisfies ExportedHandler<Env>
