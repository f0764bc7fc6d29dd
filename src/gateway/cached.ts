/**
 * The response cache around a provider call (contract §2.3): a stored answer, the answer of an identical call that is on
 * its way, or the lead for all who come meanwhile. Fails open: without its stores every call goes to the provider, and the
 * answer says so in a warning. Limits are asked before a provider is called; for other answers where the organisation says so.
 */
import type { CacheFact, CacheStatus } from '../contracts/log-record.ts'
import { storedResponse } from './cache/answer.ts'
import { watchClient } from './cache/client-watch.ts'
import type { ClientWatch } from './cache/client-watch.ts'
import { consultCache } from './cache/consult.ts'
import type { CacheAnswer, CacheFault, Followed } from './cache/consult.ts'
import type { CacheLead } from './cache/lead.ts'
import type { CachePolicy } from './cache/policy.ts'
import type { FlightFailure } from './cache/flights.ts'
import { createResponseStore } from './cache/store.ts'
import type { StoredAnswer } from './cache/stored.ts'
import { bodyFor } from './call.ts'
import type { AttemptResult } from './dispatch/attempt.ts'
import { headersDownstream } from './dispatch/forwarded-headers.ts'
import { headersTimer } from './dispatch/time-policy.ts'
import { elapsed } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import type { LimitRefusal } from './limits.ts'
import type { Platform } from './platform.ts'
import type { TakenBody } from './receive/body.ts'

export type CallResult = AttemptResult | LimitRefusal

/** What the cache may set going. */
export interface Ways {
  /** Asks the rate limits; at most once per call. */
  admit: () => Promise<LimitRefusal | null>
  /** Calls the provider. */
  call: () => Promise<AttemptResult>
}

type Consulted<K extends CacheAnswer['kind']> = Extract<CacheAnswer, { kind: K }>

/** Fills `exchange.cache`. */
export async function answerThroughCache(
  exchange: Exchange,
  policy: CachePolicy,
  body: TakenBody,
  platform: Platform,
  ways: Ways,
): Promise<CallResult> {
  if (body.kind !== 'whole') {
    note(exchange, 'bypass', null)
    exchange.warnings.push(BODY_TOO_LARGE)
    return (await ways.admit()) ?? (await ways.call())
  }
  const client = watchClient(exchange.request)
  const startedAtMs = elapsed(exchange)
  const consulted = await consult(exchange, policy, body.bytes, platform, client)
  exchange.cacheMs = elapsed(exchange) - startedAtMs
  warnOf(exchange, consulted.faults)
  switch (consulted.kind) {
    case 'pass':
      note(exchange, 'bypass', consulted)
      return (await ways.admit()) ?? (await ways.call())
    case 'lead':
      return await lead(exchange, consulted, consulted.lead, ways)
    case 'hit': {
      const refusal = await admitReplay(exchange, ways)
      return refusal ?? giveStored(exchange, 'hit', consulted, consulted.answer)
    }
    case 'follow': {
      const refusal = await admitReplay(exchange, ways)
      if (refusal === null) return await follow(exchange, consulted, ways, client)
      consulted.leave()
      return refusal
    }
  }
}

async function consult(
  exchange: Exchange,
  policy: CachePolicy,
  bytes: Uint8Array | null,
  platform: Platform,
  client: ClientWatch,
): Promise<CacheAnswer> {
  const { dialect, id, plan, principal, request, time, url } = exchange
  const [step] = plan
  if (step === undefined || principal === null) return NO_PART
  const { background, edge, responses } = platform
  return await consultCache(
    {
      policy,
      orgId: principal.orgId,
      rowId: id,
      dialect,
      method: request.method,
      url: step.target.url.href,
      headers: step.headers ?? request.headers,
      body: bodyFor(step, bytes) ?? NO_BYTES,
      get clientSignal() {
        return client.signal()
      },
    },
    {
      store: createResponseStore({
        edge,
        responses,
        origin: url.origin,
        background: (work) => background('cache_edge', work),
      }),
      responses,
      background,
      idleTimeoutMs: time.idleMs,
    },
  )
}

