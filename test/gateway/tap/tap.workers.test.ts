/** The tap on the runtime's own streams: however a stream ends, it is told once, and the source is let go. */
import { expect, test } from 'vitest'
import { Capture } from '../../../src/gateway/capture.ts'
import type { Exchange } from '../../../src/gateway/exchange.ts'
import { tapBody } from '../../../src/gateway/tap/tap.ts'
import type { FlowEnd } from '../../../src/gateway/tap/tap.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Silent {
  lead?: Exchange['lead']
  idleMs?: number
  parts?: number
}

/** A stream that says so many things at once and then nothing; `leave` is the client going away. */
function silentStream({ lead = null, idleMs = 60_000, parts = 1 }: Silent = {}) {
  const seen = { ends: [] as FlowEnd[], isCancelled: false, stops: 0 }
  const source = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (let sent = 0; sent < parts; sent += 1) controller.enqueue(encode('data: 1\n\n'))
    },
    cancel: () => {
      seen.isCancelled = true
    },
  })
  const { promise, resolve } = Promise.withResolvers<'gone' | 'timeout'>()
  const watch = {
    signal: null,
    over: promise,
    limit: () => undefined,
    cut: () => undefined,
    stop: () => {
      seen.stops += 1
    },
  }
  const exchange = {
    request: new Request('https://gateway.test/'),
    startedClock: performance.now(),
    time: { headersMs: 1_000, firstTokenMs: null, idleMs, totalMs: null },
    flow: { firstByteMs: null, lastByteMs: null, chunks: 0, maxGapMs: null },
    responseBody: new Capture(1_000),
    lead,
    watch,
    timer: null,
  } as unknown as Exchange
  const options = { length: null, isEventStream: true, lastWord: null }
  const readable = tapBody(source, exchange, options, (end) => seen.ends.push(end))
  return { seen, readable, leave: () => resolve('gone') }
}

test('a client that leaves amid silence ends the stream, and frees the provider', async () => {
  const { seen, readable, leave } = silentStream()
  const reader = readable.getReader()
  expect((await reader.read()).done).toBe(false)
  leave()
  await expect(reader.read()).rejects.toThrow('the client left')
  expect(seen).toEqual({ ends: ['client_abort'], isCancelled: true, stops: 1 })
})

test('what others read too goes on without the one who leaves', async () => {
  const shared = { signal: new AbortController().signal, bytesRead: null, isReading: true }
  const { seen, readable, leave } = silentStream({ lead: shared })
  const reader = readable.getReader()
  await reader.read()
  leave()
  await scheduler.wait(10)
  expect(seen).toEqual({ ends: [], isCancelled: false, stops: 0 })
  await reader.cancel()
})

test('the idle timer counts from when the client took the last part, not from when it came', async () => {
  const idleMs = 200
  const { seen, readable } = silentStream({ idleMs, parts: 3 })
  const reader = readable.getReader()
  expect((await reader.read()).done).toBe(false)
  // The second part is there all the while, and the client does not take it.
  await scheduler.wait(3 * idleMs)
  expect(seen).toMatchObject({ ends: [], isCancelled: false })
  expect((await reader.read()).done).toBe(false)
  const askedAt = performance.now()
  expect((await reader.read()).done).toBe(false)
  await expect(reader.read()).rejects.toThrow('the idle timer fired')
  // A timer may be a millisecond early.
  expect(performance.now() - askedAt).toBeGreaterThan(idleMs - 5)
  expect(seen).toMatchObject({ ends: ['timeout'], isCancelled: true })
})
