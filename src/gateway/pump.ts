/**
 * Moves a body from one side of the gateway to the other through one reused buffer, showing each part on its way. The
 * runtime's own transform reads 4 KB at a time and pays for every one in JavaScript; this costs a fifth of that on large
 * bodies. Backpressure holds: the next part is read when the last one has been taken.
 */

/** How the flow ended: the source broke, the taker went away, or neither. */
export type PumpEnd = 'complete' | 'source_failed' | 'taker_gone'

export interface Pump {
  /** What the taker reads. */
  readable: ReadableStream<Uint8Array>
  /** Ends both sides at once, for a timer. */
  abort: (reason: Error) => void
  /** Ends the source, and the taker with these last bytes. */
  finishWith: (last: Uint8Array) => void
  /** How long the source has been waited for, in ms; 0 while it is the taker that is waited for. */
  silentMs: () => number
}

export interface PumpOptions {
  /** The body's exact size when it is known. */
  length: number | null
  bufferBytes: number
  /** Must not keep the bytes it is shown. */
  onPart: (part: Uint8Array) => void
  /** Called once. */
  onEnd: (end: PumpEnd) => void
}

export function pump(source: ReadableStream<Uint8Array>, options: PumpOptions): Pump {
  const { length, bufferBytes, onPart, onEnd } = options
  const through = length === null ? new IdentityTransformStream() : new FixedLengthStream(length)
  const reader = openReader(source, bufferBytes)
  const writer = through.writable.getWriter()
  const abort = (reason: Error): void => {
    // The writer first: a silent source may never answer its cancellation.
    writer.abort(reason).catch(() => undefined)
    reader.cancel(reason).catch(() => undefined)
  }
  const wait: Wait = { isForSource: true, sinceClock: performance.now() }
  const silentMs = (): number => (wait.isForSource ? performance.now() - wait.sinceClock : 0)
  let isFinished = false
  const finishWith = (last: Uint8Array): void => {
    isFinished = true
    reader.cancel(new Error('ended by the gateway')).catch(() => undefined)
    writer
      .write(last)
      .then(() => writer.close(), ignore)
      .catch(ignore)
  }
  const run = async (): Promise<void> =>
    onEnd(await move(reader, writer, { onPart, isFinished: () => isFinished, wait }))
  void run()
  return { readable: through.readable, abort, finishWith, silentMs }
}

/** Which side is waited for; one object, written in place for each part. */
interface Wait {
  isForSource: boolean
  /** `performance.now()` when the source was last asked. */
  sinceClock: number
}

interface Move {
  onPart: (part: Uint8Array) => void
  isFinished: () => boolean
  wait: Wait
}

interface PartReader {
  /** The next part, valid until it is asked again; null at the end. */
  next: () => Promise<Uint8Array | null>
  cancel: (reason: unknown) => Promise<void>
}

function openReader(source: ReadableStream<Uint8Array>, bufferBytes: number): PartReader {
  try {
    return reusing(source.getReader({ mode: 'byob' }), bufferBytes)
  } catch {
    // Streams that are made in JavaScript, such as the sandbox's, lend no buffer.
    const reader = source.getReader()
    return {
      next: async () => (await reader.read()).value ?? null,
      cancel: (reason) => reader.cancel(reason),
    }
  }
}

function reusing(reader: ReadableStreamBYOBReader, bufferBytes: number): PartReader {
  let buffer = new ArrayBuffer(bufferBytes)
  return {
    next: async () => {
      const { done, value } = await reader.read(new Uint8Array(buffer))
      if (done) return null
      buffer = value.buffer as ArrayBuffer
      return value
    },
    cancel: (reason) => reader.cancel(reason),
  }
}

async function move(
  reader: PartReader,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { onPart, isFinished, wait }: Move,
): Promise<PumpEnd> {
  for (;;) {
    wait.sinceClock = performance.now()
    wait.isForSource = true
    let part: Uint8Array | null
    try {
      part = await reader.next()
    } catch (error) {
      if (isFinished()) return 'complete'
      writer.abort(error).catch(() => undefined)
      return 'source_failed'
    }
    if (isFinished()) return 'complete'
    // From here on the source is not silent: nobody asks it.
    wait.isForSource = false
    if (part === null) break
    onPart(part)
    try {
      await writer.write(part)
    } catch (error) {
      reader.cancel(error).catch(() => undefined)
      return 'taker_gone'
    }
  }
  try {
    await writer.close()
    return 'complete'
  } catch {
    return 'taker_gone'
  }
}

function ignore(): void {
  // The taker went away meanwhile: there is nobody left to tell.
}
