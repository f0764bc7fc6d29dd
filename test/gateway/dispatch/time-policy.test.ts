import { expect, test } from 'vitest'
import type { Warning } from '../../../src/contracts/log-record.ts'
import { headersTimer, parseTimePolicy } from '../../../src/gateway/dispatch/time-policy.ts'
import type { TimeDefaults, TimePolicy } from '../../../src/gateway/dispatch/time-policy.ts'

const config = { upstreamTimeoutMs: 600_000, idleTimeoutMs: 300_000 }
const usual: TimePolicy = {
  headersMs: 600_000,
  firstTokenMs: null,
  idleMs: 300_000,
  totalMs: null,
}

function parse(
  headers: Record<string, string>,
  isIncreased = false,
  defaults: TimeDefaults | null = null,
): { time: TimePolicy; warnings: Warning[] } {
  const warnings: Warning[] = []
  const policy = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  return { time: parseTimePolicy(policy, isIncreased, defaults, config, warnings), warnings }
}

test.each([
  [{}, usual],
  [{ 'Helicone-Timeout-Connect': '500' }, { ...usual, headersMs: 500 }],
  [{ 'Helicone-Timeout-First-Token': '900' }, { ...usual, firstTokenMs: 900 }],
  [{ 'Helicone-Timeout-Idle': '1000' }, { ...usual, idleMs: 1_000 }],
  [{ 'Helicone-Timeout-Total': '30000' }, { ...usual, totalMs: 30_000 }],
  [{ 'Helicone-Timeout-Total': '3600000' }, { ...usual, totalMs: 3_600_000 }],
])('%o', (headers, expected) => {
  expect(parse(headers)).toEqual({ time: expected, warnings: [] })
})

test.each(['Connect', 'First-Token', 'Idle', 'Total'])('bad values of %s', (name) => {
  const header = `Helicone-Timeout-${name}`
  for (const value of ['0', '-1', '1.5', 'soon', '', '5s', '0x10']) {
    const { time, warnings } = parse({ [header]: value })
    expect(time).toEqual(usual)
    expect(warnings).toEqual([
      {
        code: 'invalid_header_value',
        header,
        message: `${header} "${value}" cannot be used: expected a whole number from 1 to 3600000.`,
      },
    ])
  }
  const { time, warnings } = parse({ [header]: '3600001' })
  expect(warnings).toHaveLength(1)
  expect(Object.values(time)).toContain(3_600_000)
})

const NONE = { headersMs: null, firstTokenMs: null, idleMs: null, totalMs: null }

test("a header wins over the organisation's default, that over the operator's", () => {
  const defaults = { headersMs: 5_000, firstTokenMs: 6_000, idleMs: 7_000, totalMs: 8_000 }
  expect(parse({}, false, defaults).time).toEqual(defaults)
  expect(parse({ 'Helicone-Timeout-Idle': '9' }, false, defaults).time.idleMs).toBe(9)
})

test('Helicone-Increase-Timeout waits 30 minutes, unless the caller says how long', () => {
  expect(parse({}, true).time.headersMs).toBe(1_800_000)
  expect(parse({}, true, { ...NONE, headersMs: 3_000_000 }).time.headersMs).toBe(3_000_000)
  expect(parse({ 'Helicone-Timeout-Connect': '500' }, true).time.headersMs).toBe(500)
})

test('the timer that fires first ends the wait for headers', () => {
  expect(headersTimer(usual, Infinity)).toEqual({ name: 'headers', limitMs: 600_000 })
  const short = { ...usual, firstTokenMs: 900, totalMs: 5_000 }
  expect(headersTimer(short, 4_000)).toEqual({ name: 'first_token', limitMs: 900 })
  expect(headersTimer(short, 300)).toEqual({ name: 'total', limitMs: 300 })
  expect(headersTimer(short, -5)).toEqual({ name: 'total', limitMs: 0 })
})
