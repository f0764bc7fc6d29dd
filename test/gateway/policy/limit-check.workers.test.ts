/** The whole check with the real objects in workerd: exact, few hops, and going on when the objects do not. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  checkLimits,
  releaseLimits,
  settleLimits,
} from '../../../src/gateway/policy/limit-check.ts'
import type {
  LimitInput,
  LimitRoom,
  LimitVerdict,
} from '../../../src/gateway/policy/limit-check.ts'
import { forgetDenials } from '../../../src/gateway/policy/limit-denials.ts'
import { forgetDoubts } from '../../../src/gateway/policy/limit-patience.ts'
import { parseLimitPolicies } from '../../../src/gateway/policy/limit-grammar.ts'
import type { Limiter, LimiterNamespace } from '../../../src/lib/limiter-protocol.ts'
import { limiterNamed } from '../../../src/lib/limiter-protocol.ts'

const CENT_NANO = 10_000_000

let orgId: string
let work: Promise<void>[]
let room: LimitRoom

beforeEach(() => {
  forgetDenials()
  forgetDoubts()
  orgId = `org-${crypto.randomUUID()}`
  work = []
  room = roomOf(env.RATE_LIMITER)
})

afterEach(() => vi.useRealTimers())

function roomOf(limiters: LimiterNamespace, patienceMs = 1_000): LimitRoom {
  const background = (_: string, promise: Promise<void>): void => {
    work.push(promise)
    promise.catch(() => undefined) // Whoever keeps it looks at it; nobody else needs to.
  }
  return { limiters, patienceMs, background }
}

function input(policy: string, more: Partial<LimitInput> = {}): LimitInput {
  return {
    policies: parseLimitPolicies(policy, []),
    orgId,
    keyId: 'key-1',
    userId: 'alice',
    properties: {},
    callId: crypto.randomUUID(),
    estimate: { costNano: null, tokens: null },
    failClosed: 'never',
    ...more,
  }
}

function check(policy: string, more: Partial<LimitInput> = {}): Promise<LimitVerdict> {
  return checkLimits(input(policy, more), room, Date.now())
}

async function checkAtOnce(count: number, policy: string, more: Partial<LimitInput> = {}) {
  return Promise.all(Array.from({ length: count }, () => check(policy, more)))
}

function passed(verdicts: readonly LimitVerdict[]): LimitVerdict[] {
  return verdicts.filter(({ kind }) => kind === 'allowed')
}

/** The namespace with every method of its stubs going through `around`. */
function through(
  around: (name: string, bucket: string, call: () => Promise<unknown>) => Promise<unknown>,
): LimiterNamespace {
  return {
    getByName(bucket) {
      const real = limiterNamed(env.RATE_LIMITER, bucket) as unknown as Record<
        string,
        (...values: unknown[]) => Promise<unknown>
      >
      const method =
        (name: string) =>
        (...values: unknown[]): Promise<unknown> =>
          around(name, bucket, async () => real[name]?.(...values))
      return {
        take: method('take'),
        takeAll: method('takeAll'),
        settle: method('settle'),
        release: method('release'),
        peek: method('peek'),
      } as Limiter
    },
  }
}

function counted(): { limiters: LimiterNamespace; calls: string[] } {
  const calls: string[] = []
  const limiters = through((name, _, call) => {
    calls.push(name)
    return call()
  })
  return { limiters, calls }
}

async function settleWork(): Promise<void> {
  while (work.length > 0) await work.pop()
}

