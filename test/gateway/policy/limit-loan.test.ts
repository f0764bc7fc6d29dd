/** Calls let in without asking: several isolates against one limiter's real books, which must come out exact. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type {
  checkLimits,
  LimitInput,
  LimitVerdict,
} from '../../../src/gateway/policy/limit-check.ts'
import { parseLimitPolicies } from '../../../src/gateway/policy/limit-grammar.ts'
import { LimitLedger } from '../../../src/lib/limit-ledger.ts'
import type { Limiter } from '../../../src/lib/limiter-protocol.ts'

/** So long that nothing comes back while a test runs. */
const YEAR = 'w=31536000'
const T0 = 1_800_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ now: T0 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** One limiter, each question 5 ms away, and what it was asked. */
function remote() {
  const ledger = new LimitLedger([], Date.now())
  const asked = { questions: 0, releases: 0 }
  const away = <T>(answer: () => T): Promise<T> =>
    new Promise((resolve) => setTimeout(() => resolve(answer()), 5))
  const limiter: Pick<Limiter, 'take' | 'takeAll' | 'release'> = {
    take: (input) => {
      asked.questions += 1
      return away(() => ledger.take(input, Date.now()))
    },
    takeAll: (inputs) => {
      asked.questions += 1
      return away(() => inputs.map((input) => ledger.take(input, Date.now())))
    },
    release: (receipt) => {
      asked.releases += 1
      return away(() => ledger.release(receipt, Date.now()))
    },
  }
  // The clock of the test goes on a little: of what comes back in a year that is less than a call.
  const left = (): number => {
    return Math.floor((ledger.view(Date.now()).buckets[0]?.level ?? Number.NaN) / 1_000)
  }
  return { limiters: { getByName: () => limiter }, asked, left }
}

type Check = (policy: string) => Promise<LimitVerdict>

/** A gateway with a memory of its own. */
async function isolate({ limiters }: ReturnType<typeof remote>): Promise<Check> {
  vi.resetModules()
  const check: { checkLimits: typeof checkLimits } =
    await import('../../../src/gateway/policy/limit-check.ts')
  const background = (_: string, work: Promise<void>): void => void work.catch(() => undefined)
  let calls = 0
  return (policy) => {
    calls += 1
    const input: LimitInput = {
      policies: parseLimitPolicies(policy, []),
      callId: `call-${calls}-${Math.random()}`,
      orgId: 'org',
      keyId: 'key',
      userId: 'ann',
      properties: {},
      estimate: { costNano: null, tokens: null },
      failClosed: 'never',
    }
    return check.checkLimits(input, { limiters, background }, Date.now())
  }
}

/** Calls one after the other, each when the one before has been answered. */
async function inTurn(check: Check, count: number, policy: string): Promise<LimitVerdict[]> {
  const verdicts: LimitVerdict[] = []
  for (let call = 0; call < count; call += 1) {
    const asking = check(policy)
    await vi.advanceTimersByTimeAsync(5)
    verdicts.push(await asking)
  }
  return verdicts
}

function remaining(verdicts: readonly LimitVerdict[]): (number | null | undefined)[] {
  return verdicts.map(({ strictest }) => strictest?.remaining)
}

describe('a busy segment far from its limit', () => {
  test('is asked for seldom, and what is left counts down as if each call had been', async () => {
    const far = remote()
    const check = await isolate(far)
    const verdicts = await inTurn(check, 60, `100000;${YEAR}`)
    expect(far.asked.questions).toBeLessThan(20)
    expect(remaining(verdicts)).toEqual(Array.from({ length: 60 }, (_, call) => 99_999 - call))
  })

  test('what was not used is given back when the moment is over', async () => {
    const far = remote()
    const check = await isolate(far)
    await inTurn(check, 20, `100000;${YEAR}`)
    expect(far.left()).toBeLessThan(100_000 - 20)
    await vi.advanceTimersByTimeAsync(300)
    expect(far.asked.releases).toBe(1)
    expect(far.left()).toBe(100_000 - 20)
  })

  test('calls that stand in line are let in by a loan that comes meanwhile', async () => {
    const far = remote()
    const check = await isolate(far)
    const burst = async (count: number): Promise<LimitVerdict[]> => {
      const asking = Array.from({ length: count }, () => check(`1000000;${YEAR}`))
      await vi.advanceTimersByTimeAsync(20)
      return await Promise.all(asking)
    }
    // Two ask, one for all others: it learns that the segment is busy, and borrows for 80: as long as it lasts.
    const first = await burst(40)
    expect(far.asked.questions).toBe(3)
    // Eighty are lent, two ask, and eighteen wait for what one of those borrows.
    const second = await burst(100)
    expect(far.asked.questions).toBe(5)
    expect(new Set(remaining([...first, ...second])).size).toBe(140)
  })

  test('another policy is asked for, whatever was lent under the first', async () => {
    const far = remote()
    const check = await isolate(far)
    await inTurn(check, 20, `100000;${YEAR}`)
    const { questions } = far.asked
    await inTurn(check, 1, `90000;${YEAR}`)
    expect(far.asked.questions).toBe(questions + 1)
  })
})

