/**
 * Limits whose policies change at random, against a model for each policy that knows its own calls alone, and against the
 * contract's one bucket where a single policy changes.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Demand, TakeReceipt } from '../../src/lib/limiter-protocol.ts'
import { adopt, advance, charge, fullBucket } from '../../src/lib/token-bucket.ts'
import { cents, Host, Model, passes, requests, T0 } from '../support/limiter-host.ts'

const CENT = 10_000_000

const POLICIES: readonly (readonly [quota: number, windowSeconds: number])[] = [
  [2, 5],
  [5, 5],
  [3, 60],
  [40, 60],
  [10, 600],
  [11, 600],
  [6, 3_600],
  [30, 3_600],
]

type Step =
  | { do: 'take'; policies: number[]; calls: number }
  | { do: 'wait'; ms: number }
  | { do: 'evict' }
  | { do: 'settle'; pick: number; actual: number | null }
  | { do: 'release'; pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      policies: fc
        .uniqueArray(fc.nat(POLICIES.length - 1), { minLength: 1, maxLength: 3 })
        .map((numbers) => numbers.toSorted((a, b) => a - b)),
      calls: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(8_000) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'evict' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      pick: fc.nat(),
      actual: fc.option(fc.nat(4 * CENT)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), pick: fc.nat() }) },
)

/** Every call that passes must have been within each of its policies, as if that policy's calls were the only ones. */
function runPolicies(demands: readonly Demand[], steps: readonly Step[]): void {
  const host = new Host()
  const models = demands.map(({ capacity, windowMs }) => new Model(capacity, windowMs))
  const open: { receipt: TakeReceipt; policies: number[] }[] = []
  let now = T0
  const chargeModels = (policies: readonly number[], units: (index: number) => number): void => {
    policies.forEach((policy, index) => models[policy]?.charge(units(index), now))
  }
  const close = (pick: number): (typeof open)[number] | null => {
    const [found] = open.length === 0 ? [] : open.splice(pick % open.length, 1)
    return found === undefined || now >= found.receipt.expiresAt ? null : found
  }
  for (const each of steps) {
    switch (each.do) {
      case 'wait':
        now += each.ms
        break
      case 'evict':
        host.evict(now)
        break
      case 'take':
        for (let call = 0; call < each.calls; call += 1) {
          const wanted = each.policies.flatMap((policy) => demands[policy] ?? [])
          const { receipt, slots } = host.take(wanted, now)
          expect(slots).toHaveLength(wanted.length)
          if (receipt === null) break
          for (const [index, policy] of each.policies.entries()) {
            const demand = wanted[index]
            const needed = demand?.isReserved === true ? 1 : (demand?.cost ?? 0)
            expect(models[policy]?.units(now)).toBeGreaterThanOrEqual(needed)
          }
          chargeModels(each.policies, (index) => receipt.taken[index]?.units ?? 0)
          open.push({ receipt, policies: each.policies })
        }
        break
      case 'settle': {
        const found = close(each.pick)
        if (found === null) break
        host.settle(found.receipt, each.actual, now)
        const { actual } = each
        const taken = (index: number): number => found.receipt.taken[index]?.units ?? 0
        chargeModels(found.policies, (index) => (actual ?? taken(index)) - taken(index))
        break
      }
      case 'release': {
        const found = close(each.pick)
        if (found === null) break
        host.release(found.receipt, now)
        chargeModels(found.policies, (index) => -(found.receipt.taken[index]?.units ?? 0))
        break
      }
    }
  }
}

describe('over random policies, evictions and waits', () => {
  const schedule = fc.array(step, { maxLength: 80 })

  test('no policy by request ever lets in more than its own quota', () => {
    const demands = POLICIES.map(([quota, seconds]) => requests(quota, seconds))
    const steps = schedule.map((all) => all.filter((each) => each.do !== 'settle'))
    fc.assert(
      fc.property(steps, (each) => runPolicies(demands, each)),
      { numRuns: 1_000 },
    )
  })

  test('nor does a policy with reservations, settled under whatever came after it', () => {
    const demands = POLICIES.map(([quota, seconds]) => cents(quota, seconds, 1))
    // Short enough for reservations not to expire: the model knows no expiry.
    fc.assert(
      fc.property(schedule, (each) => runPolicies(demands, each)),
      { numRuns: 1_000 },
    )
  })

  test('a single policy that changes again and again holds what the contract says', () => {
    const change = fc.record({
      quota: fc.integer({ min: 1, max: 50 }),
      windowSeconds: fc.integer({ min: 60, max: 3_600 }),
      calls: fc.integer({ min: 1, max: 20 }),
      // Two that came in the same millisecond look, after an eviction, as if they had come together.
      ms: fc.integer({ min: 1, max: 60_000 }),
      isEvicted: fc.boolean(),
    })
    const changes = fc.uniqueArray(change, {
      maxLength: 10,
      selector: ({ windowSeconds }) => windowSeconds,
    })
    fc.assert(
      fc.property(changes, (all) => {
        const host = new Host()
        const shared = fullBucket(requests(50, 3_600), T0)
        let now = T0
        for (const [index, each] of all.entries()) {
          const { quota, windowSeconds, calls, ms, isEvicted } = each
          now += ms
          if (isEvicted) host.evict(now)
          const demand = requests(Math.min(quota, windowSeconds - 1), windowSeconds)
          advance(shared, now)
          if (index === 0) Object.assign(shared, fullBucket(demand, now))
          adopt(shared, demand)
          const passed = passes(host, [demand], calls, now)
          expect(passed).toBe(Math.min(calls, Math.floor(shared.level / 1_000)))
          charge(shared, passed * 1_000)
        }
      }),
      { numRuns: 500 },
    )
  })
})
