/**
 * The leader's part of a flight, all of it in the leader's own request: calls the provider under a signal that fires when
 * nobody waits any more, reads the answer into the flight, and stores it. Its background work keeps the request alive
 * behind its client, so that a client that leaves takes nobody along.
 */
import { logEvent, reasonOf } from '../../lib/log.ts'
import { plainResponse } from './answer.ts'
import type { AnswerHead, Flight, FlightFailure } from './flights.ts'
import type { FlightEnd } from './recording.ts'
import type { StoredAnswer } from './stored.ts'

/** What was read of a provider's answer. */
export interface RecordedAnswer {
  head: AnswerHead
  chunks: Uint8Array[]
  /** From taking the lead to the last byte. */
  latencyMs: number
}

export interface LeadSetting {
  referenceId: string
  /** The leader's client went away. */
  clientSignal: AbortSignal
  /** Longest silence between two chunks. */
  idleTimeoutMs: number
  background: (work: Promise<void>) => void
  /** Stores a whole answer where it may be; true when it did. */
  keep: (answer: RecordedAnswer) => Promise<boolean>
}

export interface CacheLead {
  /** For the provider call, in place of the client's own signal: fires when nobody waits any more. */
  readonly signal: AbortSignal
  /**
   * The provider's answer, whatever its status: everybody who waits gets it. Answers the leader's own copy, or null when
   * its client is gone.
   */
  open(upstream: Response, options?: OpenOptions): Response | null
  /** False when the lead was given to another, because this call was taken for dead: its answer is its own then. */
  readonly isLeading: boolean
  /** Settles when the last byte of what was opened was read, or reading it failed. Never rejects. */
  readonly bytesRead: Promise<void>
  /** A stored answer stands in for a failing provider, for everybody who waits. */
  openStale(answer: StoredAnswer): void
  /** No answer. Must be called when `open` is not, also when the call was refused or a bug ended it. */
  fail(reason: FlightFailure): void
}

export interface OpenOptions {
  /** Sees each chunk once, also those behind the leader's own client. */
  onChunk?: (chunk: Uint8Array) => void
  /** False: shared, but never stored. */
  isKept?: boolean
  /** Step of the plan that answered; the first by default. */
  step?: number
}

/** Takes the lead of a new flight, or of one whose leader is gone. */
export function takeLead(flight: Flight, setting: LeadSetting): CacheLead {
  return new Lead(flight, setting)
}

/** Behind the timers of those who read: they say in their own words that the provider fell silent. */
const GRACE_MS = 100

class Lead implements CacheLead {
  private readonly flight: Flight
  private readonly setting: LeadSetting
  private readonly startedClock = performance.now()
  private readonly turn: number
  private readonly controller = new AbortController()
  private readonly over = Promise.withResolvers<void>()
  private readonly read = Promise.withResolvers<void>()
  private readonly beat: ReturnType<typeof setInterval>
  private silence: ReturnType<typeof setTimeout> | null = null
  private source: ChunkReader | null = null
  private lastChunkAt = 0
  private endedBy: FlightEnd | null = null

