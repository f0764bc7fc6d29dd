/** Stored answers and shared ones as responses, and what the client is told of where its answer came from (contract §2.3, §2.6). */
import type { CacheFact, CacheStatus } from '../../contracts/log-record.ts'
import { joinBytes } from '../../lib/bytes.ts'
import { isBodyless } from '../../lib/statuses.ts'
import type { HeaderRecord } from '../exchange.ts'
import type { StoredAnswer } from './stored.ts'

export type CacheState =
  /** A stored answer. */
  | 'HIT'
  /** The provider was called. */
  | 'MISS'
  /** A stored answer past its time, because the provider failed. */
  | 'STALE'
  /** The answer of another call that was already on its way. */
  | 'COALESCED'

/** A call that the cache took no part in was a miss to its caller. */
const STATES: Readonly<Record<CacheStatus, CacheState>> = {
  hit: 'HIT',
  miss: 'MISS',
  coalesced: 'COALESCED',
  stale: 'STALE',
  bypass: 'MISS',
}

/** A stored answer: 200, its headers, and its body; events come in the chunks in which they came from the provider. */
export function storedResponse(answer: StoredAnswer): Response {
  const headers = new Headers(answer.headers)
  if (headers.get('content-type')?.includes('event-stream') === true) {
    return new Response(replay(answer.chunks), { status: 200, headers, encodeBody: 'manual' })
  }
  const body = joinBytes(answer.chunks)
  headers.set('content-length', String(body.byteLength))
  return new Response(body, { status: 200, headers, encodeBody: 'manual' })
}

/** A response of plain parts. */
export function plainResponse(
  status: number,
  headers: [name: string, value: string][],
  body: ReadableStream<Uint8Array> | null,
): Response {
  return new Response(isBodyless(status) ? null : body, {
    status,
    headers: new Headers(headers),
    encodeBody: 'manual',
  })
}

/** What the log says too, for the client. `slot` counts where the answer was stored. */
export function factHeaders({ status, latencyMs }: CacheFact, slot: number): HeaderRecord {
  return answerHeaders(STATES[status], latencyMs === null ? null : { slot, latencyMs })
}

/** Where the answer came from, in both spellings. `stored`: slot from 0, and ms that the provider once took. */
export function answerHeaders(
  state: CacheState,
  stored: { slot: number; latencyMs: number } | null,
): HeaderRecord {
  const headers: HeaderRecord = {
    'helicone-cache': state,
    'helicone-cache-hit': String(state !== 'MISS'),
  }
  if (stored === null) return headers
  headers['helicone-cache-bucket-idx'] = String(stored.slot)
  headers['helicone-cache-latency'] = String(Math.round(stored.latencyMs))
  return headers
}

function replay(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[next]
      next += 1
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
  })
}
