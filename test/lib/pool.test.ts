import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapLimited } from '../../src/lib/pool.ts'

test('maps all in order, and never has more under way than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 5 })),
      fc.integer({ min: 1, max: 6 }),
      async (turns, limit) => {
        let running = 0
        let most = 0
        const results = await mapLimited(turns, limit, async (turn) => {
          running += 1
          most = Math.max(most, running)
          for (let i = 0; i <= turn; i += 1) await Promise.resolve()
          running -= 1
          return turn * 2
        })
        expect(results).toEqual(turns.map((turn) => turn * 2))
        expect(most).toBe(Math.min(limit, turns.length))
      },
    ),
  )
})

test('the first rejection is passed on, and no further call is started', async () => {
  const started: number[] = []
  const failing = mapLimited([1, 2, 3, 4, 5], 2, async (item) => {
    started.push(item)
    await Promise.resolve()
    throw new Error(`no ${item}`)
  })
  await expect(failing).rejects.toThrow('no 1')
  expect(started).toEqual([1, 2])
})
