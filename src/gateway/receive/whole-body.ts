/**
 * A body in one piece, read up to a limit, so that it can be compared, changed or sent more than once. What is longer
 * stays a stream. Throws when the client breaks off its upload.
 */
import { joinBytes } from '../../lib/bytes.ts'
import { contentLength } from '../content-length.ts'
import type { HeldBytes } from './held-bytes.ts'

export type Read =
  /** `bytes` is null when the request has no body. */
  | { kind: 'whole'; bytes: Uint8Array | null }
  /** Too long; `body` yields everything, also what was already read. `length` as the client announced it. */
  | { kind: 'stream'; body: ReadableStream<Uint8Array>; length: number | null }

/** `held` counts what is kept; without room the body stays a stream too. */
export async function readWhole(
  request: Pick<Request, 'body' | 'headers' | 'arrayBuffer'>,
  limitBytes: number,
  held: HeldBytes,
): Promise<Read> {
  const { body } = request
  if (body === null) return { kind: 'whole', bytes: null }
  const length = contentLength(request.headers.get('content-length'))
  if (length === null) return await readUpTo(body, limitBytes, held)
  if (length > limitBytes || !held.claim(length)) return { kind: 'stream', body, length }
  return { kind: 'whole', bytes: new Uint8Array(await request.arrayBuffer()) }
}

/** Nobody said how long it is: read until it ends or is too long. */
async function readUpTo(
  body: ReadableStream<Uint8Array>,
  limitBytes: number,
  held: HeldBytes,
): Promise<Read> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let total = 0
  while (total <= limitBytes) {
    const { done, value } = await reader.read()
    if (done) return { kind: 'whole', bytes: joinBytes(chunks) }
    chunks.push(value)
    total += value.byteLength
    if (!held.claim(value.byteLength)) break
  }
  held.release()
  return { kind: 'stream', body: resumed(chunks, reader), length: null }
}

/** What was read, then the rest. */
function resumed(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const kept = chunks.shift()
      if (kept !== undefined) {
        controller.enqueue(kept)
        return
      }
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel(reason) {
      chunks.length = 0
      await reader.cancel(reason)
    },
  })
}
