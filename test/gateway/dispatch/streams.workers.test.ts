/** The rooms that hold bodies back, on the runtime's own streams: no byte is lost, and who leaves frees the source. */
import { expect, test } from 'vitest'
import { awaitFirstBytes } from '../../../src/gateway/dispatch/first-bytes.ts'
import { runAttempts } from '../../../src/gateway/dispatch/retry.ts'
import { HeldBytes } from '../../../src/gateway/receive/held-bytes.ts'
import { readWhole } from '../../../src/gateway/receive/whole-body.ts'

const never = new AbortController().signal
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The runtime's byte pipe, as `fetch` answers. */
function piped(): { readable: ReadableStream; writer: WritableStreamDefaultWriter<Uint8Array> } {
  const { readable, writable } = new IdentityTransformStream()
  return { readable, writer: writable.getWriter() }
}

test('an opened answer has the same bytes, encoded as they were', async () => {
  const { readable, writer } = piped()
  const headers = { 'content-type': 'text/event-stream', 'content-encoding': 'br' }
  const response = new Response(readable, { status: 203, headers, encodeBody: 'manual' })
  const opening = awaitFirstBytes(response, 10_000, never)
  await writer.write(encode(': wait\n\n'))
  await writer.write(encode('data: 1\n\n'))
  const opened = await opening
  if (opened.kind !== 'answer') throw new Error('an answer was expected')
  expect(opened.response.status).toBe(203)
  expect(opened.response.headers.get('content-encoding')).toBe('br')
  const text = readAll(opened.response)
  await writer.write(encode('data: 2\n\n'))
  await writer.close()
  expect(await text).toBe(': wait\n\ndata: 1\n\ndata: 2\n\n')
})

test('a silent answer times out, and its source is let go', async () => {
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode(': wait\n\n')),
    cancel: () => {
      isCancelled = true
    },
  })
  const response = new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  expect(await awaitFirstBytes(response, 5, never)).toEqual({ kind: 'timeout' })
  expect(isCancelled).toBe(true)
})

test('an upload of unknown length is resumed without losing a byte', async () => {
  const { readable, writer } = piped()
  const request = new Request('http://gateway.test/', { method: 'POST', body: readable })
  const reading = readWhole(request, 4, new HeldBytes())
  await writer.write(encode('abc'))
  await writer.write(encode('def'))
  const replayable = await reading
  if (replayable.kind !== 'stream') throw new Error('a stream was expected')
  const text = new Response(replayable.body).text()
  await writer.write(encode('ghi'))
  await writer.close()
  expect(await text).toBe('abcdefghi')
})

test('an abandoned answer is let go before the next attempt', async () => {
  const { readable, writer } = piped()
  const first = new Response(readable, { status: 503 })
  const { result, records } = await runAttempts(
    [{ movesOn: () => true }, { movesOn: () => true }],
    { retry: null, budgetMs: Infinity, signal: never },
    async (_target, { index }) => ({
      kind: 'answer',
      response: index === 0 ? first : new Response('ok'),
    }),
  )
  await expect(writer.write(encode('late'))).rejects.toThrow()
  expect(records.map(({ status }) => status)).toEqual([503, 200])
  expect(result.kind === 'answer' && (await result.response.text())).toBe('ok')
})

async function readAll(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of response.body ?? []) parts.push(part as Uint8Array)
  return parts.map((part) => new TextDecoder().decode(part)).join('')
}
