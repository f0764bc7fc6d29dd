/**
 * Undoes a body's content encoding. A body that was cut in the middle yields what could be decoded, and no body yields
 * more than `limitBytes`, so that a small bomb cannot exhaust the isolate. Never throws.
 */
import { joinBytes } from '../lib/bytes.ts'

const DEFAULT_LIMIT_BYTES = 16 * 1024 * 1024

/**
 * Decodes `gzip` and `deflate` (zlib or raw), also several in a row as `Content-Encoding` lists them. An encoding that
 * is not known here, or bytes that are not what the header says, come back as they are.
 */
export async function decodeBody(
  bytes: Uint8Array,
  contentEncoding: string | null,
  limitBytes: number = DEFAULT_LIMIT_BYTES,
): Promise<Uint8Array> {
  const encodings = (contentEncoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  let decoded = bytes
  // The header lists encodings in the order they were applied.
  for (const name of encodings.toReversed()) {
    const formats = formatsOf(name)
    if (formats.length === 0) return decoded
    decoded = await decodeAny(decoded, formats, limitBytes)
  }
  return decoded
}

function formatsOf(name: string): readonly CompressionFormat[] {
  if (name === 'gzip' || name === 'x-gzip') return ['gzip']
  // Servers disagree on whether "deflate" has the zlib wrapper.
  return name === 'deflate' ? ['deflate', 'deflate-raw'] : []
}

type CompressionFormat = 'gzip' | 'deflate' | 'deflate-raw'

async function decodeAny(
  bytes: Uint8Array,
  formats: readonly CompressionFormat[],
  limitBytes: number,
): Promise<Uint8Array> {
  for (const format of formats) {
    const decoded = await inflate(bytes, format, limitBytes)
    if (decoded.byteLength > 0) return decoded
  }
  return bytes
}

/** Compressed bytes given to the decoder at once: what they can blow up to has to fit in memory. */
const PIECE_BYTES = 16 * 1024

interface Output {
  chunks: Uint8Array[]
  length: number
  isDone: boolean
}

async function inflate(
  bytes: Uint8Array,
  format: CompressionFormat,
  limitBytes: number,
): Promise<Uint8Array> {
  const stream = new DecompressionStream(format)
  const output: Output = { chunks: [], length: 0, isDone: false }
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader()
  const reading = collect(reader, output, limitBytes)
  await feed(stream.writable, bytes, output)
  await reading
  return joinBytes(output.chunks)
}

/** Reads until the end, an error or the limit; what was decoded before an error is kept. */
async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  output: Output,
  limitBytes: number,
): Promise<void> {
  try {
    while (output.length < limitBytes) {
      const { done, value } = await reader.read()
      if (done) break
      const chunk = value.subarray(0, limitBytes - output.length)
      output.chunks.push(chunk)
      output.length += chunk.byteLength
    }
  } catch {
    // Cut or corrupt input.
  }
  output.isDone = true
  await reader.cancel().catch(() => undefined)
}

/**
 * Writes piece by piece, each after the last one's output was read: a decoder that meets an error throws away what nobody
 * has read yet, and the Workers runtime puts no bound on that.
 */
async function feed(writable: WritableStream, bytes: Uint8Array, output: Output): Promise<void> {
  const writer = writable.getWriter()
  writer.closed.catch(() => undefined)
  try {
    for (let at = 0; at < bytes.byteLength && !output.isDone; at += PIECE_BYTES) {
      await writer.write(bytes.slice(at, at + PIECE_BYTES))
      await drained(output)
    }
    await writer.close()
  } catch {
    // The reading side has seen the same error, or has stopped at its limit.
  }
}

/** Resolves when a turn of the event loop brought no more output. */
async function drained(output: Output): Promise<void> {
  let before = -1
  while (before !== output.length && !output.isDone) {
    before = output.length
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}
