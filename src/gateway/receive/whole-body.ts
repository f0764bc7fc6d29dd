/**
 * A body in one piece, read up to a limit, so that it can be compared, changed or sent more than once. What is longer
 * stays a stream. Throws when the client breaks off its upload.
 */
import { joinBytes } from '../../lib/bytes.ts'

export type Read =
  /** `bytes` is null when the request has no body. */
  | { kind: 'whole'; bytes: Uint8Array | null }
  /** Too long; `body` yields everything, also what was already read. `length` as the client announced it. */
  | { kind: 'stream'; body: ReadableStream<Uint8Array>; length: number | null }

export async function readWhole(
  request: Pick<Request, 'body' | 'headers' | 'arrayBuffer'>,
  limitBytes: number,
): Promise<Read> {
  const { body } = request
  if (body === null) return { kind: 'whole', bytes: null }
  const announced = request.headers.get('content-length') ?? ''
  const length = /^\d+$/.test(announced) ? Number(announced) : null
  if (length !== null && length > limitBytes) return { kind: 'stream', body, length }
  if (length !== null) return { kind: 'whole', bytes: new Uint8Array(await request.arrayBuffer()) }
  return await readUpTo(body, limitBytes)
}

/** Nobody said how long it is: read until it ends or is too long. */
async function readUpTo(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<Read> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let total = 0
  while (total <= limitBytes) {
    const { done, value } = await reader.read()
    if (done) return { kind: 'whole', bytes: joinBytes(chunks) }
    chunks.push(value)
    total += value.byteLength
  }
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
