/**
 * From a plan to a provider's answer. Without policies the body goes through one attempt. With them it goes to step after
 * step, as often as the caller allows, until an answer is good enough; nothing has reached the client until then.
 */
import { attemptCall } from './dispatch/attempt.ts'
import type { AttemptResult } from './dispatch/attempt.ts'
import { awaitFirstBytes } from './dispatch/first-bytes.ts'
import { runAttempts } from './dispatch/retry.ts'
import type { TimerName } from './dispatch/time-policy.ts'
import { elapsed, waiting } from './exchange.ts'
import type { Exchange, PlannedStep } from './exchange.ts'
import { mayRepeat } from './policies.ts'
import type { Policies } from './policies.ts'
import type { TakenBody } from './receive/body.ts'
import { overrideBody } from './route/body-override.ts'

/** Calls the provider as often as the policies say. Fills `exchange.answered` and the attempts. */
export async function callProvider(
  exchange: Exchange,
  policies: Policies,
  body: Exclude<TakenBody, { kind: 'cut' }>,
): Promise<AttemptResult> {
  if (body.kind === 'stream') return await callOnce(exchange, body.open())
  if (mayRepeat(policies)) return await callRepeatedly(exchange, policies, body.bytes)
  return await callOnce(exchange, body.bytes, mayBeReplaced(policies))
}

/** A stored answer may stand in as long as nothing has reached the client. */
function mayBeReplaced({ cache }: Policies): boolean {
  return cache !== null && cache.staleIfErrorSeconds > 0
}

async function callOnce(
  exchange: Exchange,
  body: BodyInit | null,
  isHeldBack = false,
): Promise<AttemptResult> {
  const [step] = exchange.plan
  if (step === undefined) throw new Error('A plan needs a step.')
  exchange.answered = step
  const result = await attemptCall(exchange, step, body, { waitMs: 0, isLast: true })
  if (exchange.time.firstTokenMs === null && !isHeldBack) return result
  return await firstBytes(exchange, result)
}

async function callRepeatedly(
  exchange: Exchange,
  policies: Policies,
  bytes: Uint8Array | null,
): Promise<AttemptResult> {
  const { result, targetIndex } = await runAttempts(
    exchange.plan,
    {
      retry: policies.retry,
      budgetMs: (exchange.time.totalMs ?? Infinity) - elapsed(exchange),
      signal: waiting(exchange),
    },
    async (step, place) => {
      const body = bodyFor(step, bytes)
      const { waitMs } = place
      const result = await attemptCall(exchange, step, body, { waitMs, isLast: false })
      return await firstBytes(exchange, result)
    },
  )
  exchange.answered = exchange.plan[targetIndex] ?? null
  return result
}

/** A provider that accepts and then fails or stalls before its first bytes has not answered. */
async function firstBytes(exchange: Exchange, result: AttemptResult): Promise<AttemptResult> {
  if (result.kind !== 'answer') return result
  const { startedAtMs = 0 } = exchange.attempts.at(-1) ?? {}
  let limit = firstLimit(exchange, startedAtMs, true)
  const restMs = (isFirst: boolean): number => {
    limit = firstLimit(exchange, startedAtMs, isFirst)
    return limit.leftMs
  }
  const opened = await awaitFirstBytes(result.response, limit.leftMs, waiting(exchange), restMs)
  if (opened.kind === 'timeout') exchange.timer = limit.name
  if (opened.kind !== 'answer') {
    const attempt = exchange.attempts.at(-1)
    if (attempt) attempt.error = opened.kind
  }
  return opened
}

interface Limit {
  name: TimerName
  leftMs: number
}

/** The timer that fires first when nothing comes from now on. `isFirst`: nothing was said yet. */
function firstLimit(exchange: Exchange, startedAtMs: number, isFirst: boolean): Limit {
  const { firstTokenMs, totalMs, idleMs } = exchange.time
  const now = elapsed(exchange)
  const dueMs = isFirst && firstTokenMs !== null ? startedAtMs + firstTokenMs : Infinity
  const limits: Limit[] = [
    { name: 'first_token', leftMs: dueMs - now },
    { name: 'total', leftMs: (totalMs ?? Infinity) - now },
    { name: 'idle', leftMs: idleMs },
  ]
  return limits.reduce((least, limit) => (limit.leftMs < least.leftMs ? limit : least))
}

/** The body as a step sends it. */
export function bodyFor(step: PlannedStep, bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null || step.override === null) return bytes
  return overrideBody(bytes, step.override) ?? bytes
}
