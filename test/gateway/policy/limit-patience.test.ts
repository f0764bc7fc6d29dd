import { beforeEach, expect, test } from 'vitest'
import {
  forgetDoubts,
  noteAnswer,
  noteSilence,
  patienceFor,
} from '../../../src/gateway/policy/limit-patience.ts'

const NOW = 1_000_000

beforeEach(forgetDoubts)

test('a limiter that nobody complained of is waited for a second', () => {
  expect(patienceFor('a', NOW)).toBe(1_000)
})

test('after a silence all are waited for a tenth of that, for ten seconds', () => {
  noteSilence('a', NOW)
  expect([patienceFor('a', NOW + 1), patienceFor('b', NOW + 1)]).toEqual([100, 100])
  expect([patienceFor('a', NOW + 10_000), patienceFor('b', NOW + 10_000)]).toEqual([1_000, 1_000])
})

test('one that answers clears the others, not the silent one', () => {
  noteSilence('a', NOW)
  noteAnswer('b')
  expect([patienceFor('a', NOW + 1), patienceFor('b', NOW + 1)]).toEqual([100, 1_000])
  noteAnswer('a')
  expect(patienceFor('a', NOW + 1)).toBe(1_000)
})

test('a shorter patience is not made longer', () => {
  noteSilence('a', NOW)
  expect(patienceFor('a', NOW + 1, 20)).toBe(20)
})
