/**
 * What the cache says to one call: an answer, another call to follow, the lead, or nothing. Order matters: a flight under
 * way is looked for first, then the store, then a flight again in the same breath in which the lead is taken, so that
 * identical calls at once never both reach the provider. Fails open: without a store every call still goes through.
 */
import type { Dialect } from '../../dialects/canonical/summary.ts'
import { answerName, cacheKeyOf } from '../../lib/response-names.ts'
import type { AnswerPlace } from '../../lib/response-names.ts'
import { currentSpace, isPurged } from '../../store/response-cache.ts'
import { plainResponse } from './answer.ts'
import { chooseSlot } from './buckets.ts'
import { keepWithin } from './capacity.ts'
import { PACE, findFlight, startFlight } from './flights.ts'
import type { AnswerHead, AnswerLife, Flight, FlightFailure, FlightPace } from './flights.ts'
import { cacheDigest } from './key.ts'
import { takeLead } from './lead.ts'
import type { CacheLead, RecordedAnswer } from './lead.ts'
import type { CachePolicy } from './policy.ts'
import { isWholeAnswer } from './storable.ts'
import type { Found, ResponseStore } from './store.ts'
import { freshOf, storableHeaders } from './stored.ts'
import type { StoredAnswer } from './stored.ts'

/** The call as it would go upstream. */
export interface CacheCall {
  policy: CachePolicy
  orgId: string
  /** Row of this call: later hits refer to it. */
  rowId: string
  dialect: Dialect
  method: string
  url: string
  headers: Headers
  body: Uint8Array
  /** What else of the caller's policies decides what comes of the call: only the like share one. */
  manner: string
  /** The client went away. */
  clientSignal: AbortSignal
}

export interface CachePlaces {
  store: ResponseStore
  responses: KVNamespace
  /** `waitUntil` with a name: catches and logs. */
  background: (name: string, work: Promise<void>) => void
  idleTimeoutMs: number
  /** 0 (included) to 1 (excluded). */
  random?: () => number
  pace?: FlightPace
}

export type CacheFault = 'cache_api' | 'kv' | 'generation'

interface Consulted {
  /** Name of the answer for people, the log and the purge; null when it could not be made. */
  key: string | null
  slot: number
  /** What failed on the way; the call goes on. */
  faults: CacheFault[]
  /** A stored answer that may stand in for a failing provider: null unless the caller asked with `stale-if-error`. */
  stale: () => Promise<StoredAnswer | null>
}

export type CacheAnswer = Consulted &
  (
    | { kind: 'hit'; answer: StoredAnswer }
    /** `leave` in place of `wait` when the call was refused meanwhile. */
    | { kind: 'follow'; wait: () => Promise<Followed>; leave: () => void }
    | { kind: 'lead'; lead: CacheLead }
    /** The cache has no part in this call. */
    | { kind: 'pass' }
  )

export type Followed =
  | { kind: 'answer'; response: Response; head: AnswerHead }
  | { kind: 'promoted'; lead: CacheLead }
  | { kind: 'failed'; reason: FlightFailure }

/** What may be asked twice with one answer. Others change something, each time. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST'])
/** A slot's share: all of a bucket's slots are read at once. */
const MOST_BUCKET_BYTES = 25 * 1024 * 1024

export async function consultCache(call: CacheCall, places: CachePlaces): Promise<CacheAnswer> {
  if (!METHODS.has(call.method)) return pass([])
  const { policy, orgId } = call
  const space = await currentSpace(places.responses, orgId, policy.seed, (work) =>
    places.background('cache-generation', work),
  )
  // Without the generation a purged answer could come back.
  if (space === null) return pass(['generation'])
  const digest = await cacheDigest({ ...call, space, ignoreKeys: policy.ignoreKeys })
  const look = new Look(call, places, space, digest)
  return policy.read ? await look.readAndLead() : await look.leadAlone()
}

function pass(faults: CacheFault[]): CacheAnswer {
  return { kind: 'pass', key: null, slot: 0, faults, stale: async () => null }
}

/** One call's look into the cache. */
class Look {
  private readonly call: CacheCall
  private readonly places: CachePlaces
  private readonly space: string
  private readonly digest: string
  private readonly random: () => number
  private readonly life: AnswerLife | null
  private readonly faults: CacheFault[] = []
  private expired: StoredAnswer | null = null
  private hasLooked = false

  constructor(call: CacheCall, places: CachePlaces, space: string, digest: string) {
    this.call = call
    this.places = places
    this.space = space
    this.digest = digest
    this.random = places.random ?? Math.random
    this.life = call.policy.save ? call.policy : null
  }

  async readAndLead(): Promise<CacheAnswer> {
    const { buckets } = this.call.policy
    if (buckets === 1) {
      const early = this.join(0)
      if (early !== null) return early
    }
    const slots = (await this.readSlots()).map(
      // What is just being stored counts as stored.
      (answer, slot) => answer ?? this.justStored(slot),
    )
    const choice = chooseSlot(slots, this.random)
    if (choice.kind === 'hit') return this.hit(choice.slot, choice.answer)
    const free = choice.empty.find((slot) => findFlight(this.flightOf(slot)) === null)
    if (free !== undefined) return this.startLead(free, true)
    const taken = choice.empty[Math.floor(this.random() * choice.empty.length)] ?? 0
    return this.join(taken) ?? this.startLead(taken, true)
  }

  /** Saving only: nobody's answer is used, so nobody is followed. A full bucket has a slot written anew. */
  async leadAlone(): Promise<CacheAnswer> {
    const { buckets } = this.call.policy
    if (buckets === 1) return this.startLead(0, false)
    const choice = chooseSlot(await this.readSlots(), this.random)
    const slot = choice.kind === 'hit' ? choice.slot : (choice.empty[0] ?? 0)
    return this.startLead(slot, false)
  }

