/** Durations say no more than the clock knows. */
import { expect, test } from 'vitest'
import { formatMs, formatSavedMs, formatSpan } from '../../dashboard/src/lib/format.ts'

test.each([
  [null, '–'],
  [0, '<1 ms'],
  [0.42, '<1 ms'],
  [1, '1 ms'],
  [2.26, '2.3 ms'],
  [421, '421 ms'],
  [2_345, '2.35 s'],
  [61_000, '1m 01s'],
])('%s ms', (ms, text) => {
  expect(formatMs(ms)).toBe(text)
})

test('time that was spared', () => {
  expect(formatSavedMs(0)).toBe('–')
  expect(formatSavedMs(1_500)).toBe('1.50 s')
  expect(formatSpan(0.4)).toBe('<1 ms')
})