describe('exact', { timeout: 120_000 }, () => {
  test('1,000 parallel checks of 100;w=3600: exactly 100 pass, in each of 20 runs', async () => {
    for (let run = 0; run < 20; run += 1) {
      orgId = `org-${crypto.randomUUID()}`
      expect(passed(await checkAtOnce(1_000, '100;w=3600'))).toHaveLength(100)
    }
  })

  test('far from a limit calls are let in without asking, and still exactly the quota pass', async () => {
    const { limiters, calls } = counted()
    room = roomOf(limiters)
    const verdicts: LimitVerdict[] = []
    for (let burst = 0; burst < 60; burst += 1) {
      verdicts.push(...(await checkAtOnce(100, '4000;w=31536000')))
      forgetDenials()
    }
    await settleWork()
    expect(passed(verdicts)).toHaveLength(4_000)
    const spared = verdicts.filter(({ hops }) => hops === 0)
    expect(spared.length).toBeGreaterThan(20)
    expect(calls).not.toContain('settle')
  })

  test('of two policies of one segment the strictest decides, and both count', async () => {
    const policy = '30;w=60;s=user, 100;w=86400;s=user'
    expect(passed(await checkAtOnce(200, policy))).toHaveLength(30)
    forgetDenials()
    const verdict = await check('100;w=86400;s=user, 30;w=60;s=user')
    expect(verdict.facts.map(({ remaining }) => remaining)).toEqual([0, 70])
    expect(verdict.strictest?.policy).toBe('30;w=60;s=user')
    expect(verdict.policyText).toBe('30;w=60;s=user')
  })

  test('what another object refuses is given back', async () => {
    await checkAtOnce(5, '5;w=3600;s=user')
    forgetDenials()
    const verdicts = await checkAtOnce(50, '1000;w=3600, 5;w=3600;s=user')
    await settleWork()
    expect(passed(verdicts)).toEqual([])
    const { strictest } = await check('1000;w=3600')
    // 5 of the first calls were of the user alone; this one is the first that the organisation counts.
    expect(strictest?.remaining).toBe(999)
  })

  test('each user, key, property value and unit has a bucket of its own', async () => {
    expect((await check('1;w=3600;s=user')).kind).toBe('allowed')
    expect((await check('1;w=3600;s=user')).kind).toBe('denied')
    expect((await check('1;w=3600;s=user', { userId: 'bob' })).kind).toBe('allowed')
    expect((await check('1;w=3600;s=key')).kind).toBe('allowed')
    expect((await check('1;w=3600;s=key', { keyId: 'key-2' })).kind).toBe('allowed')
    expect((await check('1;w=3600;s=team', { properties: { team: 'a' } })).kind).toBe('allowed')
    expect((await check('1;w=3600;s=team', { properties: { team: 'b' } })).kind).toBe('allowed')
    expect((await check('1;w=3600;s=user;u=tokens')).kind).toBe('allowed')
    orgId = `${orgId}-other`
    expect((await check('1;w=3600;s=user')).kind).toBe('allowed')
  })
})

describe('verdict', () => {
  test('of an allowed call', async () => {
    const verdict = await check('10;w=60;s=user')
    expect(verdict).toMatchObject({
      kind: 'allowed',
      retryAfterSeconds: null,
      isFailedOpen: false,
      hops: 1,
      strictest: {
        policy: '10;w=60;s=user',
        segment: 'user:alice',
        unit: 'request',
        limit: 10,
        remaining: 9,
        resetSeconds: 6,
        denied: false,
        unavailable: false,
      },
    })
  })

  test('of a denied call', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await checkAtOnce(2, '2;w=3600')
    expect(await check('2;w=3600')).toMatchObject({
      kind: 'denied',
      retryAfterSeconds: 1_800,
      receipts: [],
      strictest: { remaining: 0, resetSeconds: 3_600, denied: true },
    })
  })

  test.each([
    ['no user', '1;w=60;s=user', { userId: null }],
    ['no such property', '1;w=60;s=team', {}],
  ])('%s: let in, with nothing but the policy', async (_, policy, more) => {
    const [first, second] = await checkAtOnce(2, policy, more)
    expect(first).toMatchObject({ kind: 'allowed', strictest: null, policyText: policy })
    expect(first?.facts).toMatchObject([{ policy, segment: null, remaining: null, denied: false }])
    expect(second?.kind).toBe('allowed')
  })

  test('without a policy there is no hop and no header', async () => {
    const { limiters, calls } = counted()
    const verdict = await checkLimits(input('nonsense'), roomOf(limiters), Date.now())
    expect(verdict).toMatchObject({ kind: 'allowed', policyText: null, hops: 0 })
    expect(calls).toEqual([])
  })

  test('less than one request is a limit that nobody passes', async () => {
    expect(await check('0.5;w=60')).toMatchObject({ kind: 'denied', retryAfterSeconds: 60 })
  })
})

