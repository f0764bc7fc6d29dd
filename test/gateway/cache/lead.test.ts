import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findFlight, startFlight } from '../../../src/gateway/cache/flights.ts'
import { takeLead } from '../../../src/gateway/cache/lead.ts'
import type { CacheLead, LeadSetting, RecordedAnswer } from '../../../src/gateway/cache/lead.ts'

const PACE = { beatMs: 100, deadMs: 1_000, lingerMs: 500 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

let kept: RecordedAnswer[]
let work: Promise<void>[]
let client: AbortController

beforeEach(() => {
  vi.useFakeTimers()
  kept = []
  work = []
  client = new AbortController()
})

afterEach(() => vi.useRealTimers())

function start(name: string): CacheLead {
  const setting: LeadSetting = {
    referenceId: 'row',
    clientSignal: client.signal,
    idleTimeoutMs: 5_000,
    background: (each) => work.push(each),
    keep: async (answer) => {
      kept.push(answer)
      return true
    },
  }
  return takeLead(startFlight(name, true, PACE), setting)
}

/** A provider's body that the test feeds. */
function source(): {
  body: ReadableStream<Uint8Array>
  feed: (text: string) => void
  close: () => void
} {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const ignore = (): undefined => undefined
  return {
    body: readable,
    feed: (text) => void writer.write(bytes(text)).catch(ignore),
    close: () => void writer.close().catch(ignore),
  }
}

test('what the leader reads is what is kept; its hook sees each chunk once', async () => {
  const lead = start('whole')
  const { body, feed, close } = source()
  const seen: Uint8Array[] = []
  const own = lead.open(new Response(body, { headers: { 'x-a': 'b' } }), {
    onChunk: (chunk) => void seen.push(chunk),
  })
  feed('one ')
  feed('two')
  close()
  expect(own?.headers.get('x-a')).toBe('b')
  expect(await own?.text()).toBe('one two')
  await Promise.all(work)
  expect(kept).toMatchObject([{ head: { status: 200, referenceId: 'row', source: 'live' } }])
  expect(kept[0]?.chunks.map((chunk) => new TextDecoder().decode(chunk))).toEqual(['one ', 'two'])
  expect(seen).toEqual(kept[0]?.chunks)
})

test('a provider that falls silent ends it for all, and nothing is kept', async () => {
  const lead = start('silent')
  const { body, feed } = source()
  const own = lead.open(new Response(body))
  feed('one ')
  const reading = expect(own?.text()).rejects.toThrow('timeout')
  await vi.advanceTimersByTimeAsync(4_000)
  feed('two')
  await vi.advanceTimersByTimeAsync(4_900)
  expect(lead.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(300)
  await reading
  expect(lead.signal.aborted).toBe(true)
  await Promise.all(work)
  expect(kept).toEqual([])
  expect(findFlight('silent')).toBeNull()
})

test('alone, a client that leaves before the answer stops the provider call', async () => {
  const lead = start('gone')
  client.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect(lead.signal.aborted).toBe(true)
  lead.fail('leader')
  await Promise.all(work)
  expect(findFlight('gone')).toBeNull()
})

test('a stale answer stands in for all who wait, and is not kept anew', async () => {
  const lead = start('stale')
  const follower = findFlight('stale')?.follow(new AbortController().signal)
  lead.openStale({
    headers: [['content-type', 'text/plain']],
    chunks: [bytes('old '), bytes('answer')],
    latencyMs: 5,
    referenceId: 'older',
    savedAt: 0,
    freshUntil: 1,
  })
  expect(await follower).toMatchObject({
    kind: 'answer',
    head: { status: 200, referenceId: 'older', source: 'stale' },
  })
  await Promise.all(work)
  expect(kept).toEqual([])
  expect(findFlight('stale')).toBeNull()
})

test('a leader that was taken for dead and comes back keeps its answer for itself', async () => {
  const lead = start('dead')
  const flight = findFlight('dead')
  if (flight === null) throw new Error('a flight was expected')
  const followed = flight.follow(new AbortController().signal)
  expect(lead.isLeading).toBe(true)
  // Another was promoted meanwhile.
  flight.lead(() => undefined)
  expect(lead.isLeading).toBe(false)
  lead.fail('unreachable')
  flight.open({ status: 200, headers: [], referenceId: 'other', step: 0, source: 'live' })
  expect(await followed).toMatchObject({ kind: 'answer', head: { referenceId: 'other' } })
})
