/** The real object in workerd: exact under concurrency, across evictions, with few writes, and gone when it is full. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { limiterNamed } from '../../src/lib/limiter-protocol.ts'
import type { Demand, Limiter, TakeAnswer, TakeReceipt } from '../../src/lib/limiter-protocol.ts'

afterEach(() => vi.useRealTimers())

function requests(quota: number, windowSeconds: number): Demand {
  const windowMs = windowSeconds * 1_000
  return { capacity: quota * 1_000, windowMs, cost: 1_000, fallbackCost: 1_000, isReserved: false }
}

/** `unit`: units per cent or token. */
function reserved(
  quota: number,
  windowSeconds: number,
  guess: number | null,
  unit: number,
): Demand {
  return {
    capacity: quota * unit,
    windowMs: windowSeconds * 1_000,
    cost: guess === null ? null : guess * unit,
    fallbackCost: unit / 10,
    isReserved: true,
  }
}

const CENT = 10_000_000
const TOKEN = 1_000

function newName(): string {
  return `tb:org-${crypto.randomUUID()}:global::request`
}

function limiter(name: string): Limiter {
  return limiterNamed(env.RATE_LIMITER, name)
}

let calls = 0

function take(name: string, ...demands: Demand[]): Promise<TakeAnswer> {
  calls += 1
  return limiter(name).take({ id: `call-${calls}`, demands, isTentative: false })
}

async function takeAtOnce(name: string, count: number, demand: Demand): Promise<TakeAnswer[]> {
  return Promise.all(Array.from({ length: count }, () => take(name, demand)))
}

function receipts(answers: readonly TakeAnswer[]): TakeReceipt[] {
  return answers.flatMap(({ receipt }) => (receipt === null ? [] : [receipt]))
}

async function stored(name: string): Promise<unknown> {
  return runInDurableObject(env.RATE_LIMITER.getByName(name), (_, state) => {
    return state.storage.kv.get('ledger')
  })
}

describe('1,000 parallel calls', { timeout: 120_000 }, () => {
  test('against 100;w=3600: exactly 100 pass, in each of 20 runs', async () => {
    for (let run = 0; run < 20; run += 1) {
      const answers = await takeAtOnce(newName(), 1_000, requests(100, 3_600))
      expect(answers.filter(({ isAllowed }) => isAllowed)).toHaveLength(100)
    }
  })

  test.each([
    ['cents', CENT, 3],
    ['tokens', TOKEN, 700],
  ])(
    'of %s: at most one reservation above the quota, in each of 20 runs',
    async (_, unit, guess) => {
      const quota = guess * 33 + 1
      for (let run = 0; run < 20; run += 1) {
        const answers = await takeAtOnce(newName(), 1_000, reserved(quota, 3_600, guess, unit))
        const taken = receipts(answers).length * guess
        expect(taken).toBeGreaterThanOrEqual(quota)
        expect(taken - quota).toBeLessThanOrEqual(guess)
      }
    },
  )

  test('cents that settle as dear as reserved: the sum of real costs keeps to the quota', async () => {
    const name = newName()
    const demand = reserved(100, 31_536_000, 2, CENT)
    let spent = 0
    for (let round = 0; round < 5; round += 1) {
      const open = receipts(await takeAtOnce(name, 200, demand))
      await Promise.all(open.map((receipt) => limiter(name).settle(receipt, CENT)))
      spent += open.length
    }
    expect(spent).toBeGreaterThan(90)
    expect(spent).toBeLessThanOrEqual(100 + 2)
  })

  test('with the object evicted in between: exactly 100 pass', async () => {
    const name = newName()
    let passed = 0
    for (let wave = 0; wave < 10; wave += 1) {
      const answers = await takeAtOnce(name, 15, requests(100, 3_600))
      passed += receipts(answers).length
      await evictDurableObject(env.RATE_LIMITER.getByName(name))
    }
    expect(passed).toBe(100)
    expect((await take(name, requests(100, 3_600))).isAllowed).toBe(false)
  })
})

