/**
 * Keeps a bounded copy of a body while it passes: its head up to a limit and, when it is longer, its last bytes, where
 * providers put the usage. All captures of an isolate share one budget, because hundreds of streams share 128 MB:
 * when it is spent, bodies still pass, only less of them is kept.
 */

/** Most bytes that all captures of the isolate hold together. */
const BUDGET_BYTES = 32 * 1024 * 1024
/** Bytes kept from the end of a body that outgrew its limit. */
const TAIL_BYTES = 16 * 1024
const FREE_BYTES = 64 * 1024
const FIRST_BUFFER_BYTES = 4 * 1024

let budgetLeft = BUDGET_BYTES

/** What was kept of a body. */
export interface Captured {
  bytes: Uint8Array
  /** null when `bytes` is the whole body; else where the kept tail begins in `bytes`. */
  truncatedAt: number | null
}

export class Capture {
  /** Bytes that passed. */
  total = 0
  private head: Uint8Array | null = null
  private headLength = 0
  private reserved = 0
  private isFull = false
  private tail: Uint8Array | null = null
  private tailTotal = 0
  private limit: number

  /** `limitBytes` is the most that is kept of the head; 0 only counts. */
  constructor(limitBytes: number) {
    this.limit = limitBytes
  }

  /** Takes a whole body that is already in memory, without copying it. Small ones cost nothing of the budget. */
  takeWhole(bytes: Uint8Array): void {
    this.total = bytes.byteLength
    const isKept = bytes.byteLength <= this.limit
    if (isKept && (bytes.byteLength <= FREE_BYTES || this.claim(bytes.byteLength))) {
      this.head = bytes
      this.headLength = bytes.byteLength
    } else {
      this.write(bytes)
    }
  }

  /** Copies a chunk that passes. */
  add(chunk: Uint8Array): void {
    this.total += chunk.byteLength
    this.write(chunk)
  }

  finish(): Captured {
    const head = this.head?.subarray(0, this.headLength) ?? new Uint8Array(0)
    if (!this.isFull) return { bytes: head, truncatedAt: null }
    const tail = this.orderedTail()
    const bytes = new Uint8Array(head.byteLength + tail.byteLength)
    bytes.set(head)
    bytes.set(tail, head.byteLength)
    // Nothing was lost when all that outgrew the head still fits the tail.
    const isWhole = this.tailTotal <= TAIL_BYTES
    return { bytes, truncatedAt: isWhole ? null : head.byteLength }
  }

  /** Drops what is held and gives its share of the budget back; what still comes is only counted. */
  release(): void {
    this.limit = 0
    budgetLeft += this.reserved
    this.reserved = 0
    this.head = null
    this.headLength = 0
    this.tail = null
  }

  private claim(bytes: number): boolean {
    if (bytes > budgetLeft) return false
    budgetLeft -= bytes
    this.reserved += bytes
    return true
  }

  private write(chunk: Uint8Array): void {
    if (this.limit === 0) return
    let rest = chunk
    if (!this.isFull) {
      const wanted = this.headLength + rest.byteLength
      if (wanted > (this.head?.byteLength ?? 0)) this.grow(wanted)
      const room = Math.min(rest.byteLength, (this.head?.byteLength ?? 0) - this.headLength)
      this.head?.set(rest.subarray(0, room), this.headLength)
      this.headLength += room
      if (room === rest.byteLength) return
      this.isFull = true
      rest = rest.subarray(room)
    }
    this.writeTail(rest)
  }

  private grow(wanted: number): void {
    const size = this.head?.byteLength ?? 0
    const target = Math.min(this.limit, Math.max(FIRST_BUFFER_BYTES, size * 2, wanted))
    const extra = target - this.reserved
    if (extra <= 0 || extra > budgetLeft) return
    budgetLeft -= extra
    this.reserved += extra
    const grown = new Uint8Array(target)
    if (this.head) grown.set(this.head.subarray(0, this.headLength))
    this.head = grown
  }

  private writeTail(chunk: Uint8Array): void {
    this.tail ??= new Uint8Array(TAIL_BYTES)
    const last = chunk.subarray(Math.max(0, chunk.byteLength - TAIL_BYTES))
    const skipped = chunk.byteLength - last.byteLength
    const at = (this.tailTotal + skipped) % TAIL_BYTES
    const first = Math.min(last.byteLength, TAIL_BYTES - at)
    this.tail.set(last.subarray(0, first), at)
    this.tail.set(last.subarray(first), 0)
    this.tailTotal += chunk.byteLength
  }

  private orderedTail(): Uint8Array {
    if (!this.tail) return new Uint8Array(0)
    if (this.tailTotal <= TAIL_BYTES) return this.tail.subarray(0, this.tailTotal)
    const at = this.tailTotal % TAIL_BYTES
    const ordered = new Uint8Array(TAIL_BYTES)
    ordered.set(this.tail.subarray(at))
    ordered.set(this.tail.subarray(0, at), TAIL_BYTES - at)
    return ordered
  }
}