describe('denied callers are answered from memory', () => {
  test('no hop until the denial is over, then one', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { limiters, calls } = counted()
    room = roomOf(limiters)
    await checkAtOnce(10, '10;w=300')
    expect((await check('10;w=300')).kind).toBe('denied')
    // Two asked at once, the third for all the others, and the denied one.
    expect(calls).toEqual(['take', 'take', 'takeAll', 'take'])

    vi.setSystemTime(Date.now() + 29_000)
    for (let i = 0; i < 100; i += 1) {
      const verdict = await check('10;w=300')
      expect(verdict).toMatchObject({ kind: 'denied', retryAfterSeconds: 1, hops: 0 })
      expect(verdict.strictest?.resetSeconds).toBe(271)
    }
    expect(calls).toHaveLength(4)

    vi.setSystemTime(Date.now() + 1_000)
    expect((await check('10;w=300')).kind).toBe('allowed')
    expect(calls).toHaveLength(5)
  })

  test('another user, or a wider policy, is not meant', async () => {
    await checkAtOnce(2, '1;w=3600;s=user')
    expect((await check('1;w=3600;s=user', { userId: 'bob' })).hops).toBe(1)
    expect((await check('5;w=3600;s=user')).hops).toBe(1)
  })
})

describe('cents and tokens', () => {
  test('reserved before, settled after', async () => {
    const verdict = await check('10;w=31536000;u=cents', {
      estimate: { costNano: 4 * CENT_NANO, tokens: null },
    })
    expect(verdict.strictest?.remaining).toBe(6)
    await settleLimits(verdict, { costNano: CENT_NANO / 2, tokens: 900 }, env.RATE_LIMITER)
    expect((await check('10;w=31536000;u=cents')).strictest?.remaining).toBe(9)
  })

  test('a dear call blocks the next ones', async () => {
    const verdict = await check('10;w=3600;u=cents')
    await settleLimits(verdict, { costNano: 25 * CENT_NANO, tokens: null }, env.RATE_LIMITER)
    expect(await check('10;w=3600;u=cents')).toMatchObject({
      kind: 'denied',
      strictest: { remaining: 0, resetSeconds: 9_000 },
    })
  })

  test('tokens, with requests beside them', async () => {
    const verdict = await check('1000;w=31536000;u=tokens, 5;w=31536000', {
      estimate: { costNano: null, tokens: 300 },
    })
    expect(verdict.receipts).toHaveLength(2)
    await settleLimits(verdict, { costNano: null, tokens: 120 }, env.RATE_LIMITER)
    const after = await check('1000;w=31536000;u=tokens, 5;w=31536000', {
      estimate: { costNano: null, tokens: 1 },
    })
    expect(after.facts.map(({ remaining }) => remaining)).toEqual([879, 3])
  })

  test('a provider that lies about its usage locks a segment for a while, not for years', async () => {
    const verdict = await check('1000000;w=60;u=tokens')
    await settleLimits(verdict, { costNano: null, tokens: 9e15 }, env.RATE_LIMITER)
    const after = await check('1000000;w=60;u=tokens')
    expect(after).toMatchObject({ kind: 'denied', strictest: { resetSeconds: 1_200 } })
    // What is said is when a call could pass, beyond one window too.
    expect(after.retryAfterSeconds).toBeGreaterThan(1_100)
  })

  test('an unknown price leaves the estimate as charge', async () => {
    const estimate = { costNano: 4 * CENT_NANO, tokens: null }
    const verdict = await check('10;w=31536000;u=cents', { estimate })
    await settleLimits(verdict, { costNano: null, tokens: 5 }, env.RATE_LIMITER)
    const after = await check('10;w=31536000;u=cents', { estimate: { costNano: 1, tokens: null } })
    expect(after.strictest?.remaining).toBe(5)
  })

  test('receipts survive JSON, and a repeated settlement changes nothing', async () => {
    const verdict = await check('10;w=31536000;u=cents', {
      estimate: { costNano: 4 * CENT_NANO, tokens: null },
    })
    const receipts = JSON.parse(JSON.stringify(verdict.receipts)) as LimitVerdict['receipts']
    for (let i = 0; i < 3; i += 1) {
      await settleLimits({ receipts }, { costNano: CENT_NANO, tokens: null }, env.RATE_LIMITER)
    }
    expect(
      (await check('10;w=31536000;u=cents', { estimate: { costNano: 1, tokens: null } })).strictest
        ?.remaining,
    ).toBe(8)
  })

  test('is tried once more when the limiter does not answer', async () => {
    const verdict = await check('10;w=3600;u=cents')
    let isDown = true
    const limiters = through((_, __, call) => {
      if (!isDown) return call()
      isDown = false
      return Promise.reject(new Error('the connection was lost'))
    })
    await settleLimits(verdict, { costNano: 25 * CENT_NANO, tokens: null }, limiters)
    expect((await check('10;w=3600;u=cents')).kind).toBe('denied')
  })

  test('a call that went nowhere is given back', async () => {
    const verdict = await check('3;w=3600, 10;w=31536000;u=cents', {
      estimate: { costNano: 4 * CENT_NANO, tokens: null },
    })
    await releaseLimits(verdict, env.RATE_LIMITER)
    const after = await check('3;w=3600, 10;w=31536000;u=cents', {
      estimate: { costNano: 0, tokens: null },
    })
    expect(after.facts.map(({ remaining }) => remaining)).toEqual([2, 9])
  })
})

