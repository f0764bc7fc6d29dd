/**
 * Identical calls at once become one provider call: the first leads, the others follow its answer as it comes. Flights
 * live in isolate memory and hold plain data only: whatever a request waits for it made itself, and others only resolve
 * it; no request touches another's streams, timers or signals.
 */
import { Recording } from './recording.ts'
import type { FlightEnd, Seat } from './recording.ts'
import type { StoredAnswer } from './stored.ts'

/** Status and headers as plain data: a Headers or Response would belong to one request. */
export interface AnswerHead {
  status: number
  headers: [name: string, value: string][]
  /** Row of the request that called the provider. */
  referenceId: string
  /** Step of the plan that answered; those who share a call have the same plan. */
  step: number
  /** `live` is a provider's answer; `stale` is a stored one that stands in for it. */
  source: 'live' | 'stale'
}

export type FlightFailure =
  /** The leader went away or was refused: says nothing about the provider. */
  | 'leader'
  /** The provider could not be reached, or not in time. */
  | 'unreachable'
  | 'timeout'

export type FollowResult =
  | { kind: 'answer'; head: AnswerHead; seat: Seat }
  /** The leader is gone: this follower calls the provider, for all that still wait. */
  | { kind: 'promoted' }
  | { kind: 'failed'; reason: FlightFailure }

/** As the caller asked; the first that asks decides for all. */
export interface AnswerLife {
  ttlSeconds: number
  staleIfErrorSeconds: number
  capacity: number | null
}

/** Given so that a test can choose them. */
export interface FlightPace {
  /** How often a leader shows that it lives, and a follower looks. */
  beatMs: number
  /** A leader that was not seen for so long is dead: the runtime ended it without a word. */
  deadMs: number
  /** How long an answer stays joinable behind its end, so that nobody falls between flight and store. */
  lingerMs: number
}

export const PACE: FlightPace = { beatMs: 2_000, deadMs: 10_000, lingerMs: 1_500 }

/** An answer that is whole but whose keeper never reported back is dropped after this. */
const KEEP_AT_MOST_MS = 30_000
/** After a failing provider so many followers try again, one after the other; then all fail. */
const MOST_RETRIES = 1

type Settle = (result: FollowResult) => void

const flights = new Map<string, Flight>()

export class Flight {
  readonly name: string
  readonly pace: FlightPace
  readonly recording = new Recording(() => this.noteLeaving())
  head: AnswerHead | null = null
  /** How long its answer is to be kept; null while nobody of those who wait asked for it. */
  life: AnswerLife | null = null
  /** The whole answer, from the moment on which it is being stored: it is as good as a stored one. */
  stored: StoredAnswer | null = null
  private turn = 0
  private beatAt = Date.now()
  /** Epoch ms from which nobody may join any more. */
  private expiresAt = Number.POSITIVE_INFINITY
  private readonly waiting = new Set<Settle>()
  private retries = 0
  private hasFailed = false
  /** A leader that waits for the head itself; behind it the leader is a reader like any other. */
  private isLeaderWaiting = true
  private stop: (() => void) | null = null

  constructor(name: string, pace: FlightPace) {
    this.name = name
    this.pace = pace
  }

  get isJoinable(): boolean {
    const isAlive = this.recording.hasEnded || !this.isLeaderDead()
    return !this.hasFailed && this.recording.isWhole && isAlive && Date.now() < this.expiresAt
  }

  /**
   * The leader, or its successor, says here how to stop the provider call; others may call that. Answers its turn: who has
   * been taken for dead and comes back finds that the lead is another's.
   */
  lead(stop: () => void): number {
    this.isLeaderWaiting = true
    this.beatAt = Date.now()
    this.stop = stop
    this.turn += 1
    return this.turn
  }

  isLedBy(turn: number): boolean {
    return this.turn === turn
  }

  beat(): void {
    this.beatAt = Date.now()
  }

  /** The leader's client is gone. The call goes on as long as anybody else waits for it. */
  leaderLeft(): void {
    this.isLeaderWaiting = false
    this.noteLeaving()
  }