  private hit(slot: number, answer: StoredAnswer): CacheAnswer {
    return { kind: 'hit', answer, ...this.consulted(slot) }
  }

  /** The flight of this slot, when there is one: as a hit once its answer is whole. */
  private join(slot: number): CacheAnswer | null {
    const flight = findFlight(this.flightOf(slot))
    if (flight === null) return null
    if (flight.stored !== null) {
      const answer = this.justStored(slot)
      return answer === null ? null : this.hit(slot, answer)
    }
    flight.life ??= this.life
    // Asked for now: by the time that the caller waits, the flight could be over.
    const result = flight.follow(this.call.clientSignal)
    return {
      kind: 'follow',
      wait: () => this.followed(flight, slot, result),
      leave: () => void result.then((settled) => flight.dismiss(settled)),
      ...this.consulted(slot),
    }
  }

  private justStored(slot: number): StoredAnswer | null {
    const name = this.nameOf(slot)
    const answer = freshOf(findFlight(this.flightOf(slot))?.stored ?? null)
    return answer === null || isPurged(name, answer.savedAt) ? null : answer
  }

  private async followed(
    flight: Flight,
    slot: number,
    result: ReturnType<Flight['follow']>,
  ): Promise<Followed> {
    const settled = await result
    switch (settled.kind) {
      case 'failed':
        return settled
      case 'promoted':
        return { kind: 'promoted', lead: this.leadOf(flight, slot) }
      case 'answer': {
        const { head, seat } = settled
        const watch = {
          isDead: () => !flight.recording.hasEnded && flight.isLeaderDead(),
          onDead: () => flight.end('broken'),
          everyMs: flight.pace.beatMs,
        }
        const body = flight.recording.stream(seat, watch)
        return { kind: 'answer', response: plainResponse(head.status, head.headers, body), head }
      }
    }
  }

  private startLead(slot: number, isShared: boolean): CacheAnswer {
    const flight = startFlight(this.flightOf(slot), isShared, this.places.pace ?? PACE)
    flight.life = this.life
    return { kind: 'lead', lead: this.leadOf(flight, slot), ...this.consulted(slot) }
  }

  private leadOf(flight: Flight, slot: number): CacheLead {
    const { background, idleTimeoutMs } = this.places
    return takeLead(flight, {
      referenceId: this.call.rowId,
      clientSignal: this.call.clientSignal,
      idleTimeoutMs,
      background: (work) => background('cache-flight', work),
      keep: (recorded) => this.keep(flight, slot, recorded),
    })
  }

  private async keep(flight: Flight, slot: number, recorded: RecordedAnswer): Promise<boolean> {
    const { head, chunks, latencyMs } = recorded
    const { life } = flight
    if (life === null || head.status !== 200 || head.source !== 'live') return false
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    if (bytes > MOST_BUCKET_BYTES / this.call.policy.buckets) return false
    if (!isWholeAnswer(this.call.dialect, head.headers, chunks)) return false
    const savedAt = Date.now()
    const answer: StoredAnswer = {
      headers: storableHeaders(head.headers),
      chunks,
      latencyMs,
      referenceId: head.referenceId,
      savedAt,
      freshUntil: savedAt + life.ttlSeconds * 1_000,
    }
    flight.stored = answer
    const { store } = this.places
    await store.put(this.placeOf(slot), answer, life.ttlSeconds + life.staleIfErrorSeconds)
    if (life.capacity !== null) {
      await keepWithin(life.capacity, this.places.responses, this.call.orgId, this.space)
    }
    return true
  }

  /** Fresh answers by slot; an expired one is remembered for `stale`. */
  private async readSlots(): Promise<(StoredAnswer | null)[]> {
    this.hasLooked = true
    const { buckets } = this.call.policy
    const found = await Promise.all(
      Array.from({ length: buckets }, (_, slot) => this.places.store.get(this.placeOf(slot))),
    )
    return found.map((each, slot) => this.judge(each, slot))
  }

  private judge({ answer, fault }: Found, slot: number): StoredAnswer | null {
    if (fault !== null && !this.faults.includes(fault)) this.faults.push(fault)
    // It was on its way to the store while it was purged.
    if (answer !== null && isPurged(this.nameOf(slot), answer.savedAt)) return null
    const fresh = freshOf(answer)
    if (fresh === null && answer !== null) this.expired ??= answer
    return fresh
  }

  private consulted(slot: number): Consulted {
    const { faults } = this
    return {
      key: cacheKeyOf(this.space, this.digest),
      slot,
      faults,
      stale: () => this.stale(),
    }
  }

  private async stale(): Promise<StoredAnswer | null> {
    const { read, staleIfErrorSeconds } = this.call.policy
    if (!read || staleIfErrorSeconds === 0) return null
    if (!this.hasLooked) {
      const fresh = (await this.readSlots()).find((answer) => answer !== null)
      if (fresh) return fresh
    }
    const { expired } = this
    if (expired === null) return null
    return Date.now() < expired.freshUntil + staleIfErrorSeconds * 1_000 ? expired : null
  }

  private placeOf(slot: number): AnswerPlace {
    return { orgId: this.call.orgId, space: this.space, digest: this.digest, slot }
  }

  /** Who wants other things done when the provider fails, or in another time, leads a call of its own. */
  private flightOf(slot: number): string {
    return `${this.nameOf(slot)} ${this.call.manner}`
  }

  private nameOf(slot: number): string {
    return answerName(this.placeOf(slot))
  }
}