describe('a limiter that fails', () => {
  const broken = through(() => Promise.reject(new Error('down')))
  const unreachable: LimiterNamespace = {
    getByName() {
      throw new Error('no such object')
    },
  }
  const silent = through(() => new Promise(() => {}))

  test.each([
    ['down', broken],
    ['unreachable', unreachable],
    ['silent', silent],
  ])('%s: the call goes through, flagged', async (_, limiters) => {
    const verdict = await checkLimits(input('1;w=60'), roomOf(limiters, 20), Date.now())
    expect(verdict).toMatchObject({
      kind: 'allowed',
      isFailedOpen: true,
      strictest: null,
      policyText: '1;w=60',
      facts: [{ remaining: null, unavailable: true, denied: false }],
    })
    // The failure itself is left to whoever logs background work.
    expect(work).toHaveLength(1)
    if (limiters !== silent) await expect(work.pop()).rejects.toThrow(/down|no such object/)
  })

  test.for([
    ['always', '1;w=60'],
    ['always', '1;w=60;u=tokens'],
    ['spend', '1;w=60;u=cents'],
    ['spend', '5;w=60, 1;w=60;u=cents'],
  ] as const)('failing closed, %s, stops a call under %s', async ([failClosed, policy]) => {
    const closed = input(policy, { failClosed })
    expect(await checkLimits(closed, roomOf(broken), Date.now())).toMatchObject({
      kind: 'unavailable',
      isFailedOpen: false,
      receipts: [],
    })
    await Promise.allSettled(work)
  })

  test('hard caps on spending let calls through that are limited by something else', async () => {
    const closed = input('1;w=60, 5;w=60;u=tokens', { failClosed: 'spend' })
    expect(await checkLimits(closed, roomOf(broken), Date.now())).toMatchObject({
      kind: 'allowed',
      isFailedOpen: true,
    })
    await Promise.allSettled(work)
  })

  test('one that is down does not switch the others off', async () => {
    const half = through((_, bucket, call) =>
      bucket.includes(':user:') ? Promise.reject(new Error('down')) : call(),
    )
    room = roomOf(half)
    const verdicts = await checkAtOnce(10, '3;w=3600, 100;w=60;s=user')
    expect(passed(verdicts)).toHaveLength(3)
    expect(passed(verdicts).every(({ isFailedOpen }) => isFailedOpen)).toBe(true)
    await Promise.allSettled(work)
  })

  test('a late answer leaves its receipt, so that the call is settled all the same', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = through(async (name, _, call) => {
      if (name === 'take') await gate.promise
      return call()
    })
    const late = await checkLimits(
      input('10;w=31536000;u=cents', { estimate: { costNano: 4 * CENT_NANO, tokens: null } }),
      roomOf(slow, 10),
      Date.now(),
    )
    expect(late).toMatchObject({ kind: 'allowed', isFailedOpen: true, receipts: [] })
    gate.resolve()
    await settleWork()
    expect(late.receipts).toHaveLength(1)
    await settleLimits(late, { costNano: CENT_NANO, tokens: null }, env.RATE_LIMITER)
    const after = await check('10;w=31536000;u=cents', { estimate: { costNano: 1, tokens: null } })
    expect(after.strictest?.remaining).toBe(8)
  })

  test('a late take of a call that was refused is given back', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = through(async (name, bucket, call) => {
      if (name === 'take' && bucket.includes(':global:')) await gate.promise
      return call()
    })
    await check('1;w=3600;s=user')
    forgetDenials()
    const refused = await checkLimits(
      input('5;w=3600, 1;w=3600;s=user'),
      roomOf(slow, 50),
      Date.now(),
    )
    expect(refused.kind).toBe('denied')
    gate.resolve()
    await settleWork()
    expect((await check('5;w=3600')).strictest?.remaining).toBe(4)
  })
})
