/**
 * The Worker of src/index.ts with bindings that a test can break, and a queue that behaves as badly as the contract of
 * Cloudflare Queues allows. `PUT /__faults` (JSON `Faults`) sets the faults, `GET /__faults` tells what was done.
 */
import worker from '../../src/index.ts'
import type { BreakableBinding, FaultCounts, Faults, Moment } from './faults.ts'
import { NO_FAULTS } from './faults.ts'
import { seededRandom } from './seeded-random.ts'

export { LiveTail } from '../../src/objects/live-tail.ts'
export { RateLimiter } from '../../src/objects/rate-limiter.ts'

/** A redelivery waits this long, so that a dependency may stay down for a while before the retries are spent. */
const REDELIVERY_PAUSE_MS = 100
/** Which operation of a delivery a crash hits, at most. */
const LAST_FATAL_OPERATION = 5

let faults: Faults = NO_FAULTS
let random = seededRandom(1)
const counts: FaultCounts = {
  failures: {},
  deliveries: 0,
  crashes: 0,
  redelivered: 0,
  doubled: 0,
  running: 0,
}

const edge = guarded(caches.default, 'CACHE_API', failWhenBroken)
Object.defineProperty(caches, 'default', { get: () => edge })

/** Awaited around every operation of a binding; a rejection is what the caller sees. */
type Hook = (binding: BreakableBinding, moment: Moment) => Promise<void>

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === '/__faults') return await control(request)
    return await worker.fetch(request, breakable(env, failWhenBroken), ctx)
  },
  async scheduled(controller, env, ctx) {
    await worker.scheduled(controller, breakable(env, failWhenBroken), ctx)
  },
  async queue(batch, env, ctx) {
    counts.deliveries += 1
    counts.running += 1
    try {
      await deliver(batch, env, ctx)
    } finally {
      counts.running -= 1
    }
  },
} satisfies ExportedHandler<Env>

async function control(request: Request): Promise<Response> {
  if (request.method === 'PUT') {
    faults = { ...NO_FAULTS, ...(await request.json<Partial<Faults>>()) }
    random = seededRandom(faults.seed)
  }
  return Response.json(counts)
}

async function failWhenBroken(binding: BreakableBinding, moment: Moment): Promise<void> {
  const fault = faults.broken[binding]
  if (fault === undefined || (fault === 'after') !== (moment === 'after')) return
  counts.failures[binding] = (counts.failures[binding] ?? 0) + 1
  // Each waits by itself: a promise must not be settled from within another request.
  for (const then = faults; fault === 'hang' && faults === then;) await scheduler.wait(20)
  throw new Error(`${binding} is broken`)
}