describe('nothing is lent', () => {
  test.each([
    ['a quiet segment', `100000;${YEAR}`, 100],
    ['near the limit', `500;${YEAR}`, 0],
    ['money', `100000;${YEAR};u=cents`, 0],
    ['tokens', `100000000;${YEAR};u=tokens`, 0],
    ['calls that several limiters decide about', `100000;${YEAR},100000;${YEAR};s=user`, 0],
  ])('%s', async (_, policy, pauseMs) => {
    const far = remote()
    const check = await isolate(far)
    const limiters = policy.includes(',') ? 2 : 1
    for (let call = 0; call < 12; call += 1) {
      const [verdict] = await inTurn(check, 1, policy)
      expect(verdict?.kind).toBe('allowed')
      await vi.advanceTimersByTimeAsync(pauseMs)
    }
    expect(far.asked.questions).toBe(12 * limiters)
  })
})

test('several isolates together let in exactly the quota, and lose nothing', async () => {
  const moment = fc.record({
    isolate: fc.constantFrom('a', 'b', 'c'),
    calls: fc.integer({ min: 1, max: 150 }),
    pauseMs: fc.integer({ min: 0, max: 60 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 200, max: 6_000 }),
      fc.array(moment, { minLength: 1, maxLength: 60 }),
      async (quota, moments) => {
        const far = remote()
        const checks = { a: await isolate(far), b: await isolate(far), c: await isolate(far) }
        const policy = `${quota};${YEAR}`
        const asking: Promise<LimitVerdict>[] = []
        for (const { isolate: name, calls, pauseMs } of moments) {
          for (let call = 0; call < calls; call += 1) asking.push(checks[name](policy))
          await vi.advanceTimersByTimeAsync(pauseMs)
        }
        await vi.advanceTimersByTimeAsync(3_000)
        const verdicts = await Promise.all(asking)
        const passed = verdicts.filter(({ kind }) => kind === 'allowed').length
        expect(passed).toBeLessThanOrEqual(quota)
        // What was lent is back, so the books say what was let in; a denial is never for want of what another held.
        expect(far.left()).toBe(quota - passed)
        if (asking.length <= quota) expect(passed).toBe(asking.length)
      },
    ),
    { numRuns: 40 },
  )
})

test('after a question that was never answered others are lent to again', async () => {
  const far = remote()
  const real = far.limiters.getByName()
  let isSilent = false
  const silence = new Promise<never>(() => undefined)
  const unreliable = {
    ...real,
    take: (input: Parameters<Limiter['take']>[0]) => (isSilent ? silence : real.take(input)),
  }
  const check = await isolate({ ...far, limiters: { getByName: () => unreliable } })
  isSilent = true
  // The first two ask, the others when those have been silent for a while: for a loan too, because all are many.
  const cut = Array.from({ length: 10 }, () => check(`100000;${YEAR}`))
  await vi.advanceTimersByTimeAsync(3_000)
  expect((await Promise.all(cut)).every(({ isFailedOpen }) => isFailedOpen)).toBe(true)
  isSilent = false
  const { questions } = far.asked
  await inTurn(check, 40, `100000;${YEAR}`)
  expect(far.asked.questions - questions).toBeLessThan(15)
})