  constructor(flight: Flight, setting: LeadSetting) {
    this.flight = flight
    this.setting = setting
    // Resolved by whoever leaves last, in another request perhaps: what happens then must happen in this one.
    const deserted = Promise.withResolvers<void>()
    deserted.promise.then(() => this.stop('deserted')).catch(() => undefined)
    this.turn = flight.lead(deserted.resolve)
    this.beat = setInterval(() => this.isLeading && flight.beat(), flight.pace.beatMs)
    setting.background(this.over.promise)
    setting.clientSignal.addEventListener('abort', this.onClientGone, { once: true })
    if (setting.clientSignal.aborted) this.onClientGone()
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  get bytesRead(): Promise<void> {
    return this.read.promise
  }

  open(upstream: Response, options: OpenOptions = {}): Response | null {
    const { flight } = this
    const head: AnswerHead = {
      status: upstream.status,
      headers: [...upstream.headers],
      referenceId: this.setting.referenceId,
      step: options.step ?? 0,
      source: 'live',
    }
    const seat = flight.open(head)
    const own = seat === null ? null : flight.recording.stream(seat, null)
    void this.record(head, upstream.body, options)
    return own === null ? null : plainResponse(head.status, head.headers, own)
  }

  openStale(answer: StoredAnswer): void {
    const { flight } = this
    const { headers, referenceId } = answer
    const seat = flight.open({ status: 200, headers, referenceId, step: 0, source: 'stale' })
    if (seat !== null) flight.recording.leave(seat)
    for (const chunk of answer.chunks) flight.recording.add(chunk)
    flight.end('complete')
    flight.release(false)
    // The failed answer is nobody's any more.
    this.controller.abort()
    this.finish()
  }

  get isLeading(): boolean {
    return this.flight.isLedBy(this.turn)
  }

  fail(reason: FlightFailure): void {
    if (this.isLeading) this.flight.fail(reason)
    this.finish()
  }

  private readonly onClientGone = (): void => {
    if (this.isLeading) this.flight.leaderLeft()
  }

  /** Wakes when silence would be too long, and looks how long it is. */
  private watchSilence(inMs: number): void {
    this.silence = setTimeout(() => {
      // While the provider is made to wait, its silence is ours.
      if (this.flight.recording.isFull) this.lastChunkAt = Date.now()
      const leftMs = this.setting.idleTimeoutMs - (Date.now() - this.lastChunkAt)
      if (leftMs > 0) {
        this.watchSilence(leftMs + GRACE_MS)
        return
      }
      this.flight.end('timeout')
      this.stop('timeout')
    }, inMs)
  }

  private stop(how: FlightEnd): void {
    this.endedBy ??= how
    this.controller.abort()
    this.source?.cancel()
  }

  private finish(): void {
    clearInterval(this.beat)
    if (this.silence !== null) clearTimeout(this.silence)
    this.setting.clientSignal.removeEventListener('abort', this.onClientGone)
    this.read.resolve()
    this.over.resolve()
  }

  /** Never throws. */
  private async record(
    head: AnswerHead,
    body: ReadableStream<Uint8Array> | null,
    { onChunk, isKept = true }: OpenOptions,
  ): Promise<void> {
    const { flight, setting } = this
    try {
      flight.end(body === null ? 'complete' : await this.readAll(body, onChunk))
      this.read.resolve()
      const chunks = isKept ? flight.recording.whole() : null
      const latencyMs = performance.now() - this.startedClock
      flight.release(chunks !== null && (await setting.keep({ head, chunks, latencyMs })))
    } catch (error) {
      logEvent('warn', 'cache_save_failed', { place: 'flight', reason: reasonOf(error) })
      flight.release(false)
    } finally {
      this.finish()
    }
  }

  private async readAll(
    body: ReadableStream<Uint8Array>,
    onChunk: ((chunk: Uint8Array) => void) | undefined,
  ): Promise<FlightEnd> {
    const { recording } = this.flight
    const source = readChunks(body)
    this.source = source
    this.lastChunkAt = Date.now()
    this.watchSilence(this.setting.idleTimeoutMs + GRACE_MS)
    if (this.endedBy !== null) source.cancel()
    try {
      for (;;) {
        const chunk = await source.next()
        if (chunk === null) return this.endedBy ?? 'complete'
        onChunk?.(chunk)
        recording.add(chunk)
        if (recording.isFull) await recording.room()
        this.lastChunkAt = Date.now()
      }
    } catch {
      return this.endedBy ?? 'broken'
    }
  }
}

/** A network body lends large reads a buffer; by itself the runtime reads 4 KB at a time. */
const BUFFER_BYTES = 16 * 1024

interface ChunkReader {
  /** A chunk of the caller's own; null at the end. */
  next: () => Promise<Uint8Array | null>
  cancel: () => void
}

function readChunks(body: ReadableStream<Uint8Array>): ChunkReader {
  let lending: ReadableStreamBYOBReader
  try {
    lending = body.getReader({ mode: 'byob' })
  } catch {
    // A stream that is made in JavaScript lends no buffer.
    const reader = body.getReader()
    return {
      next: async () => (await reader.read()).value ?? null,
      cancel: () => void reader.cancel().catch(() => undefined),
    }
  }
  let buffer = new ArrayBuffer(BUFFER_BYTES)
  return {
    next: async () => {
      const { done, value } = await lending.read(new Uint8Array(buffer))
      if (done) return null
      buffer = value.buffer as ArrayBuffer
      return value.slice()
    },
    cancel: () => void lending.cancel().catch(() => undefined),
  }
}
