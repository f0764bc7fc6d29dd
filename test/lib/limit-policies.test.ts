/**
 * What becomes of a limiter's buckets when the policies of its calls change: each policy keeps to its own quota whatever
 * comes and goes beside it, and one that takes another's place goes on from what is left.
 */
import { describe, expect, test } from 'vitest'
import { LimitSlots, MOST_SLOTS } from '../../src/lib/limit-slots.ts'
import { cents, Host, passes, receiptOf, requests, T0 } from '../support/limiter-host.ts'

const CENT = 10_000_000
const DAY = 86_400
const YEAR = 31_536_000

/** In memory, and again with the object evicted before each step. */
const lives = [
  ['in memory', (): void => undefined],
  ['evicted in between', (host: Host, now: number): void => host.evict(now)],
] as const

describe.each(lives)('policies that come and go, %s', (_, between) => {
  const day = requests(3, DAY)
  const minute = requests(50, 60)

  test('a shorter one beside a spent one does not fill it again, nor does its going', () => {
    const host = new Host()
    expect(passes(host, [day], 5)).toBe(3)
    between(host, T0)
    expect(passes(host, [minute, day], 5, T0 + 1)).toBe(0)
    between(host, T0 + 1)
    expect(passes(host, [day], 5, T0 + 60_000)).toBe(0)
    between(host, T0 + 60_000)
    expect(passes(host, [minute, day], 5, T0 + DAY * 1_000)).toBe(3)
  })

  test('one that goes leaves the other as it is', () => {
    const host = new Host()
    expect(passes(host, [minute, day], 5)).toBe(3)
    between(host, T0)
    expect(passes(host, [minute], 100, T0 + 1)).toBe(47)
    between(host, T0 + 1)
    expect(passes(host, [day], 5, T0 + 60_000)).toBe(0)
    expect(passes(host, [minute], 100, T0 + 60_001)).toBe(50)
    expect(passes(host, [minute, day], 5, T0 + 60_001)).toBe(0)
  })

  test('one that comes beside another is full', () => {
    const host = new Host()
    passes(host, [requests(100, DAY)], 90)
    between(host, T0)
    const { slots } = host.take([minute, requests(100, DAY)], T0)
    expect(slots.map(({ level }) => level)).toEqual([49_000, 9_000])
  })

  test('one that takes the place of another goes on from what it had left', () => {
    const host = new Host()
    passes(host, [requests(100, 60), day], 1)
    between(host, T0)
    const { slots } = host.take([requests(50, 3_600), day], T0)
    expect(slots.map(({ level }) => level)).toEqual([49_000, 1_000])
    between(host, T0)
    expect(host.take([requests(500, 7_200), day], T0).slots.map(({ level }) => level)).toEqual([
      48_000, 0,
    ])
  })

  test('several of one window keep apart, and a changed quota finds its own', () => {
    const host = new Host()
    const hours = [requests(10, 3_600), requests(100, 3_600)]
    expect(passes(host, hours, 6)).toBe(6)
    between(host, T0)
    const changed = [requests(20, 3_600), requests(100, 3_600)]
    expect(host.take(changed, T0).slots.map(({ level }) => level)).toEqual([3_000, 93_000])
    between(host, T0)
    const both = [requests(30, 3_600), requests(200, 3_600)]
    expect(host.take(both, T0).slots.map(({ level }) => level)).toEqual([2_000, 92_000])
  })

  test('a quota that is raised and lowered again counts what went through meanwhile', () => {
    const host = new Host()
    passes(host, [requests(100, YEAR)], 1)
    between(host, T0)
    expect(passes(host, [requests(200, YEAR)], 120, T0 + 1)).toBe(99)
    between(host, T0 + 1)
    expect(passes(host, [requests(100, YEAR)], 5, T0 + 2)).toBe(0)
  })
})