/** At least once, in any order, sometimes twice at a time, and the consumer may die anywhere. */
async function deliver(batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> {
  const rough = faults
  const later = batch.messages.filter(() => random() < rough.redeliverRate)
  const now = shuffled(batch.messages.filter((message) => !later.includes(message)))
  counts.redelivered += later.length
  for (const message of later) message.retry({ delaySeconds: 0 })
  let isHurt = false
  const answered = new Set<string>()
  const messages = now.map((message) => ({
    id: message.id,
    timestamp: message.timestamp,
    body: message.body,
    attempts: message.attempts,
    ack: () => {
      answered.add(message.id)
      if (random() >= rough.redeliverRate) return message.ack()
      counts.redelivered += 1
      message.retry({ delaySeconds: 0 })
    },
    retry: () => {
      answered.add(message.id)
      isHurt = true
      message.retry({ delaySeconds: 0 })
    },
  }))
  const taken: MessageBatch = { ...batch, queue: batch.queue, messages, ...all(messages) }
  if (random() < rough.doubleRate) {
    counts.doubled += 1
    const echo = messages.map((message) => ({ ...message, ack: () => {}, retry: () => {} }))
    const twin: MessageBatch = { ...taken, messages: echo, ...all(echo) }
    await Promise.all([
      consume(taken, env, ctx, rough),
      worker.queue(twin, breakable(env, failWhenBroken), ctx),
    ])
  } else {
    await consume(taken, env, ctx, rough)
  }
  // After a crash: what was acknowledged before it stays so, the rest comes again.
  for (const message of now) {
    if (!answered.has(message.id)) message.retry({ delaySeconds: 0 })
  }
  if (isHurt) await scheduler.wait(REDELIVERY_PAUSE_MS)
}

async function consume(
  batch: MessageBatch,
  env: Env,
  ctx: ExecutionContext,
  rough: Faults,
): Promise<void> {
  if (random() >= rough.crashRate) {
    return await worker.queue(batch, breakable(env, failWhenBroken), ctx)
  }
  const crash = Promise.withResolvers<void>()
  let left = Math.ceil(random() * LAST_FATAL_OPERATION)
  const dying = breakable(env, async (binding, moment) => {
    await failWhenBroken(binding, moment)
    left -= 0.5
    if (left > 0) return
    counts.crashes += 1
    crash.resolve()
    // What comes after this operation never happens.
    await new Promise(() => {})
  })
  await Promise.race([worker.queue(batch, dying, ctx), crash.promise])
}

function all(messages: readonly Pick<Message, 'ack' | 'retry'>[]) {
  return {
    ackAll: () => messages.forEach((message) => message.ack()),
    retryAll: () => messages.forEach((message) => message.retry()),
  }
}

function breakable(env: Env, hook: Hook): Env {
  return {
    ...env,
    DB: database(env.DB, 'DB', hook),
    LOGS: database(env.LOGS, 'LOGS', hook),
    KV: guarded(env.KV, 'KV', hook),
    BODIES: guarded(env.BODIES, 'BODIES', hook),
    LOG_QUEUE: guarded(env.LOG_QUEUE, 'LOG_QUEUE', hook),
    LOG_DLQ: guarded(env.LOG_DLQ, 'LOG_DLQ', hook),
    RESPONSES: guarded(env.RESPONSES, 'RESPONSES', hook),
    LIVE: objects(env.LIVE, 'LIVE', hook),
    RATE_LIMITER: objects(env.RATE_LIMITER, 'RATE_LIMITER', hook),
  }
}

/** What is asked for by name is a stub, whose calls are guarded. */
function objects<T extends object>(real: T, binding: BreakableBinding, hook: Hook): T {
  return intercept(real, (_, call) => {
    return (...values) => guarded(call(...values) as DurableObjectStub, binding, hook)
  })
}

type Call = (...values: unknown[]) => unknown

const realStatements = new WeakMap<object, object>()

function database(real: D1Database, binding: BreakableBinding, hook: Hook): D1Database {
  const statement = (each: D1PreparedStatement): D1PreparedStatement => {
    const proxy = intercept(each, (name, call) => {
      if (name === 'bind') return (...values) => statement(call(...values) as D1PreparedStatement)
      return around(binding, hook, call)
    })
    realStatements.set(proxy, each)
    return proxy
  }
  return intercept(real, (name, call) => {
    if (name === 'prepare') {
      return (...values) => statement(call(...values) as D1PreparedStatement)
    }
    return around(binding, hook, (...values) => call(...values.map(unwrapped)))
  })
}

function unwrapped(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((each: object) => realStatements.get(each) ?? each)
}

function guarded<T extends object>(real: T, binding: BreakableBinding, hook: Hook): T {
  return intercept(real, (_, call) => around(binding, hook, call))
}

function around(binding: BreakableBinding, hook: Hook, call: Call): Call {
  return async (...values) => {
    await hook(binding, 'before')
    const result = await call(...values)
    await hook(binding, 'after')
    return result
  }
}

function intercept<T extends object>(real: T, wrap: (name: string, call: Call) => Call): T {
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      return wrap(name, (...values) => Reflect.apply(value, target, values) as unknown)
    },
  })
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ value }) => value)
}
