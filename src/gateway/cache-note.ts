/** What the response cache did with a call, for its row and its answer. */
import type { CacheStatus } from '../contracts/log-record.ts'
import { storedResponse } from './cache/answer.ts'
import type { CacheAnswer, CacheFault } from './cache/consult.ts'
import type { StoredAnswer } from './cache/stored.ts'
import type { AttemptResult } from './dispatch/attempt.ts'
import type { Exchange } from './exchange.ts'

export function note(
  exchange: Exchange,
  status: CacheStatus,
  consulted: CacheAnswer | null,
  referenceId: string | null = null,
): void {
  exchange.cache = { status, key: consulted?.key ?? null, referenceId, latencyMs: null }
}

export function noteFaults(exchange: Exchange, faults: readonly CacheFault[]): void {
  if (faults.length === 0) return
  const places = faults.map((fault) => PLACES[fault]).join(' and ')
  exchange.warnings.push({
    code: 'cache_unavailable',
    header: null,
    message: `The response cache could not be read (${places}).`,
  })
}

/** A stored answer, as one that the provider gave. */
export function giveStored(
  exchange: Exchange,
  status: 'hit' | 'stale',
  consulted: CacheAnswer,
  answer: StoredAnswer,
): AttemptResult {
  note(exchange, status, consulted, answer.referenceId)
  if (exchange.cache !== null) exchange.cache.latencyMs = answer.latencyMs
  exchange.cacheSlot = consulted.slot
  // The answer is the asked target's, whatever was tried meanwhile, and no attempt's end is its end.
  exchange.answered = null
  exchange.watch?.stop()
  exchange.watch = null
  return { kind: 'answer', response: storedResponse(answer) }
}

const PLACES: Readonly<Record<CacheFault, string>> = {
  cache_api: 'the Cache API did not answer',
  kv: 'KV did not answer',
  generation: 'it is not known what was purged',
}
