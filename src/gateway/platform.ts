/** What the gateway needs of the world. All but `background` is the same for every request of an isolate. */
import { readConfig } from '../env.ts'
import type { Config } from '../env.ts'
import type { LimiterNamespace } from '../lib/limiter-protocol.ts'
import { logEvent, reasonOf } from '../lib/log.ts'
import type { LogSink } from './record/send.ts'
import { directSink, queueSink } from './record/sinks.ts'

export interface Platform {
  config: Config
  db: D1Database
  kv: KVNamespace
  bodies: R2Bucket
  /** The response cache: KV, and the Cache API of this data centre. */
  responses: KVNamespace
  edge: () => Cache
  limiters: LimiterNamespace
  sink: LogSink
  /** `waitUntil` with a name: catches, and logs what went wrong. */
  background: (name: string, work: Promise<void>) => void
}

/** Stores packs at once; used by `LOG_TRANSPORT=direct`. Given from outside: the gateway knows no ingest. */
export type StorePacks = (env: Env, packs: Uint8Array[]) => Promise<void>

type Shared = Omit<Platform, 'background'>

const known = new WeakMap<object, Shared>()

export function platformOf(
  env: Env,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  storePacks: StorePacks,
): Platform {
  const shared = known.get(env) ?? share(env, storePacks)
  return {
    ...shared,
    background: (name, work) => ctx.waitUntil(work.catch((error: unknown) => report(name, error))),
  }
}

function share(env: Env, storePacks: StorePacks): Shared {
  const config = readConfig(env)
  const shared: Shared = {
    config,
    db: env.DB,
    kv: env.KV,
    bodies: env.BODIES,
    responses: env.RESPONSES,
    edge: () => caches.default,
    limiters: env.RATE_LIMITER,
    sink:
      config.logTransport === 'direct'
        ? directSink((packs) => storePacks(env, packs), env.LOG_QUEUE, env.BODIES)
        : queueSink(env.LOG_QUEUE, env.BODIES),
  }
  known.set(env, shared)
  return shared
}

function report(name: string, error: unknown): void {
  logEvent('error', 'background_failed', { name, reason: reasonOf(error) })
}
