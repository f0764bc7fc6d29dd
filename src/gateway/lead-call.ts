/**
 * A provider call that others may wait for: under a signal that outlives the own client, its answer shared while it comes,
 * and a stored one in its stead where the provider fails and the caller allows it.
 */
import type { ClientWatch } from './cache/client-watch.ts'
import type { CacheAnswer } from './cache/consult.ts'
import type { FlightFailure } from './cache/flights.ts'
import type { CacheLead } from './cache/lead.ts'
import { giveStored, note } from './cache-note.ts'
import type { AttemptResult } from './dispatch/attempt.ts'
import { headersDownstream } from './dispatch/forwarded-headers.ts'
import type { Exchange, SharedCall } from './exchange.ts'
import type { LimitRefusal } from './limits.ts'

export type CallResult = AttemptResult | LimitRefusal

/** What the cache may set going. */
export interface Ways {
  /** Asks the rate limits; at most once per call. */
  admit: () => Promise<LimitRefusal | null>
  /** Calls the provider. */
  call: () => Promise<AttemptResult>
  /** A provider that fails, or takes too long, may be called again. */
  mayRepeat: boolean
}

/** Of the 30 seconds that a request lives behind its client, the rest is for its record. */
const LEFT_BEHIND_MS = 20_000
const GONE: CallResult = { kind: 'client_abort' }
/**
 * Calls the provider for all who wait. When the own client is gone that goes on for the others, but only for so long may
 * the row of this call wait for it.
 */
export async function leadCall(
  exchange: Exchange,
  consulted: CacheAnswer,
  flight: CacheLead,
  ways: Ways,
  client: ClientWatch,
): Promise<CallResult> {
  const work = leadOn(exchange, consulted, flight, ways)
  const gone = client.goneFor(LEFT_BEHIND_MS)
  try {
    return await Promise.race([work, gone.promise.then(() => GONE)])
  } finally {
    gone.forget()
  }
}

/** Exactly one of the lead's ends is told. */
async function leadOn(
  exchange: Exchange,
  consulted: CacheAnswer,
  flight: CacheLead,
  { admit, call }: Ways,
): Promise<CallResult> {
  note(exchange, 'miss', consulted)
  let isTold = false
  try {
    const refusal = await admit()
    if (refusal !== null) return refusal
    exchange.lead = { signal: flight.signal, bytesRead: null, isReading: false }
    const result = await call()
    const stale = isFailure(result) ? await consulted.stale() : null
    isTold = true
    if (!flight.isLeading) {
      drop(exchange, flight, null)
      return result
    }
    if (stale !== null) {
      exchange.lead = null
      if (result.kind === 'answer') result.response.body?.cancel().catch(() => undefined)
      const given = giveStored(exchange, 'stale', consulted, stale)
      flight.openStale(stale)
      return given
    }
    return result.kind === 'answer'
      ? share(exchange, flight, result.response)
      : drop(exchange, flight, result)
  } finally {
    if (!isTold) drop(exchange, flight, null)
  }
}

/** From here on the answer's bytes are captured where they are read, which may be behind this call's own client. */
function share(exchange: Exchange, flight: CacheLead, upstream: Response): AttemptResult {
  exchange.responseHeaders = headersDownstream(upstream.headers).headers
  exchange.answeredStatus = upstream.status
  const step = exchange.plan.findIndex((each) => each === exchange.answered)
  const own = flight.open(upstream, {
    onChunk: (chunk) => exchange.responseBody.add(chunk),
    // Another model's answer is no answer to keep: the caller wanted the first.
    isKept: step === 0,
    step,
  })
  const shared = { signal: flight.signal, bytesRead: flight.bytesRead, isReading: true }
  void noteEnd(shared)
  exchange.lead = shared
  return own === null ? { kind: 'client_abort' } : { kind: 'answer', response: own }
}

async function noteEnd(shared: SharedCall): Promise<void> {
  await shared.bytesRead
  shared.isReading = false
}

function drop<R extends AttemptResult | null>(exchange: Exchange, flight: CacheLead, result: R): R {
  exchange.lead = null
  flight.fail(failureOf(result))
  return result
}

function failureOf(result: AttemptResult | null): FlightFailure {
  switch (result?.kind) {
    case 'timeout':
      return 'timeout'
    case 'unreachable':
    case 'broken':
      return 'unreachable'
    default:
      return 'leader'
  }
}

function isFailure(result: AttemptResult): boolean {
  switch (result.kind) {
    case 'answer':
      return result.response.status >= 500
    case 'client_abort':
      return false
    default:
      return true
  }
}
