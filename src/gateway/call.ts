/**
 * From a plan to an answer. Without policies the body streams through one attempt. With them it is held, may be cut to
 * the model's context, and goes to step after step, as often as the caller allows, until an answer is good enough;
 * nothing has reached the client until then.
 */
import { attemptCall } from './dispatch/attempt.ts'
import type { AttemptResult } from './dispatch/attempt.ts'
import { awaitFirstBytes } from './dispatch/first-bytes.ts'
import { readReplayable } from './dispatch/replay.ts'
import type { Replayable } from './dispatch/replay.ts'
import { runAttempts } from './dispatch/retry.ts'
import { elapsed } from './exchange.ts'
import type { Exchange, PlannedStep } from './exchange.ts'
import { needsWholeBody } from './policies.ts'
import type { Policies } from './policies.ts'
import { applyContextToBytes, loadContextWindows } from './policy/context-window.ts'
import { openRequestBody, passOn } from './receive/body.ts'
import { overrideBody } from './route/body-override.ts'

/** Calls the provider as often as the policies say. Fills `exchange.answered` and the attempts. */
export async function callProvider(exchange: Exchange, policies: Policies): Promise<AttemptResult> {
  if (needsWholeBody(policies)) return await callHeld(exchange, policies)
  const upload = await openRequestBody(exchange)
  if (upload.isBroken) return { kind: 'client_abort' }
  return await callOnce(exchange, upload.body)
}

async function callOnce(exchange: Exchange, body: BodyInit | null): Promise<AttemptResult> {
  const [step] = exchange.plan
  if (step === undefined) throw new Error('A plan needs a step.')
  exchange.answered = step
  const result = await attemptCall(exchange, step, body, 0)
  return exchange.time.firstTokenMs === null ? result : await firstBytes(exchange, result)
}

async function callHeld(exchange: Exchange, policies: Policies): Promise<AttemptResult> {
  let held: Replayable
  try {
    held = await readReplayable(exchange.request)
  } catch {
    return { kind: 'client_abort' }
  }
  if (held.kind === 'stream') {
    exchange.warnings.push(TOO_LARGE)
    return await callOnce(exchange, passOn(exchange, held.body, held.length))
  }
  if (held.bytes !== null) exchange.requestBody.takeWhole(held.bytes)
  const bytes = held.bytes === null ? null : await fit(exchange, policies, held.bytes)
  const { result, targetIndex } = await runAttempts(
    exchange.plan,
    {
      retry: policies.retry,
      budgetMs: (exchange.time.totalMs ?? Infinity) - elapsed(exchange),
      signal: exchange.request.signal,
    },
    async (step, place) => {
      const body = bodyOf(step, bytes)
      return await firstBytes(exchange, await attemptCall(exchange, step, body, place.waitMs))
    },
  )
  exchange.answered = exchange.plan[targetIndex] ?? null
  return result
}

/** A provider that accepts and then fails or stalls before its first bytes has not answered. */
async function firstBytes(exchange: Exchange, result: AttemptResult): Promise<AttemptResult> {
  if (result.kind !== 'answer') return result
  const { firstTokenMs, totalMs } = exchange.time
  const { startedAtMs = 0 } = exchange.attempts.at(-1) ?? {}
  const now = elapsed(exchange)
  const limits = [
    {
      name: 'first_token',
      leftMs: firstTokenMs === null ? Infinity : startedAtMs + firstTokenMs - now,
    },
    { name: 'total', leftMs: totalMs === null ? Infinity : totalMs - now },
    { name: 'idle', leftMs: exchange.time.idleMs },
  ] as const
  const first = limits.reduce((least, limit) => (limit.leftMs < least.leftMs ? limit : least))
  const opened = await awaitFirstBytes(result.response, first.leftMs, exchange.request.signal)
  if (opened.kind === 'timeout') exchange.timer = first.name
  if (opened.kind !== 'answer') {
    const attempt = exchange.attempts.at(-1)
    if (attempt) attempt.error = opened.kind
  }
  return opened
}

async function fit(exchange: Exchange, policies: Policies, bytes: Uint8Array): Promise<Uint8Array> {
  if (policies.context === null) return bytes
  const contextOf = await loadContextWindows()
  const { modelOverride } = exchange.headers
  const fitted = applyContextToBytes(
    policies.context,
    exchange.dialect,
    bytes,
    contextOf,
    modelOverride,
  )
  if (fitted.changed || fitted.note === 'cannot_fit') {
    exchange.warnings.push({
      code: `context_${fitted.note}`,
      header: 'Helicone-Token-Limit-Exception-Handler',
      message: `The prompt was estimated at ${fitted.estimatedTokens} tokens for a budget of ${fitted.budgetTokens}.`,
    })
  }
  return fitted.bytes
}

function bodyOf(step: PlannedStep, bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null || step.override === null) return bytes
  return overrideBody(bytes, step.override) ?? bytes
}

const TOO_LARGE = {
  code: 'body_too_large_for_policies',
  header: null,
  message: 'The body is too large to be held: it was sent once, without retries or fallbacks.',
}
