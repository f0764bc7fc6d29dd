/** Ours under test: the product's Worker in raw workerd, with native Durable Objects and a Cache API. */
import { readSettings } from './build.ts'
import { startWorkerWithServices, type Server } from './workerd.ts'
import type { Counts } from './workers/stand-ins.ts'

/** The group commit gathers for 100 ms. */
const SETTLE_MS = 500

/** Variables of ours: a local key, everything recorded, the upstream in the provider's place. */
export function gatewayVars(upstream: string): Record<string, string> {
  return {
    ENVIRONMENT: 'local',
    LOG_TRANSPORT: 'queue',
    ALLOW_PRIVATE_TARGETS: 'true',
    UPSTREAM_OVERRIDES: JSON.stringify({ openai: upstream }),
  }
}

export async function startGateway(upstream: string): Promise<Server> {
  const objects = { RATE_LIMITER: 'RateLimiter' }
  return await startWorkerWithServices('heliograph', readSettings(), gatewayVars(upstream), objects)
}

/** What reached the stand-ins of a gateway, once the last records have left. */
export async function settledCounts(server: Pick<Server, 'url'>): Promise<Counts> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  return (await (await fetch(`${server.url}/__counts`)).json()) as Counts
}