describe('eviction', () => {
  test('a reservation that the object forgot is settled rightly', async () => {
    const name = newName()
    const demand = reserved(10, 31_536_000, 2, CENT)
    const [receipt] = receipts([await take(name, demand)])
    await evictDurableObject(env.RATE_LIMITER.getByName(name))
    await limiter(name).settle(receipt as TakeReceipt, CENT / 2)
    await evictDurableObject(env.RATE_LIMITER.getByName(name))
    const { buckets } = await limiter(name).peek()
    expect(buckets[0]?.level).toBeGreaterThanOrEqual(9.5 * CENT)
    expect(buckets[0]?.level).toBeLessThan(9.5 * CENT + 100)
  })

  test('the bucket refills while the object is not in memory', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const name = newName()
    await takeAtOnce(name, 100, requests(100, 3_600))
    await evictDurableObject(env.RATE_LIMITER.getByName(name))
    vi.setSystemTime(Date.now() + 72_000)
    const answers = await takeAtOnce(name, 10, requests(100, 3_600))
    expect(receipts(answers)).toHaveLength(2)
  })
})

describe('storage', () => {
  test('calls under a fast policy write once per second or less', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const name = newName()
    const demand = requests(60_000, 60)
    for (let second = 0; second < 10; second += 1) {
      await takeAtOnce(name, 100, demand)
      vi.setSystemTime(Date.now() + 1_000)
    }
    const { writes } = await limiter(name).peek()
    expect(writes).toBeGreaterThan(0)
    expect(writes).toBeLessThanOrEqual(11)
  })

  test('denials write nothing', async () => {
    const name = newName()
    await takeAtOnce(name, 10, requests(5, 3_600))
    const before = await limiter(name).peek()
    await takeAtOnce(name, 200, requests(5, 3_600))
    expect((await limiter(name).peek()).writes).toBe(before.writes)
  })

  test('the alarm empties the object once it is full, and not before', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const name = newName()
    const stub = env.RATE_LIMITER.getByName(name)
    await takeAtOnce(name, 5, requests(5, 60))
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await stored(name)).toMatchObject({ v: 1 })
    vi.setSystemTime(Date.now() + 60_000)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await stored(name)).toBeUndefined()
    expect(await runDurableObjectAlarm(stub)).toBe(false)
    expect(receipts(await takeAtOnce(name, 10, requests(5, 60)))).toHaveLength(5)
  })

  test('the alarm waits for open reservations', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const name = newName()
    const stub = env.RATE_LIMITER.getByName(name)
    await take(name, reserved(10, 60, 1, CENT))
    vi.setSystemTime(Date.now() + 60_000)
    await runDurableObjectAlarm(stub)
    expect((await limiter(name).peek()).reservations).toBe(1)
    vi.setSystemTime(Date.now() + 600_000)
    await runDurableObjectAlarm(stub)
    expect(await limiter(name).peek()).toMatchObject({ buckets: [], reservations: 0 })
  })
})

test('a policy that changes keeps what is left, up to the new quota', async () => {
  const name = newName()
  await takeAtOnce(name, 60, requests(100, 3_600))
  const wider = await take(name, requests(1_000, 3_600))
  expect(Math.floor((wider.slots[0]?.level ?? 0) / 1_000)).toBe(39)
  await evictDurableObject(env.RATE_LIMITER.getByName(name))
  const narrower = await take(name, requests(10, 3_600))
  expect(Math.floor((narrower.slots[0]?.level ?? 0) / 1_000)).toBe(9)
})

test('a policy that comes beside a spent one, or goes again, does not fill it', async () => {
  const name = newName()
  const [minute, day] = [requests(60, 60), requests(3, 86_400)]
  const passed = async (...demands: Demand[]): Promise<number> => {
    await evictDurableObject(env.RATE_LIMITER.getByName(name))
    return receipts([await take(name, ...demands), await take(name, ...demands)]).length
  }
  await takeAtOnce(name, 5, day)
  expect(await passed(minute, day)).toBe(0)
  expect(await passed(minute)).toBeLessThanOrEqual(2)
  expect(await passed(day)).toBe(0)
  expect(await passed(minute, day)).toBe(0)
})

test('names are apart', async () => {
  const [one, other] = [newName(), newName()]
  await takeAtOnce(one, 5, requests(5, 3_600))
  expect((await take(other, requests(5, 3_600))).isAllowed).toBe(true)
})
