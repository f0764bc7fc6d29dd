/**
 * One provider call: fetch, its timer, and the fact of how it went. A provider's error status is an answer like any
 * other; only the lack of an answer is a failure. Redirects are passed on, never followed.
 */
import { elapsed, waiting } from '../exchange.ts'
import type { Exchange, PlannedStep } from '../exchange.ts'
import { headersUpstream } from './forwarded-headers.ts'
import { headersTimer } from './time-policy.ts'
import { watchCall } from './watch.ts'

export type AttemptResult =
  | { kind: 'answer'; response: Response }
  | { kind: 'unreachable' }
  /** The answer broke off before anything of it was passed on. */
  | { kind: 'broken' }
  | { kind: 'timeout' }
  | { kind: 'client_abort' }

/** Calls a step's target and appends the attempt to the exchange. `waitMs` was waited before it. */
export async function attemptCall(
  exchange: Exchange,
  step: PlannedStep,
  body: BodyInit | null,
  waitMs: number,
): Promise<AttemptResult> {
  const { target } = step
  // Whatever ended the attempt before is not what ends this one.
  exchange.timer = null
  const startedAtMs = elapsed(exchange)
  const { result, error } = await call(exchange, step, body)
  const status = result.kind === 'answer' ? result.response.status : null
  exchange.attempts.push({
    provider: target.providerId,
    targetUrl: target.url.origin + target.url.pathname,
    status,
    error: error ?? (result.kind === 'answer' ? null : result.kind),
    startedAtMs,
    durationMs: elapsed(exchange) - startedAtMs,
    waitMs,
  })
  exchange.upstreamStatus = status
  if (result.kind === 'answer') exchange.upstreamHeadersMs = elapsed(exchange)
  return result
}

async function call(
  exchange: Exchange,
  step: PlannedStep,
  body: BodyInit | null,
): Promise<{ result: AttemptResult; error: string | null }> {
  const { time } = exchange
  const budgetLeftMs = (time.totalMs ?? Infinity) - elapsed(exchange)
  const timer = headersTimer(time, budgetLeftMs)
  const watch = watchCall(() => waiting(exchange), timer.limitMs)
  exchange.cutUpstream = watch.cut
  try {
    const response = await send(exchange, step, body, watch.signal)
    return { result: { kind: 'answer', response }, error: null }
  } catch (error) {
    if (watch.hasTimedOut()) {
      exchange.timer = timer.name
      return { result: { kind: 'timeout' }, error: null }
    }
    if (waiting(exchange).aborted || exchange.isUploadCut) {
      return { result: { kind: 'client_abort' }, error: null }
    }
    return { result: { kind: 'unreachable' }, error: describe(error) }
  } finally {
    watch.stop()
  }
}

async function send(
  exchange: Exchange,
  { target, headers }: PlannedStep,
  body: BodyInit | null,
  signal: AbortSignal,
): Promise<Response> {
  const { headerPairs, request } = exchange
  const init: RequestInit = {
    method: request.method,
    headers: headersUpstream(headers === null ? headerPairs : [...headers]),
    body,
    redirect: 'manual',
    signal,
    // The provider's bytes pass as they are, also when it compresses although it was asked not to.
    encodeResponseBody: 'manual',
  }
  if (target.kind === 'sandbox') {
    const { answerSandbox } = await import('../../providers/sandbox/index.ts')
    return await answerSandbox(new Request(target.url, init), target.url.pathname)
  }
  if (target.providerId === 'bedrock') {
    const { signBedrock } = await import('../../providers/bedrock/sign.ts')
    return await fetch(await signBedrock(target.url, init))
  }
  return await fetch(target.url, init)
}

/** A network error's own words, without anything that could carry a URL's query. */
function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : 'unknown error'
  return text.replace(/\?[^\s"']*/g, '').slice(0, 200)
}
