import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeldBytes } from '../../../src/gateway/receive/held-bytes.ts'
import { readWhole } from '../../../src/gateway/receive/whole-body.ts'

/** A request of unknown length, in chunks. */
function chunked(chunks: readonly Uint8Array[], onCancel: () => void = () => undefined): Request {
  const left = [...chunks]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
    cancel: onCancel,
  })
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit
  return new Request('http://gateway.test/', init)
}

function announced(bytes: Uint8Array): Request {
  const headers = { 'content-length': String(bytes.byteLength) }
  return new Request('http://gateway.test/', { method: 'POST', body: bytes, headers })
}

async function bytesOf(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body).arrayBuffer())
}

test('a request without a body is whole', async () => {
  const request = new Request('http://gateway.test/')
  expect(await readWhole(request, 10, new HeldBytes())).toEqual({ kind: 'whole', bytes: null })
})

test('an announced body within the limit is read', async () => {
  const bytes = Uint8Array.of(1, 2, 3)
  expect(await readWhole(announced(bytes), 3, new HeldBytes())).toEqual({ kind: 'whole', bytes })
})

test('an announced body beyond the limit is left alone', async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4)
  const request = announced(bytes)
  const replayable = await readWhole(request, 3, new HeldBytes())
  if (replayable.kind !== 'stream') throw new Error('a stream was expected')
  expect(replayable.body).toBe(request.body)
  expect(replayable.length).toBe(4)
  expect(await bytesOf(replayable.body)).toEqual(bytes)
})

test('a body of unknown length is whole up to the limit, and loses no byte beyond it', async () => {
  const lists = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(lists, fc.integer({ min: 0, max: 60 }), async (chunks, limit) => {
      const everything = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]))
      const replayable = await readWhole(chunked(chunks), limit, new HeldBytes())
      if (everything.byteLength <= limit) {
        expect(replayable).toEqual({ kind: 'whole', bytes: everything })
        return
      }
      if (replayable.kind !== 'stream') throw new Error('a stream was expected')
      expect(replayable.length).toBeNull()
      expect(await bytesOf(replayable.body)).toEqual(everything)
    }),
  )
})

test('who gives up the resumed stream lets go of the upload', async () => {
  let isCancelled = false
  const request = chunked([Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4)], () => {
    isCancelled = true
  })
  const replayable = await readWhole(request, 1, new HeldBytes())
  if (replayable.kind !== 'stream') throw new Error('a stream was expected')
  await replayable.body.cancel()
  expect(isCancelled).toBe(true)
})

test('an upload that breaks off throws', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error('reset'))
    },
  })
  const request = new Request('http://gateway.test/', {
    method: 'POST',
    body,
    duplex: 'half',
  } as RequestInit)
  await expect(readWhole(request, 10, new HeldBytes())).rejects.toThrow()
})

const MIB = 1024 * 1024

test('all requests share one budget, and it comes back', async () => {
  const asked = Array.from({ length: 50 }, () => ({
    request: announced(new Uint8Array(MIB)),
    held: new HeldBytes(),
  }))
  const read = async (): Promise<number> => {
    const all = await Promise.all(
      asked.map(({ request, held }) => readWhole(request.clone(), 20 * MIB, held)),
    )
    return all.filter(({ kind }) => kind === 'whole').length
  }
  const first = await read()
  expect(first).toBeGreaterThanOrEqual(40)
  expect(first).toBeLessThan(50)
  for (const { held } of asked) {
    held.release()
    held.release()
  }
  const small = new HeldBytes()
  expect(small.claim(39 * MIB)).toBe(true)
  expect(new HeldBytes().claim(2 * MIB)).toBe(false)
  // What is small is read whole anyway.
  expect(new HeldBytes().claim(64 * 1024)).toBe(true)
  small.release()
})

test('an upload that finds no room on its way is resumed without losing a byte', async () => {
  const crowd = new HeldBytes()
  expect(crowd.claim(40 * MIB)).toBe(true)
  const parts = Array.from({ length: 5 }, (_, at) => new Uint8Array(40_000).fill(at))
  const read = await readWhole(chunked(parts), 20 * MIB, new HeldBytes())
  if (read.kind !== 'stream') throw new Error('a stream was expected')
  expect(await bytesOf(read.body)).toEqual(Uint8Array.from(parts.flatMap((part) => [...part])))
  crowd.release()
})
