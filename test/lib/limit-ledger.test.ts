/**
 * The ledger against a model that knows no carry, no copies and no eviction: exact fractions, one list of charges. The
 * ledger is thrown away at random and opened again from what was on disk.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RESERVATION_MS } from '../../src/lib/limit-ledger.ts'
import type { Demand, TakeReceipt } from '../../src/lib/limiter-protocol.ts'
import { cents, Host, Model, receiptOf, requests, T0 } from '../support/limiter-host.ts'

describe('requests', () => {
  test('a hundred pass at once, and one more after 36 seconds', () => {
    const host = new Host()
    const at = (now: number, calls: number): number =>
      Array.from({ length: calls }, () => host.take([requests(100, 3_600)], now)).filter(
        ({ isAllowed }) => isAllowed,
      ).length
    expect(at(T0, 1_000)).toBe(100)
    expect(at(T0 + 35_999, 10)).toBe(0)
    expect(at(T0 + 36_000, 10)).toBe(1)
  })

  test('two policies take from both or from none', () => {
    const host = new Host()
    const both = [requests(2, 60), requests(100, 3_600)]
    for (let i = 0; i < 5; i += 1) host.take(both, T0)
    expect(host.level(T0, 0)).toBe(0)
    expect(host.level(T0, 1)).toBe(98_000)
    const denied = host.take(both, T0)
    expect(denied.slots.map(({ retryInMs }) => retryInMs)).toEqual([30_000, 0])
    expect(denied.repeatForMs).toBe(30_000)
  })

  test('a denial is repeated for a moment only while another may be given back', () => {
    const host = new Host()
    host.take([requests(1, 3_600)], T0, true)
    expect(host.take([requests(1, 3_600)], T0).repeatForMs).toBe(1_000)
    expect(host.take([requests(1, 3_600)], T0 + 2_000).repeatForMs).toBe(60_000)
  })

  test('what is released passes again, once', () => {
    const host = new Host()
    const receipt = receiptOf(host.take([requests(1, 3_600)], T0, true))
    host.release(receipt, T0)
    host.release(receipt, T0)
    expect(host.level(T0)).toBe(1_000)
  })

  test('a policy that refills slower than a call costs loses nothing by evictions', () => {
    const host = new Host()
    const evicting = Array.from({ length: 300 }, () => {
      host.evict(T0)
      return host.take([requests(100, 3_600)], T0).isAllowed
    })
    expect(evicting.filter(Boolean)).toHaveLength(100)
  })

  test('what came back after a burst passes once, although the object is evicted behind it', () => {
    const host = new Host()
    const passes = (calls: number, now: number): number =>
      Array.from({ length: calls }, () => host.take([requests(600, 60)], now)).filter(
        ({ isAllowed }) => isAllowed,
      ).length
    expect(passes(1_000, T0)).toBe(600)
    expect(passes(20, T0 + 900)).toBe(9)
    host.evict(T0 + 900)
    expect(passes(20, T0 + 900)).toBe(0)
  })

  test('a policy that refills slower holds from then on, although the object is evicted', () => {
    const host = new Host()
    for (let i = 0; i < 1_000; i += 1) host.take([requests(1_000, 1)], T0)
    expect(host.take([requests(1_000, 3_600)], T0).isAllowed).toBe(false)
    host.evict(T0 + 1_000)
    expect(host.take([requests(1_000, 3_600)], T0 + 1_000).isAllowed).toBe(false)
  })

  test('a fast policy writes about once per second', () => {
    const host = new Host()
    let now = T0
    for (let i = 0; i < 60_000; i += 1) host.take([requests(100_000, 60)], (now += 1))
    expect(host.writes).toBeLessThanOrEqual(61)
  })

  test('a burst within a wide limit writes little, and an eviction after it costs at most a hundredth', () => {
    const host = new Host()
    for (let i = 0; i < 5_000; i += 1) host.take([requests(100_000, 86_400)], T0 + i)
    expect(host.writes).toBeLessThan(60)
    const before = host.level(T0 + 5_000)
    host.evict(T0 + 5_000)
    expect(before - host.level(T0 + 5_000)).toBeLessThanOrEqual(1_000_000)
    expect(host.level(T0 + 5_000)).toBeLessThanOrEqual(before)
  })
})

describe('loans', () => {
  test('are taken off at once, and are at most a 1,024th of what is left', () => {
    const host = new Host()
    const far = requests(100_000, 86_400)
    expect(host.take([far], T0, false, 8)).toMatchObject({
      slots: [{ level: 99_999_000 }],
      loan: { calls: 8, receipt: { taken: [{ units: 8_000 }] } },
    })
    expect(host.level(T0)).toBe(99_991_000)
    expect(host.take([far], T0, false, 500).loan?.calls).toBe(97)
  })

  test('nothing is lent near the limit, nor by a bucket near its own', () => {
    const host = new Host()
    expect(host.take([requests(1_024, 3_600)], T0, false, 50).loan).toBeUndefined()
    const near = new Host()
    const both = [requests(500, 60), requests(1_000_000, 3_600)]
    expect(near.take(both, T0, false, 50).loan).toBeUndefined()
    expect(near.level(T0, 1)).toBe(999_999_000)
  })

  test('what comes back is there again, once', () => {
    const host = new Host()
    const { loan } = host.take([requests(10_000, 86_400)], T0, false, 50)
    if (loan === undefined) throw new Error('nothing was lent')
    expect(loan.calls).toBe(9)
    const left = { ...loan.receipt, taken: [{ ...requests(10_000, 86_400), units: 4_000 }] }
    host.release(left, T0)
    host.release(left, T0)
    expect(host.level(T0)).toBe(10_000_000 - 1_000 - 9_000 + 4_000)
  })

  test('while one is out a denial is repeated for a second at most', () => {
    const host = new Host()
    const demand = requests(2_000, 86_400)
    expect(host.take([demand], T0, false, 5).loan?.calls).toBe(1)
    while (host.take([demand], T0).isAllowed) expect(host.level(T0)).toBeGreaterThanOrEqual(0)
    expect(host.take([demand], T0)).toMatchObject({ isAllowed: false, repeatForMs: 1_000 })
    expect(host.take([demand], T0 + 3_000)).toMatchObject({ repeatForMs: 40_200 })
  })
})

describe('reservations', () => {
  test('are replaced by what was really taken', () => {
    const host = new Host()
    const receipt = receiptOf(host.take([cents(10, 3_600, 2)], T0))
    expect(host.level(T0)).toBe(80_000_000)
    host.settle(receipt, 5_000_000, T0)
    expect(host.level(T0)).toBe(95_000_000)
    host.settle(receipt, 5_000_000, T0)
    expect(host.level(T0)).toBe(95_000_000)
  })

  test('stay the charge when nobody knows what was taken', () => {
    const host = new Host()
    host.settle(receiptOf(host.take([cents(10, 3_600, 2)], T0)), null, T0)
    expect(host.level(T0)).toBe(80_000_000)
    expect(host.reservations(T0)).toBe(0)
  })

  test('go back when no settlement comes; one that comes later still is the charge', () => {
    const host = new Host()
    const receipt = receiptOf(host.take([cents(10, 31_536_000, 2)], T0))
    const late = T0 + RESERVATION_MS
    expect(host.level(late - 1)).toBeLessThan(81_000_000)
    expect(host.level(late)).toBe(100_000_000)
    host.settle(receipt, 5_000_000, late)
    expect(host.level(late)).toBe(95_000_000)
  })

  test('are settled rightly although the object forgot them', () => {
    const host = new Host()
    const receipt = receiptOf(host.take([cents(10, 31_536_000, 2)], T0))
    host.evict(T0)
    expect(host.level(T0)).toBe(80_000_000)
    host.settle(receipt, 5_000_000, T0)
    expect(host.level(T0)).toBe(95_000_000)
    host.evict(T0)
    expect(host.level(T0)).toBe(95_000_000)
  })

  test('a call dearer than its reservation is charged although the object was emptied meanwhile', () => {
    const host = new Host()
    const receipt = receiptOf(host.take([cents(10, 60, 1)], T0))
    host.disk = []
    host.evict(T0 + 70_000)
    host.settle(receipt, 90_000_000, T0 + 70_000)
    expect(host.level(T0 + 70_000)).toBe(20_000_000)
  })

  test('without an estimate the mean of settled calls is reserved', () => {
    const host = new Host()
    const first = receiptOf(host.take([cents(100, 31_536_000)], T0))
    expect(first.taken[0]?.units).toBe(1_000_000)
    host.settle(first, 40_000_000, T0)
    const second = receiptOf(host.take([cents(100, 31_536_000)], T0))
    expect(second.taken[0]?.units).toBe(40_000_000)
    host.settle(second, 0, T0)
    expect(receiptOf(host.take([cents(100, 31_536_000)], T0)).taken[0]?.units).toBe(35_000_000)
  })

  test('a guess above the limit takes the whole limit, not more', () => {
    const host = new Host()
    expect(receiptOf(host.take([cents(1, 3_600, 500)], T0)).taken[0]?.units).toBe(10_000_000)
    expect(host.take([cents(1, 3_600, 500)], T0).isAllowed).toBe(false)
  })

  test('while some are open a denial is repeated for a second at most', () => {
    const host = new Host()
    host.take([cents(1, 3_600, 1)], T0)
    expect(host.take([cents(1, 3_600, 1)], T0).repeatForMs).toBeLessThanOrEqual(1_000)
  })
})

type Step =
  | { do: 'take' }
  | { do: 'wait'; ms: number }
  | { do: 'back'; ms: number }
  | { do: 'evict' }
  | { do: 'settle'; pick: number; actual: number | null }
  | { do: 'release'; pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'take' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(90_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back' as const), ms: fc.nat(60_000) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'evict' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      pick: fc.nat(),
      actual: fc.option(fc.nat(60_000_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), pick: fc.nat() }) },
)

/** Runs a schedule. Unless `isExact`, each eviction may have cost what was written ahead. */
function runSchedule(demand: Demand, steps: readonly Step[], isExact: boolean): void {
  const host = new Host()
  const model = new Model(demand.capacity, demand.windowMs)
  const open: TakeReceipt[] = []
  const ahead = Math.max((demand.capacity * 1_000) / demand.windowMs, demand.capacity / 100)
  let slack = 0
  let now = T0
  let latest = T0
  for (const each of steps) {
    switch (each.do) {
      case 'wait':
        now += each.ms
        break
      case 'back':
        now = Math.max(T0, latest - 60_000, now - each.ms)
        break
      case 'evict':
        host.evict(now)
        slack += ahead
        break
      case 'take': {
        const units = model.units(now)
        const needed = demand.isReserved ? 1 : (demand.cost ?? 0)
        const answer = host.take([demand], now)
        if (answer.isAllowed) expect(units).toBeGreaterThanOrEqual(needed)
        else expect(units).toBeLessThan(needed + (isExact ? 0 : slack))
        if (answer.receipt === null) break
        model.charge(answer.receipt.taken[0]?.units ?? 0, now)
        open.push(answer.receipt)
        break
      }
      case 'settle': {
        const receipt = pick(open, each.pick)
        if (!demand.isReserved || receipt === null || latest >= receipt.expiresAt) break
        open.splice(open.indexOf(receipt), 1)
        const taken = receipt.taken[0]?.units ?? 0
        host.settle(receipt, each.actual, now)
        model.charge((each.actual ?? taken) - taken, now)
        break
      }
      case 'release': {
        const receipt = pick(open, each.pick)
        if (receipt === null || latest >= receipt.expiresAt) break
        open.splice(open.indexOf(receipt), 1)
        host.release(receipt, now)
        model.charge(-(receipt.taken[0]?.units ?? 0), now)
        break
      }
    }
    latest = Math.max(latest, now)
  }
}

