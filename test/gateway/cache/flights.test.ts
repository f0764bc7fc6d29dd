import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findFlight, startFlight } from '../../../src/gateway/cache/flights.ts'
import type { AnswerHead, Flight, FollowResult } from '../../../src/gateway/cache/flights.ts'
import { Recording } from '../../../src/gateway/cache/recording.ts'

const PACE = { beatMs: 100, deadMs: 1_000, lingerMs: 500 }
const HEAD: AnswerHead = { status: 200, headers: [], referenceId: 'row', step: 0, source: 'live' }
const never = new AbortController().signal
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

let name: string

beforeEach(() => {
  name = crypto.randomUUID()
  vi.useFakeTimers()
})

afterEach(() => vi.useRealTimers())

function lead(): { flight: Flight; stopped: () => boolean } {
  const flight = startFlight(name, true, PACE)
  let isStopped = false
  flight.lead(() => {
    isStopped = true
  })
  return { flight, stopped: () => isStopped }
}

async function textOf(flight: Flight, result: FollowResult): Promise<string> {
  if (result.kind !== 'answer') throw new Error(result.kind)
  return await new Response(flight.recording.stream(result.seat, null)).text()
}

describe('a flight', () => {
  test('is found while it is under way, and for a moment behind it', () => {
    const { flight } = lead()
    expect(findFlight(name)).toBe(flight)
    flight.open(HEAD)
    flight.recording.add(bytes('a'))
    flight.end('complete')
    flight.release(true)
    expect(findFlight(name)).toBe(flight)
    vi.advanceTimersByTime(PACE.lingerMs)
    expect(findFlight(name)).toBeNull()
  })

  test.each(['broken', 'timeout', 'deserted'] as const)('%s, it is found no more', (how) => {
    const { flight } = lead()
    flight.open(HEAD)
    flight.end(how)
    expect(findFlight(name)).toBeNull()
  })

  test('gives its answer to those who wait, also when it ends before they look', async () => {
    const { flight } = lead()
    const waiting = [flight.follow(never), flight.follow(never)]
    flight.open(HEAD)
    flight.recording.add(bytes('whole'))
    flight.end('complete')
    flight.release(false)
    for (const each of waiting) expect(await textOf(flight, await each)).toBe('whole')
  })

  test('is stopped only when nobody waits any more', async () => {
    const { flight, stopped } = lead()
    const leaving = new AbortController()
    const follower = flight.follow(leaving.signal)
    flight.leaderLeft()
    expect(stopped()).toBe(false)
    leaving.abort()
    expect(stopped()).toBe(true)
    expect(await follower).toEqual({ kind: 'failed', reason: 'leader' })
    expect(findFlight(name)).toBeNull()
  })

  test('amid the answer too', async () => {
    const { flight, stopped } = lead()
    const follower = flight.follow(never)
    const own = flight.open(HEAD)
    const result = await follower
    if (own === null || result.kind !== 'answer') throw new Error('no seat')
    const ownStream = flight.recording.stream(own, null)
    const theirs = flight.recording.stream(result.seat, null)
    await ownStream.cancel()
    expect(stopped()).toBe(false)
    await theirs.cancel()
    expect(stopped()).toBe(true)
  })

  test('without its leader goes to the next who waits, one at a time', async () => {
    const { flight } = lead()
    const [first, second, third] = [1, 2, 3].map(() => flight.follow(never))
    flight.fail('leader')
    expect(await first).toEqual({ kind: 'promoted' })
    flight.fail('leader')
    expect(await second).toEqual({ kind: 'promoted' })
    flight.open(HEAD)
    expect(await third).toMatchObject({ kind: 'answer' })
  })

  test('that the provider fails is tried once more; then all hear why', async () => {
    const { flight } = lead()
    const [first, second, third] = [1, 2, 3].map(() => flight.follow(never))
    flight.fail('timeout')
    expect(await first).toEqual({ kind: 'promoted' })
    flight.fail('timeout')
    expect(await second).toEqual({ kind: 'failed', reason: 'timeout' })
    expect(await third).toEqual({ kind: 'failed', reason: 'timeout' })
    expect(findFlight(name)).toBeNull()
  })

  test('whose leader was ended without a word is taken over by one who waits', async () => {
    const { flight } = lead()
    const [first, second] = [flight.follow(never), flight.follow(never)]
    vi.advanceTimersByTime(PACE.deadMs / 2)
    flight.beat()
    vi.advanceTimersByTime(PACE.deadMs)
    flight.beat()
    vi.advanceTimersByTime(PACE.deadMs + PACE.beatMs)
    expect(await first).toEqual({ kind: 'promoted' })
    flight.open(HEAD)
    expect(await second).toMatchObject({ kind: 'answer' })
  })

  test('of a dead leader is not joined', () => {
    lead()
    vi.advanceTimersByTime(PACE.deadMs + 1)
    expect(findFlight(name)).toBeNull()
  })

  test('of a dead leader breaks for those who read it', async () => {
    const { flight } = lead()
    const follower = flight.follow(never)
    flight.open(HEAD)
    const result = await follower
    if (result.kind !== 'answer') throw new Error(result.kind)
    const stream = flight.recording.stream(result.seat, {
      isDead: () => flight.isLeaderDead(),
      onDead: () => flight.end('broken'),
      everyMs: PACE.beatMs,
    })
    const reading = expect(new Response(stream).text()).rejects.toThrow('broken')
    await vi.advanceTimersByTimeAsync(PACE.deadMs + PACE.beatMs)
    await reading
  })
})

