/**
 * Where stored answers lie: the Cache API of this data centre in front, KV behind. Fails open: a place that throws or
 * stays silent holds nothing, says so in `fault`, and the call goes on. Lives under a minute are the Cache API's alone,
 * because KV knows none.
 */
import { logEvent, reasonOf } from '../../lib/log.ts'
import { answerName, edgeUrl } from '../../lib/response-names.ts'
import type { AnswerPlace } from '../../lib/response-names.ts'
import { within } from '../../lib/within.ts'
import { decodeAnswer, encodeAnswer } from './stored.ts'
import type { StoredAnswer } from './stored.ts'

export interface ResponseStore {
  /** Never throws. */
  get(place: AnswerPlace): Promise<Found>
  /** Keeps the answer for `lifeSeconds`. Never throws; for the background of a request. */
  put(place: AnswerPlace, answer: StoredAnswer, lifeSeconds: number): Promise<void>
}

export interface Found {
  answer: StoredAnswer | null
  /** Which place failed, for the log. */
  fault: 'cache_api' | 'kv' | null
}

export interface StorePlaces {
  /** `caches.default`, asked for when needed: where there is none, that throws. */
  edge: () => Cache
  responses: KVNamespace
  /** Origin under which the Worker runs: the Cache API wants a URL of its own host. */
  origin: string
  background: (work: Promise<void>) => void
  /** ms between the tries of a write to KV. */
  retryWaitsMs?: readonly number[]
}

/** KV's own limit; nothing bigger is kept anywhere. */
export const MAX_STORED_BYTES = 25 * 1024 * 1024

const MIN_KV_SECONDS = 60
/** A purge by key cannot reach the other data centres' caches: they forget by themselves. */
const MAX_EDGE_SECONDS = 60
const EDGE_PATIENCE_MS = 150
const KV_PATIENCE_MS = 350
const WRITE_PATIENCE_MS = 5_000
const RETRY_WAITS_MS = [1_000, 4_000]

export function createResponseStore(places: StorePlaces): ResponseStore {
  return {
    get: (place) => find(places, place),
    put: (place, answer, lifeSeconds) => keep(places, place, answer, lifeSeconds),
  }
}

async function find(places: StorePlaces, place: AnswerPlace): Promise<Found> {
  let fault: Found['fault'] = null
  try {
    const bytes = await within(EDGE_PATIENCE_MS, readEdge(places, place))
    const answer = bytes === null ? null : decodeAnswer(bytes)
    if (answer !== null) return { answer, fault: null }
  } catch {
    fault = 'cache_api'
  }
  try {
    const reading = places.responses.get(answerName(place), { type: 'arrayBuffer' })
    const value = await within(KV_PATIENCE_MS, reading)
    if (value === null) return { answer: null, fault }
    const bytes = new Uint8Array(value)
    const answer = decodeAnswer(bytes)
    const leftSeconds = answer === null ? 0 : (answer.freshUntil - Date.now()) / 1_000
    if (leftSeconds >= 1) places.background(writeEdge(places, place, bytes, leftSeconds))
    return { answer, fault }
  } catch {
    return { answer: null, fault: 'kv' }
  }
}

async function keep(
  places: StorePlaces,
  place: AnswerPlace,
  answer: StoredAnswer,
  lifeSeconds: number,
): Promise<void> {
  const size = answer.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  if (lifeSeconds < 1 || size > MAX_STORED_BYTES) return
  const bytes = encodeAnswer(answer)
  if (bytes.byteLength > MAX_STORED_BYTES) return
  const isForKv = lifeSeconds >= MIN_KV_SECONDS
  // At once: a place that stays silent must not keep the answer from the other.
  await Promise.all([
    writeEdge(places, place, bytes, lifeSeconds),
    isForKv ? writeKv(places, place, answer, bytes, lifeSeconds) : null,
  ])
}

async function readEdge(places: StorePlaces, place: AnswerPlace): Promise<Uint8Array | null> {
  const response = await places.edge().match(edgeUrl(places.origin, answerName(place)))
  return response === undefined ? null : new Uint8Array(await response.arrayBuffer())
}

async function writeEdge(
  places: StorePlaces,
  place: AnswerPlace,
  bytes: Uint8Array<ArrayBuffer>,
  lifeSeconds: number,
): Promise<void> {
  const seconds = Math.floor(Math.min(lifeSeconds, MAX_EDGE_SECONDS))
  try {
    const response = new Response(bytes, {
      headers: {
        'cache-control': `public, max-age=${seconds}`,
        'content-type': 'application/octet-stream',
      },
    })
    const writing = places.edge().put(edgeUrl(places.origin, answerName(place)), response)
    await within(WRITE_PATIENCE_MS, writing)
  } catch (error) {
    logEvent('warn', 'cache_save_failed', { place: 'cache_api', reason: reasonOf(error) })
  }
}

async function writeKv(
  places: StorePlaces,
  place: AnswerPlace,
  answer: StoredAnswer,
  bytes: Uint8Array<ArrayBuffer>,
  lifeSeconds: number,
): Promise<void> {
  const waits = places.retryWaitsMs ?? RETRY_WAITS_MS
  for (let tries = 0; ; tries += 1) {
    try {
      await places.responses.put(answerName(place), bytes, {
        expirationTtl: Math.ceil(lifeSeconds),
        metadata: { savedAt: answer.savedAt },
      })
      return
    } catch (error) {
      const waitMs = waits[tries]
      if (waitMs === undefined) {
        logEvent('warn', 'cache_save_failed', { place: 'kv', reason: reasonOf(error) })
        return
      }
      await scheduler.wait(waitMs)
    }
  }
}
