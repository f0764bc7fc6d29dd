/** The group commit: what leaves together, when, and that nothing is lost or doubled on the way. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { commit } from '../../../src/gateway/record/send.ts'
import { decodePack } from '../../../src/lib/pack.ts'

const T0 = 1_800_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ now: T0 })
  // The runtime's own, on the clock of the test.
  vi.stubGlobal('scheduler', { wait: (ms: number) => new Promise((ok) => setTimeout(ok, ms)) })
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

interface Sent {
  atMs: number
  packs: string[][]
}

/** An isolate, and what left it. `isDown` makes every send fail. */
async function isolate(isDown: () => boolean = () => false) {
  vi.resetModules()
  const room: { commit: typeof commit } = await import('../../../src/gateway/record/send.ts')
  const sent: Sent[] = []
  const sink = {
    send: (packs: Uint8Array[]) => {
      if (isDown()) return Promise.reject(new Error('down'))
      const ids = packs.map((pack) => decodePack(pack).map(({ id }) => id))
      sent.push({ atMs: Date.now() - T0, packs: ids })
      return Promise.resolve()
    },
  }
  const working: Promise<void>[] = []
  const record = (id: string, bytes = 100): void => {
    const body = new Uint8Array(bytes)
    const entry = { id, record: `{"id":"${id}"}`, request: body, response: new Uint8Array(0) }
    working.push(room.commit(entry, sink))
  }
  const all = (): string[] => sent.flatMap(({ packs }) => packs.flat())
  return { record, sent, all, working }
}

test('what comes within a tenth of a second leaves together, and what comes then waits as long', async () => {
  const { record, sent } = await isolate()
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    record(id)
    await vi.advanceTimersByTimeAsync(20)
  }
  await vi.advanceTimersByTimeAsync(10)
  record('f')
  await vi.advanceTimersByTimeAsync(500)
  expect(sent).toEqual([
    { atMs: 100, packs: [['a', 'b', 'c', 'd', 'e']] },
    { atMs: 210, packs: [['f']] },
  ])
})

test('a pack that is full leaves at once, and the next waits for others', async () => {
  const { record, sent } = await isolate()
  for (const id of ['a', 'b', 'c']) record(id, 40_000)
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([{ atMs: 0, packs: [['a', 'b']] }])
  await vi.advanceTimersByTimeAsync(100)
  expect(sent).toHaveLength(2)
  expect(sent[1]?.packs).toEqual([['c']])
})

test('a record that no pack holds goes in one of its own', async () => {
  const { record, all } = await isolate()
  record('small')
  record('huge', 200_000)
  await vi.advanceTimersByTimeAsync(200)
  expect(all().toSorted()).toEqual(['huge', 'small'])
})

test('what nobody took goes with the next, and is said to be kept', async () => {
  let isDown = true
  const { record, all } = await isolate(() => isDown)
  record('a')
  await vi.advanceTimersByTimeAsync(200)
  expect(all()).toEqual([])
  expect(String(vi.mocked(console.error).mock.calls[0])).toContain('log_retained')
  isDown = false
  record('b')
  await vi.advanceTimersByTimeAsync(200)
  expect(all()).toEqual(['a', 'b'])
})

test('however they come, each leaves once, within a tenth of a second', async () => {
  const moment = fc.record({
    count: fc.integer({ min: 1, max: 60 }),
    bytes: fc.integer({ min: 0, max: 60_000 }),
    pauseMs: fc.integer({ min: 0, max: 130 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { maxLength: 20 }), async (moments) => {
      const { record, all, sent, working } = await isolate()
      const start = Date.now() - T0
      const bornAt = new Map<string, number>()
      for (const [index, { count, bytes, pauseMs }] of moments.entries()) {
        for (let each = 0; each < count; each += 1) {
          const id = `${index}-${each}`
          bornAt.set(id, Date.now() - T0)
          record(id, bytes)
        }
        await vi.advanceTimersByTimeAsync(pauseMs)
      }
      await vi.advanceTimersByTimeAsync(200)
      await Promise.all(working)
      expect(all().toSorted()).toEqual([...bornAt.keys()].toSorted())
      for (const { atMs, packs } of sent) {
        for (const id of packs.flat()) {
          expect(atMs - (bornAt.get(id) ?? start)).toBeLessThanOrEqual(100)
        }
      }
    }),
    { numRuns: 60 },
  )
})