describe('callers that take turns with different policies', () => {
  // Two hours, in which of 1,000 a day 83 come back; two quotas of one window share what is left.
  test.each([
    ['windows', requests(60, 60), 3, 720],
    ['quotas', requests(1_000, DAY), 2, 84],
  ])('of different %s: neither exceeds its own', (_, fast, ofSlow, ofFast) => {
    const host = new Host()
    const passed = { slow: 0, fast: 0 }
    for (let second = 0; second < 7_200; second += 10) {
      passed.slow += passes(host, [requests(3, DAY)], 1, T0 + second * 1_000)
      passed.fast += passes(host, [fast], 1, T0 + second * 1_000)
    }
    expect(passed).toEqual({ slow: ofSlow, fast: ofFast })
  })

  test('one that is over its limit does not hold up the other by asking again', () => {
    const host = new Host()
    const [few, many] = [requests(3, DAY), requests(1_000, DAY)]
    passes(host, [few], 3)
    let passed = 0
    for (let minute = 1; minute <= 120; minute += 1) {
      passes(host, [few], 5, T0 + minute * 60_000)
      passed += passes(host, [many], 5, T0 + minute * 60_000)
    }
    // From the first minute on, as nothing was left then: 1,000 a day is one in 86.4 seconds.
    expect(passed).toBe(82)
  })

  test('write nothing while they are denied', () => {
    const host = new Host()
    passes(host, [requests(3, DAY)], 4)
    passes(host, [requests(5, 3_600)], 4)
    const { writes } = host
    for (let turn = 0; turn < 100; turn += 1) {
      expect(passes(host, [requests(3, DAY)], 1)).toBe(0)
      expect(passes(host, [requests(5, 3_600)], 1)).toBe(0)
    }
    expect(host.writes).toBe(writes)
  })

  test('leave a bounded number of buckets, and those that need longest to fill', () => {
    const host = new Host()
    const year = requests(3, YEAR)
    passes(host, [year], 3)
    for (let window = 60; window < 160; window += 1) {
      const now = T0 + window * 1_000
      passes(host, [requests(5, window)], 1, now)
      expect(host.buckets(now).length).toBeLessThanOrEqual(MOST_SLOTS)
      expect(host.disk.length).toBeLessThanOrEqual(MOST_SLOTS)
    }
    expect(passes(host, [year], 1, T0 + 200_000)).toBe(0)
  })
})