  /**
   * The answer's status and headers are there; its bytes follow in `recording`. The leader's own seat, or null when
   * its client is gone.
   */
  open(head: AnswerHead): Seat | null {
    this.head = head
    const own = this.isLeaderWaiting ? this.recording.sit() : null
    this.isLeaderWaiting = false
    for (const settle of this.takeWaiting()) {
      settle({ kind: 'answer', head, seat: this.recording.sit() })
    }
    return own
  }

  /** No answer came. A follower takes over where that may help; else all of them hear why. */
  fail(reason: FlightFailure): void {
    if (this.head !== null || this.hasFailed) return
    const mayRetry = reason === 'leader' || this.retries < MOST_RETRIES
    if (reason !== 'leader') this.retries += 1
    const [next] = this.waiting
    if (mayRetry && next !== undefined) {
      this.promote(next)
      return
    }
    this.hasFailed = true
    drop(this)
    for (const settle of this.takeWaiting()) settle({ kind: 'failed', reason })
  }

  /** The bytes are over. A whole answer stays joinable until `release`, others are gone at once. */
  end(how: FlightEnd): void {
    this.recording.end(how)
    if (this.recording.isWhole) this.expiresAt = Date.now() + KEEP_AT_MOST_MS
    else drop(this)
  }

  /** The answer is stored (`lingers`), or will not be: later calls look in the store, or call the provider. */
  release(lingers: boolean): void {
    if (lingers) this.expiresAt = Date.now() + this.pace.lingerMs
    else drop(this)
  }

  /** Waits for the answer's head. `signal` is the follower's own: its client went away. */
  async follow(signal: AbortSignal): Promise<FollowResult> {
    const { head } = this
    if (head !== null) return { kind: 'answer', head, seat: this.recording.sit() }
    const { promise, resolve } = Promise.withResolvers<FollowResult>()
    const watch = setInterval(() => {
      if (this.isLeaderDead() && this.waiting.has(resolve)) this.promote(resolve)
    }, this.pace.beatMs)
    const leave = (): void => {
      if (!this.waiting.delete(resolve)) return
      resolve({ kind: 'failed', reason: 'leader' })
      this.noteLeaving()
    }
    this.waiting.add(resolve)
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await promise
    } finally {
      clearInterval(watch)
      signal.removeEventListener('abort', leave)
    }
  }

  /** Nobody reads what a follower was given; a lead that it was given goes to the next. */
  dismiss(settled: FollowResult): void {
    if (settled.kind === 'answer') this.recording.leave(settled.seat)
    if (settled.kind === 'promoted') this.fail('leader')
  }

  isLeaderDead(): boolean {
    return Date.now() - this.beatAt > this.pace.deadMs
  }

  private promote(next: Settle): void {
    this.waiting.delete(next)
    void this.lead(() => undefined)
    next({ kind: 'promoted' })
  }

  private takeWaiting(): Settle[] {
    const waiting = [...this.waiting]
    this.waiting.clear()
    return waiting
  }

  private noteLeaving(): void {
    if (this.isLeaderWaiting || this.waiting.size > 0 || this.recording.readers > 0) return
    if (this.recording.hasEnded) return
    drop(this)
    this.stop?.()
    this.stop = null
  }
}

/** The flight that a call with this name may join, or null. */
export function findFlight(name: string): Flight | null {
  const flight = flights.get(name)
  if (flight === undefined) return null
  if (flight.isJoinable) return flight
  drop(flight)
  return null
}

/** A new flight under this name, led by the caller. One that is not shared is nobody else's business. */
export function startFlight(name: string, isShared: boolean, pace: FlightPace = PACE): Flight {
  sweep()
  const flight = new Flight(name, pace)
  if (isShared) flights.set(name, flight)
  return flight
}

/** Flights that can be joined no more give their memory back. */
function sweep(): void {
  for (const flight of flights.values()) {
    if (flight.isJoinable) continue
    if (flight.isLeaderDead()) flight.recording.end('broken')
    drop(flight)
  }
  Recording.forgive(Date.now())
}

/** Whoever reads it already goes on; nobody can join. */
function drop(flight: Flight): void {
  if (flights.get(flight.name) === flight) flights.delete(flight.name)
  flight.recording.letGo()
}
