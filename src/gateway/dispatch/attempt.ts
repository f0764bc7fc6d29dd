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

/** What an attempt is told of those before and after it. */
export interface AttemptOrder {
  /** Ms that were waited before it. */
  waitMs: number
  /** No other attempt follows it, whatever becomes of it. */
  isLast: boolean
}

/** Calls a step's target and appends the attempt to the exchange. */
export async function attemptCall(
  exchange: Exchange,
  step: PlannedStep,
  body: BodyInit | null,
  { waitMs, isLast }: AttemptOrder,
): Promise<AttemptResult> {
  const { target } = step
  // Whatever ended the attempt before is not what ends this one.
  exchange.timer = null
  exchange.watch?.stop()
  exchange.watch = null
  const startedAtMs = elapsed(exchange)
  const { result, error } = await call(exchange, step, body, isLast)
  const endedAtMs = elapsed(exchange)
  const status = result.kind === 'answer' ? result.response.status : null
  exchange.attempts.push({
    provider: target.providerId,
    targetUrl: target.origin + target.path,
    status,
    error: error ?? (result.kind === 'answer' ? null : result.kind),
    startedAtMs,
    durationMs: endedAtMs - startedAtMs,
    waitMs,
  })
  exchange.upstreamStatus = status
  if (result.kind === 'answer') exchange.upstreamHeadersMs = endedAtMs
  return result
}

async function call(
  exchange: Exchange,
  step: PlannedStep,
  body: BodyInit | null,
  isLast: boolean,
): Promise<{ result: AttemptResult; error: string | null }> {
  const { time } = exchange
  const budgetLeftMs = time.totalMs === null ? Infinity : time.totalMs - elapsed(exchange)
  const timer = headersTimer(time, budgetLeftMs)
  // A call that others wait for has a life of its own.
  const watch = watchCall(() => waiting(exchange), timer.limitMs, isLast && exchange.lead === null)
  const answering = send(exchange, step, body, watch.signal)
  try {
    const first = await Promise.race([answering, watch.over])
    if (first instanceof Response) {
      if (!isAnswer(first)) {
        watch.stop()
        dropAnswer(first)
        return { result: { kind: 'unreachable' }, error: `answered with status ${first.status}` }
      }
      // Its timer goes on for who reads the answer.
      watch.limit(Infinity)
      exchange.watch = watch
      return { result: { kind: 'answer', response: first }, error: null }
    }
    watch.stop()
    answering.then(dropAnswer, ignore)
    if (first === 'gone') return { result: { kind: 'client_abort' }, error: null }
    exchange.timer = timer.name
    return { result: { kind: 'timeout' }, error: null }
  } catch (error) {
    watch.stop()
    if (waiting(exchange).aborted || exchange.isUploadCut) {
      return { result: { kind: 'client_abort' }, error: null }
    }
    return { result: { kind: 'unreachable' }, error: describe(error) }
  }
}

/** What else a provider may say is no answer to a call, and cannot be passed on as one. */
function isAnswer({ status }: Response): boolean {
  return status >= 200 && status <= 599
}

/** It came when nobody waited for it any more. */
function dropAnswer({ body }: Response): void {
  body?.cancel().catch(ignore)
}

function ignore(): void {
  // Nobody waits for it.
}

async function send(
  exchange: Exchange,
  { target, headers }: PlannedStep,
  body: BodyInit | null,
  signal: AbortSignal | null,
): Promise<Response> {
  const { requestHeaders, request } = exchange
  const init: RequestInit = {
    method: request.method,
    headers: headersUpstream(headers === null ? requestHeaders : Object.fromEntries(headers)),
    body,
    redirect: 'manual',
    ...(signal !== null && { signal }),
    // The provider's bytes pass as they are, also when it compresses although it was asked not to.
    encodeResponseBody: 'manual',
  }
  if (target.kind === 'sandbox') {
    const { answerSandbox } = await import('../../providers/sandbox/index.ts')
    return await answerSandbox(new Request(target.url, init), target.path)
  }
  if (target.providerId === 'bedrock') {
    const { signBedrock } = await import('../../providers/bedrock/sign.ts')
    return await fetch(await signBedrock(new URL(target.url), init))
  }
  return await fetch(target.url, init)
}

/** A network error's own words, without anything that could carry a URL's query. */
function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : 'unknown error'
  return text.replace(/\?[^\s"']*/g, '').slice(0, 200)
}