/** Calls the provider for all who wait; exactly one of the lead's ends is told. */
async function lead(
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
    exchange.lead = { signal: flight.signal, bytesRead: null }
    const result = await call()
    const stale = isFailure(result) ? await consulted.stale() : null
    isTold = true
    if (stale !== null) {
      exchange.lead = null
      if (result.kind === 'answer') result.response.body?.cancel().catch(() => undefined)
      flight.openStale(stale)
      return giveStored(exchange, 'stale', consulted, stale)
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
  exchange.responseHeaders = headersDownstream(upstream.headers)
  exchange.answeredStatus = upstream.status
  const own = flight.open(upstream, {
    onChunk: (chunk) => exchange.responseBody.add(chunk),
    // Another model's answer is no answer to keep: the caller wanted the first.
    isKept: exchange.answered === exchange.plan[0],
  })
  exchange.lead = { signal: flight.signal, bytesRead: flight.bytesRead }
  return own === null ? { kind: 'client_abort' } : { kind: 'answer', response: own }
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

async function follow(
  exchange: Exchange,
  consulted: Consulted<'follow'>,
  ways: Ways,
  client: ClientWatch,
): Promise<CallResult> {
  const followed = await inTime(exchange, consulted.wait())
  switch (followed?.kind) {
    case undefined:
      client.leave()
      note(exchange, 'miss', consulted)
      return { kind: 'timeout' }
    case 'promoted':
      return await lead(exchange, consulted, followed.lead, ways)
    case 'failed':
      note(exchange, 'miss', consulted)
      return { kind: followed.reason === 'leader' ? 'client_abort' : followed.reason }
    case 'answer': {
      const { head, response } = followed
      note(exchange, head.source === 'live' ? 'coalesced' : 'stale', consulted, head.referenceId)
      return { kind: 'answer', response }
    }
  }
}

/** Null when one of this call's own timers fired first; the exchange then names it. */
async function inTime(exchange: Exchange, followed: Promise<Followed>): Promise<Followed | null> {
  const { time } = exchange
  const first = headersTimer(time, (time.totalMs ?? Infinity) - elapsed(exchange))
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), first.limitMs)
  try {
    const result = await Promise.race([followed, late.promise])
    if (result === null) exchange.timer = first.name
    return result
  } finally {
    clearTimeout(timer)
  }
}

function giveStored(
  exchange: Exchange,
  status: 'hit' | 'stale',
  consulted: CacheAnswer,
  answer: StoredAnswer,
): AttemptResult {
  note(exchange, status, consulted, answer.referenceId)
  if (exchange.cache !== null) exchange.cache.latencyMs = answer.latencyMs
  exchange.cacheSlot = consulted.slot
  // The answer is the asked target's, whatever was tried meanwhile.
  exchange.answered = null
  return { kind: 'answer', response: storedResponse(answer) }
}

async function admitReplay({ principal }: Exchange, { admit }: Ways): Promise<LimitRefusal | null> {
  return principal?.settings.limits_on_cache_hits === true ? await admit() : null
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

function note(
  exchange: Exchange,
  status: CacheStatus,
  consulted: CacheAnswer | null,
  referenceId: string | null = null,
): void {
  const fact: CacheFact = { status, key: consulted?.key ?? null, referenceId, latencyMs: null }
  exchange.cache = fact
}

function warnOf(exchange: Exchange, faults: readonly CacheFault[]): void {
  if (faults.length === 0) return
  const places = faults.map((fault) => PLACES[fault]).join(' and ')
  exchange.warnings.push({
    code: 'cache_unavailable',
    header: null,
    message: `The response cache could not be read (${places}).`,
  })
}

const NO_BYTES = new Uint8Array(0)
const NO_PART: CacheAnswer = {
  kind: 'pass',
  key: null,
  slot: 0,
  faults: [],
  stale: () => Promise.resolve(null),
}

const PLACES: Readonly<Record<CacheFault, string>> = {
  cache_api: 'the Cache API did not answer',
  kv: 'KV did not answer',
  generation: 'it is not known what was purged',
}

const BODY_TOO_LARGE = {
  code: 'body_too_large_for_cache',
  header: null,
  message: 'The body is too large to be compared with stored ones: the cache took no part.',
}