describe('a settlement after the policies changed', () => {
  test('finds its bucket where another has come before it', () => {
    const host = new Host()
    const month = cents(100, YEAR, 2)
    const receipt = receiptOf(host.take([month], T0))
    host.take([cents(50, 60, 1), month], T0)
    host.settle(receipt, 10 * CENT, T0)
    expect(host.buckets(T0).map(({ level }) => level / CENT)).toEqual([49, 88])
  })

  test('finds its bucket where the one before it has gone, in memory or not', () => {
    for (const isEvicted of [false, true]) {
      const host = new Host()
      const [minute, month] = [cents(50, 60, 1), cents(100, YEAR, 2)]
      const receipt = receiptOf(host.take([minute, month], T0))
      host.take([month], T0)
      if (isEvicted) host.evict(T0)
      host.settle(receipt, 5 * CENT, T0)
      const left = new Map(host.buckets(T0).map((each) => [each.windowMs, each.level / CENT]))
      expect(left).toEqual(
        new Map([
          [YEAR * 1_000, 93],
          [60_000, 45],
        ]),
      )
    }
  })

  test.each([
    ['cheaper', CENT, 96],
    ['dearer', 9 * CENT, 88],
    ['given back', null, 97],
  ])('%s than reserved, corrects the policy that came in its place too', (_, actual, left) => {
    const host = new Host()
    const receipt = receiptOf(host.take([cents(100, YEAR, 2)], T0))
    host.take([cents(200, YEAR, 3)], T0)
    expect(host.level(T0)).toBe(95 * CENT)
    if (actual === null) host.release(receipt, T0)
    else host.settle(receipt, actual, T0)
    expect(host.level(T0)).toBe(left * CENT)
  })

  test('what comes back under one policy is not spent under another', () => {
    const host = new Host()
    const [wide, narrow] = [cents(1_000, YEAR, 90), cents(10, YEAR / 2, 1)]
    let passed = 0
    for (let turn = 0; turn < 30; turn += 1) {
      const receipt = receiptOf(host.take([wide], T0))
      passed += passes(host, [narrow], 1)
      host.release(receipt, T0)
    }
    expect(passed).toBe(10)
  })

  test('gives the policy that came in its place no more than its own books have', () => {
    const [first, second] = [cents(10, YEAR, 6), cents(5, 60, 1)]
    const host = new Host()
    const receipt = receiptOf(host.take([first], T0))
    host.take([second], T0)
    expect(host.level(T0)).toBe(3 * CENT)
    host.release(receipt, T0)
    expect(host.level(T0)).toBe(4 * CENT)

    const later = new Host()
    const late = receiptOf(later.take([first], T0))
    later.take([second], T0)
    // Full again: by its own books too.
    later.take([second], T0 + 60_000)
    later.release(late, T0 + 60_000)
    expect(later.level(T0 + 60_000)).toBe(4 * CENT)
  })

  test('counts from when it comes, although its bucket filled up meanwhile', () => {
    const host = new Host()
    const receipt = receiptOf(host.take([cents(2, 60, 1)], T0))
    host.take([cents(50, DAY, 1)], T0)
    host.settle(receipt, 2 * CENT, T0 + 60_000)
    const [, left] = host.buckets(T0 + 60_000)
    expect(left).toMatchObject({ windowMs: 60_000, level: CENT })
  })

  test('of a policy that nobody knows any more is charged all the same', () => {
    const host = new Host()
    const receipt = receiptOf(host.take([cents(10, 60, 1)], T0))
    host.disk = []
    host.evict(T0 + 70_000)
    host.take([cents(20, DAY, 1)], T0 + 70_000)
    host.settle(receipt, 9 * CENT, T0 + 70_000)
    const left = host.buckets(T0 + 70_000).map(({ level }) => level / CENT)
    expect(left).toEqual([19, 2])
  })
})

test('a loan that comes back after the policies changed goes to its own bucket', () => {
  const host = new Host()
  const day = requests(100_000, DAY)
  const { loan } = host.take([day], T0, false, 50)
  if (loan === undefined) throw new Error('nothing was lent')
  const { slots } = host.take([requests(10_000, 60), day], T0)
  expect(slots.map(({ level }) => level)).toEqual([9_999_000, 99_948_000])
  host.release(loan.receipt, T0)
  expect(host.buckets(T0).map(({ level }) => level)).toEqual([9_999_000, 99_998_000])
})

test('books from before policies had a bucket each are gone on with', () => {
  const host = new Host()
  const at = { carry: 0, at: T0 }
  host.disk = [
    { bucket: { capacity: 60_000, windowMs: 60_000, level: 5_000, ...at }, mean: null },
    { bucket: { capacity: 3_000, windowMs: DAY * 1_000, level: 0, ...at }, mean: null },
  ]
  host.evict(T0)
  expect(passes(host, [requests(3, DAY)], 3)).toBe(0)
  expect(passes(host, [requests(60, 60)], 10)).toBe(5)
})

test('policies that take each other’s place are not kept by whom they went on from', () => {
  const slots = new LimitSlots([])
  const [spent] = slots.claim([{ capacity: 1_000, windowMs: YEAR * 1_000 }], T0)
  if (spent === undefined) throw new Error('no slot')
  slots.enforce([spent], T0)
  // It would be full last, so that it is never the one that is dropped.
  spent.bucket.level = -1_000
  for (let call = 1; call <= 100; call += 1) {
    const policy = { capacity: 1_000_000 + call, windowMs: 60_000 }
    slots.enforce(slots.claim([policy], T0 + call), T0 + call)
  }
  expect(slots.all).toContain(spent)
  let heirs = 0
  for (let { heir } = spent; heir !== null; { heir } = heir) heirs += 1
  expect(heirs).toBeLessThanOrEqual(MOST_SLOTS)
})
