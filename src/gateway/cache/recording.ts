/**
 * The bytes of one answer while it comes, for any number of readers at their own pace. Chunks are kept once and shared by
 * reference. Up to a cap the provider is read freely and the whole is kept; beyond it only what the slowest reader still
 * needs is, the provider is read at that reader's pace, and nobody new can join.
 */

export type FlightEnd = 'complete' | 'broken' | 'timeout' | 'deserted'

/** Most bytes kept of one answer: more could not be stored. */
export const MOST_KEPT_BYTES = 25 * 1024 * 1024
/** Most bytes that all recordings of the isolate keep together, of its 128 MB. */
const BUDGET_BYTES = 32 * 1024 * 1024
/** Bytes in front of the slowest reader, once not all is kept. */
const WINDOW_BYTES = 256 * 1024
/** A reader that takes nothing for so long holds the others up, and is cut off. */
const STALL_MS = 30_000
/** A reader whose request the runtime ended never says so; what it held stops counting after this. */
const FORGIVE_MS = 600_000

let budgetLeft = BUDGET_BYTES
const holding = new Set<Recording>()

/** One reader's place. Plain data: it may be made for a request by another. */
export interface Seat {
  /** Index of the chunk that it takes next. */
  next: number
  wake: (() => void) | null
  isCut: boolean
}

/** How a reader learns that the source died without a word. */
export interface SourceWatch {
  isDead: () => boolean
  onDead: () => void
  everyMs: number
}

export class Recording {
  private chunks: Uint8Array[] = []
  /** Index of `chunks[0]` in the whole answer. */
  private first = 0
  private keptBytes = 0
  /** Only what readers still need is kept. */
  private isPassing = false
  private endedAs: FlightEnd | null = null
  private endedAt = 0
  private readonly seats = new Set<Seat>()
  private readonly onReaderLeft: () => void
  private wakeSource: (() => void) | null = null

  constructor(onReaderLeft: () => void) {
    this.onReaderLeft = onReaderLeft
  }

  /** All bytes from the first are here, so that anybody can still join. */
  get isWhole(): boolean {
    return !this.isPassing && (this.endedAs === null || this.endedAs === 'complete')
  }

  get hasEnded(): boolean {
    return this.endedAs !== null
  }

  get readers(): number {
    return this.seats.size
  }

  /** The whole answer, once it ended and while it is kept. */
  whole(): Uint8Array[] | null {
    return this.endedAs === 'complete' && !this.isPassing ? this.chunks : null
  }

  add(chunk: Uint8Array): void {
    if (chunk.byteLength === 0 || this.endedAs !== null) return
    if (this.keptBytes + chunk.byteLength > MOST_KEPT_BYTES || chunk.byteLength > budgetLeft) {
      this.isPassing = true
    }
    // A small chunk often looks into a big buffer that would be kept with it.
    const isView = chunk.byteLength < chunk.buffer.byteLength
    this.chunks.push(isView ? chunk.slice() : chunk)
    this.keptBytes += chunk.byteLength
    budgetLeft -= chunk.byteLength
    holding.add(this)
    this.trim()
    this.wakeReaders()
  }

  /** Not all is kept, and the slowest reader is far behind: the provider has to wait. */
  get isFull(): boolean {
    return this.isPassing && this.endedAs === null && this.keptBytes > WINDOW_BYTES
  }

  /** Resolves when the provider may be read on. Only the leader waits here. */
  async room(): Promise<void> {
    while (this.isFull) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.wakeSource = resolve
      const timer = setTimeout(() => {
        this.cutSlowest()
        resolve()
      }, STALL_MS)
      await promise
      clearTimeout(timer)
    }
    this.wakeSource = null
  }

  end(how: FlightEnd): void {
    if (this.endedAs !== null) return
    this.endedAs = how
    this.endedAt = Date.now()
    this.wakeReaders()
    this.wakeSource?.()
    if (how !== 'complete') this.letGo()
  }

  /** Nobody can join any more: what no reader needs is given back. */
  letGo(): void {
    this.isPassing = true
    this.trim()
  }

  /** A place for one more reader, from the first byte. Only while `isWhole`. */
  sit(): Seat {
    const seat: Seat = { next: 0, wake: null, isCut: false }
    this.seats.add(seat)
    return seat
  }

  /** The answer for the reader in this seat; made and read in its own request. `watch` null: it is the source's own. */
  stream(seat: Seat, watch: SourceWatch | null): ReadableStream<Uint8Array> {
    const timer = watch === null ? null : setInterval(() => look(watch), watch.everyMs)
    const leave = (): void => {
      if (timer !== null) clearInterval(timer)
      this.leave(seat)
    }
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const taken = await this.take(seat)
          if (taken instanceof Uint8Array) {
            controller.enqueue(taken)
            return
          }
          leave()
          if (taken === 'complete') controller.close()
          else controller.error(new Error(`The provider's answer ended early: ${taken}.`))
        },
        cancel: leave,
      },
      { highWaterMark: 0 },
    )
  }

  leave(seat: Seat): void {
    if (!this.seats.delete(seat)) return
    this.trim()
    this.wakeSource?.()
    this.onReaderLeft()
  }

  /** Gives memory back that only vanished readers hold. */
  static forgive(now: number): void {
    for (const recording of holding) {
      if (recording.endedAs !== null && now - recording.endedAt > FORGIVE_MS) {
        recording.giveBack(recording.keptBytes)
      }
    }
  }

  private async take(seat: Seat): Promise<Uint8Array | FlightEnd> {
    for (;;) {
      if (seat.isCut) return 'broken'
      const chunk = this.chunks[seat.next - this.first]
      if (chunk !== undefined) {
        seat.next += 1
        this.trim()
        return chunk
      }
      if (this.endedAs !== null) return this.endedAs
      // Made by the reader's own request, so that its continuation runs there, whoever resolves it.
      const { promise, resolve } = Promise.withResolvers<void>()
      seat.wake = resolve
      await promise
      seat.wake = null
    }
  }

  private wakeReaders(): void {
    for (const seat of this.seats) seat.wake?.()
  }

  /** Drops the chunks that every reader has taken, once not all is kept. */
  private trim(): void {
    if (!this.isPassing) return
    let slowest = this.first + this.chunks.length
    for (const seat of this.seats) slowest = Math.min(slowest, seat.next)
    if (slowest === this.first) return
    const gone = this.chunks.splice(0, slowest - this.first)
    this.first = slowest
    this.giveBack(gone.reduce((sum, chunk) => sum + chunk.byteLength, 0))
    this.wakeSource?.()
  }

  private giveBack(bytes: number): void {
    const given = Math.min(bytes, this.keptBytes)
    this.keptBytes -= given
    budgetLeft += given
    if (this.keptBytes === 0) holding.delete(this)
  }

  private cutSlowest(): void {
    const slowest = Math.min(...[...this.seats].map((seat) => seat.next))
    for (const seat of this.seats) {
      if (seat.next > slowest) continue
      seat.isCut = true
      this.seats.delete(seat)
      seat.wake?.()
    }
    this.trim()
    this.onReaderLeft()
  }
}

function look(watch: SourceWatch): void {
  if (watch.isDead()) watch.onDead()
}