describe('a recording', () => {
  test('every reader gets every byte in order, whoever joins when and reads how', async () => {
    vi.useRealTimers()
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('add' as const), part: fc.uint8Array({ maxLength: 9 }) }),
        fc.record({ kind: fc.constant('join' as const) }),
        fc.record({ kind: fc.constant('read' as const), which: fc.nat() }),
      ),
      { maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const recording = new Recording(() => undefined)
        const sent: number[] = []
        const readers: { reader: ReadableStreamDefaultReader<Uint8Array>; got: number[] }[] = []
        for (const step of steps) {
          if (step.kind === 'add') {
            recording.add(step.part)
            sent.push(...step.part)
          } else if (step.kind === 'join') {
            const reader = recording.stream(recording.sit(), null).getReader()
            readers.push({ reader, got: [] })
          } else {
            const one = readers[step.which % readers.length]
            if (one === undefined || one.got.length === sent.length) continue
            one.got.push(...((await one.reader.read()).value ?? []))
          }
        }
        recording.end('complete')
        recording.letGo()
        for (const { reader, got } of readers) {
          for (let part = await reader.read(); !part.done; part = await reader.read()) {
            got.push(...part.value)
          }
          expect(got).toEqual(sent)
        }
      }),
    )
  })

  const MIB = new Uint8Array(1024 * 1024)

  test('beyond its cap takes nobody new, and goes at the pace of the slowest', async () => {
    const recording = new Recording(() => undefined)
    const reader = recording.stream(recording.sit(), null).getReader()
    for (let i = 0; i < 25; i += 1) recording.add(MIB)
    expect(recording.isWhole).toBe(true)
    recording.add(MIB)
    expect(recording.isWhole).toBe(false)
    expect(recording.isFull).toBe(true)
    let isFree = false
    const wait = async (): Promise<void> => {
      await recording.room()
      isFree = true
    }
    const room = wait()
    for (let i = 0; i < 25; i += 1) await reader.read()
    expect(isFree).toBe(false)
    await reader.read()
    await room
    expect(recording.isFull).toBe(false)
    recording.end('complete')
    expect((await reader.read()).done).toBe(true)
  })

  test('a reader that takes nothing holds nobody up for ever', async () => {
    const recording = new Recording(() => undefined)
    const stalled = recording.stream(recording.sit(), null).getReader()
    const lively = recording.stream(recording.sit(), null).getReader()
    for (let i = 0; i < 26; i += 1) recording.add(MIB)
    const room = recording.room()
    for (let i = 0; i < 26; i += 1) await lively.read()
    await vi.advanceTimersByTimeAsync(30_000)
    await room
    await expect(stalled.read()).rejects.toThrow('broken')
    recording.end('complete')
    expect((await lively.read()).done).toBe(true)
  })

  test('what an isolate keeps together is bounded, and given back', () => {
    const recordings = Array.from({ length: 3 }, () => new Recording(() => undefined))
    for (const recording of recordings) {
      recording.sit()
      for (let i = 0; i < 14; i += 1) recording.add(MIB)
    }
    expect(recordings.map(({ isWhole }) => isWhole)).toEqual([true, true, false])
    for (const recording of recordings) recording.end('complete')
    // Readers that vanished without a word hold it, but not for ever.
    Recording.forgive(Date.now() + 601_000)
    const next = new Recording(() => undefined)
    for (let i = 0; i < 25; i += 1) next.add(MIB)
    expect(next.isWhole).toBe(true)
    next.end('broken')
  })

  test('keeps a copy of a small part of a big buffer', async () => {
    const recording = new Recording(() => undefined)
    const seat = recording.sit()
    const buffer = new Uint8Array(4_096)
    buffer.set(bytes('abc'))
    recording.add(buffer.subarray(0, 3))
    buffer.fill(0)
    recording.end('complete')
    expect(await new Response(recording.stream(seat, null)).text()).toBe('abc')
  })
})