function pick(open: readonly TakeReceipt[], at: number): TakeReceipt | null {
  return open[at % Math.max(1, open.length)] ?? null
}

const schedule = fc.array(step, { maxLength: 120 })

describe('against the model, over random schedules, clock jumps and evictions', () => {
  test('slow request limits decide exactly as the model does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 60, max: 3_600 }),
        schedule,
        (quota, windowSeconds, steps) => {
          const slow = Math.min(quota, windowSeconds - 1)
          runSchedule(requests(slow, windowSeconds), steps, true)
        },
      ),
      { numRuns: 300 },
    )
  })

  // Windows far below a header's least, so that a short schedule empties and fills the bucket many times.
  test('fast request limits never let in more, and lose at most what was written ahead', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 30 }),
        fc.integer({ min: 1, max: 4 }),
        schedule.map((steps) => steps.map((each) => short(each, 3_000))),
        (quota, windowSeconds, steps) => {
          runSchedule(requests(quota, windowSeconds), steps, false)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('loans: what is out is off the limit, what comes back is there again, exactly', () => {
    const one = fc.record({
      ms: fc.nat(5_000),
      lend: fc.nat(200),
      isEvicted: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
      /** Part of the loan that comes back; null while it is kept. */
      back: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 200_000 }),
        fc.array(one, { maxLength: 60 }),
        (quota, steps) => {
          const demand = requests(quota, 31_536_000)
          const host = new Host()
          const model = new Model(demand.capacity, demand.windowMs)
          let isExact = true
          let now = T0
          for (const { ms, lend, isEvicted, back } of steps) {
            now += ms
            if (isEvicted) {
              host.evict(now)
              isExact = false
            }
            const { receipt, loan } = host.take([demand], now, false, lend)
            model.charge(receipt?.taken[0]?.units ?? 0, now)
            const lent = loan?.receipt.taken[0]?.units ?? 0
            model.charge(lent, now)
            expect(lent / 1_000).toBeLessThanOrEqual(Math.min(lend, quota / 1_024))
            if (loan === undefined || back === null) continue
            const units = Math.floor(back * loan.calls) * 1_000
            host.release({ ...loan.receipt, taken: [{ ...demand, units }] }, now)
            model.charge(-units, now)
          }
          const level = host.level(now)
          if (steps.length === 0) return
          if (isExact) expect(level).toBe(model.units(now))
          else expect(level).toBeLessThanOrEqual(model.units(now))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('reservations: never more than the model, with one reservation of slack on top of the quota', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 3_600, max: 86_400 }),
        fc.integer({ min: 1, max: 5 }),
        schedule.map((steps) => steps.map((each) => short(each, 4_000))),
        (quota, windowSeconds, guess, steps) => {
          runSchedule(cents(quota, windowSeconds, guess), steps, false)
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Short enough for reservations not to expire: the model knows no expiry. */
function short(each: Step, mostMs: number): Step {
  return each.do === 'wait' ? { ...each, ms: each.ms % mostMs } : each
}
