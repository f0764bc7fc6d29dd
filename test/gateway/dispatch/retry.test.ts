import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Warning } from '../../../src/contracts/log-record.ts'
import type { AttemptResult } from '../../../src/gateway/dispatch/attempt.ts'
import { parseRetryPolicy, runAttempts, sleepFor } from '../../../src/gateway/dispatch/retry.ts'
import type {
  AttemptOptions,
  AttemptPlace,
  Candidate,
  RetryPolicy,
} from '../../../src/gateway/dispatch/retry.ts'

const policy: RetryPolicy = { attempts: 3, factor: 2, minTimeoutMs: 1_000, maxTimeoutMs: 10_000 }
const onFailure: Candidate = {
  movesOn: (status) => status === null || status === 429 || status >= 500,
}

function headers(values: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]))
}

describe('the headers', () => {
  const parse = (values: Record<string, string>): [RetryPolicy | null, string[]] => {
    const warnings: Warning[] = []
    const parsed = parseRetryPolicy(headers(values), warnings)
    for (const { code } of warnings) expect(code).toBe('invalid_header_value')
    return [parsed, warnings.map(({ message }) => message)]
  }
  const defaults = { attempts: 5, factor: 2, minTimeoutMs: 1_000, maxTimeoutMs: 10_000 }
  const on = { 'Helicone-Retry-Enabled': 'true' }

  test.each([
    [{}, null],
    [{ 'Helicone-Retry-Enabled': 'false' }, null],
    [{ 'Helicone-Retry-Num': '3' }, null],
    [on, defaults],
    [{ 'Helicone-Retry-Enabled': ' TRUE ' }, defaults],
    [
      { ...on, 'Helicone-Retry-Num': '3' },
      { ...defaults, attempts: 3 },
    ],
    [
      { ...on, 'Helicone-Retry-Num': '1' },
      { ...defaults, attempts: 1 },
    ],
    [
      { ...on, 'Helicone-Retry-Factor': '1.5' },
      { ...defaults, factor: 1.5 },
    ],
    [
      { ...on, 'Helicone-Retry-Min-Timeout': '0' },
      { ...defaults, minTimeoutMs: 0 },
    ],
    [
      { ...on, 'Helicone-Retry-Max-Timeout': '2000' },
      { ...defaults, maxTimeoutMs: 2_000 },
    ],
  ])('%o mean %o', (values, expected) => {
    expect(parse(values)).toEqual([expected, []])
  })

  test.each([
    ['Helicone-Retry-Num', '0', defaults],
    ['Helicone-Retry-Num', '-2', defaults],
    ['Helicone-Retry-Num', '2.5', defaults],
    ['Helicone-Retry-Num', 'many', defaults],
    ['Helicone-Retry-Num', '', defaults],
    ['Helicone-Retry-Num', '1e9', defaults],
    ['Helicone-Retry-Num', '21', { ...defaults, attempts: 20 }],
    ['Helicone-Retry-Factor', '0.5', defaults],
    ['Helicone-Retry-Factor', '11', { ...defaults, factor: 10 }],
    ['Helicone-Retry-Min-Timeout', 'soon', defaults],
    ['Helicone-Retry-Max-Timeout', '60001', { ...defaults, maxTimeoutMs: 60_000 }],
    ['Helicone-Retry-Min-Timeout', '20000', { ...defaults, minTimeoutMs: 20_000 }],
  ])('%s: %s is warned of', (name, value, expected) => {
    const [parsed, warnings] = parse({ ...on, [name]: value })
    expect(parsed).toEqual(expected)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(`${name} "${value}" cannot be used: expected`)
  })

  test.each(['yes', '1', ''])('Helicone-Retry-Enabled: %j is off, with a warning', (value) => {
    const [parsed, warnings] = parse({ 'Helicone-Retry-Enabled': value })
    expect(parsed).toBeNull()
    expect(warnings[0]).toContain('expected true or false')
  })
})

/** A world whose time passes only by waits and by calls that say how long they take. */
function world(answers: (place: AttemptPlace) => AttemptResult, callMs = 0) {
  let now = 0
  const places: AttemptPlace[] = []
  const controller = new AbortController()
  const options = (more: Partial<AttemptOptions> = {}): AttemptOptions => ({
    retry: policy,
    budgetMs: Infinity,
    signal: controller.signal,
    clock: () => now,
    now: () => now,
    random: () => 0.5,
    ...more,
  })
  return {
    places,
    controller,
    run: (plan: readonly Candidate[], more: Partial<AttemptOptions> = {}) =>
      runAttempts(
        plan,
        options(more),
        async (_target, place) => {
          places.push(place)
          now += callMs
          return answers(place)
        },
        async (ms) => {
          now += ms
        },
      ),
  }
}

function answer(status: number, init: HeadersInit = {}): AttemptResult {
  const body = status === 200 ? 'ok' : 'no'
  return { kind: 'answer', response: new Response(body, { status, headers: init }) }
}

function inOrder(...results: AttemptResult[]): (place: AttemptPlace) => AttemptResult {
  return ({ index }) => results[index] ?? answer(200)
}

function statusOf(result: AttemptResult): number | string {
  return result.kind === 'answer' ? result.response.status : result.kind
}

describe('the run', () => {
  test('a good answer is the only attempt', async () => {
    const { run } = world(inOrder(answer(200)), 7)
    const { result, targetIndex, records } = await run([onFailure])
    expect(statusOf(result)).toBe(200)
    expect(targetIndex).toBe(0)
    expect(records).toEqual([
      { targetIndex: 0, status: 200, error: null, startedAtMs: 0, durationMs: 7, waitMs: 0 },
    ])
  })

  test('retries until it answers, and records every attempt with its wait', async () => {
    const { run, places } = world(inOrder(answer(500), { kind: 'unreachable' }, answer(200)), 10)
    const { result, records } = await run([onFailure])
    expect(statusOf(result)).toBe(200)
    expect(records).toEqual([
      { targetIndex: 0, status: 500, error: null, startedAtMs: 0, durationMs: 10, waitMs: 0 },
      {
        targetIndex: 0,
        status: null,
        error: 'unreachable',
        startedAtMs: 510,
        durationMs: 10,
        waitMs: 500,
      },
      {
        targetIndex: 0,
        status: 200,
        error: null,
        startedAtMs: 1_520,
        durationMs: 10,
        waitMs: 1_000,
      },
    ])
    expect(places.map(({ number, waitMs }) => [number, waitMs])).toEqual([
      [1, 0],
      [2, 500],
      [3, 1_000],
    ])
  })

  test('the last answer comes back as it is, unread', async () => {
    const { run } = world(inOrder(answer(500), answer(502), answer(503, { 'x-a': 'b' })))
    const { result, records } = await run([onFailure])
    if (result.kind !== 'answer') throw new Error('an answer was expected')
    expect(records).toHaveLength(3)
    expect(result.response.status).toBe(503)
    expect(result.response.headers.get('x-a')).toBe('b')
    expect(await result.response.text()).toBe('no')
  })

  test('abandoned answers are cancelled, so that their sockets are freed', async () => {
    const cancelled: number[] = []
    const { run } = world(({ index }) => {
      const body = new ReadableStream({ cancel: () => void cancelled.push(index) })
      return { kind: 'answer', response: new Response(body, { status: 503 }) }
    })
    const { result } = await run([onFailure, onFailure], { retry: { ...policy, attempts: 2 } })
    expect(cancelled).toEqual([0, 1, 2])
    if (result.kind !== 'answer') throw new Error('an answer was expected')
    await result.response.body?.cancel()
    expect(cancelled).toEqual([0, 1, 2, 3])
  })

  test('a broken body of an abandoned answer harms nothing', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) })
    const broken: AttemptResult = { kind: 'answer', response: new Response(body, { status: 500 }) }
    const { run } = world(inOrder(broken, answer(200)))
    expect(statusOf((await run([onFailure])).result)).toBe(200)
  })

  test('without a policy every target has one attempt', async () => {
    const { run, places } = world(() => answer(503))
    await run([onFailure, onFailure, onFailure], { retry: null })
    expect(places.map(({ targetIndex }) => targetIndex)).toEqual([0, 1, 2])
  })

  test('a client error is final, unless the plan goes on at it', async () => {
    const onAuth: Candidate = { movesOn: (status) => status === 401 }
    const first = world(inOrder(answer(400)))
    expect((await first.run([onFailure, onFailure])).records).toHaveLength(1)
    const second = world(inOrder(answer(401), answer(200)))
    const { result, targetIndex, records } = await second.run([onAuth, onFailure])
    expect([statusOf(result), targetIndex, records.length]).toEqual([200, 1, 2])
  })

  test('a status that is retried but not moved on from stays the answer', async () => {
    const never: Candidate = { movesOn: () => false }
    const { run, places } = world(() => answer(500))
    const { result, targetIndex } = await run([never, onFailure])
    expect([statusOf(result), targetIndex, places.length]).toEqual([500, 0, 3])
  })

  test('a provider that says "do not retry" is left for the next target at once', async () => {
    const { run, places } = world(inOrder(answer(503, { 'x-should-retry': 'false' }), answer(200)))
    await run([onFailure, onFailure])
    expect(places.map(({ targetIndex }) => targetIndex)).toEqual([0, 1])
  })

  test('a wait beyond the budget is not begun, and the next target is asked', async () => {
    const { run } = world(inOrder(answer(429, { 'retry-after': '60' }), answer(200)))
    const { records } = await run([onFailure, onFailure], { budgetMs: 30_000 })
    expect(records.map(({ targetIndex, waitMs }) => [targetIndex, waitMs])).toEqual([
      [0, 0],
      [1, 0],
    ])
  })

  test('all waits together have a limit of their own', async () => {
    const { run } = world(() => answer(429, { 'retry-after': '50' }))
    const { records } = await run([onFailure], { retry: { ...policy, attempts: 9 } })
    expect(records.map(({ waitMs }) => waitMs)).toEqual([0, 50_000, 50_000])
  })

  test('a spent budget ends it with what there is', async () => {
    const { run, places } = world(() => ({ kind: 'timeout' }), 600)
    const { result } = await run([onFailure, onFailure], { budgetMs: 1_000, retry: null })
    expect(result.kind).toBe('timeout')
    expect(places.map(({ budgetLeftMs }) => budgetLeftMs)).toEqual([1_000, 400])
  })

  test("the client's going away during a call ends it", async () => {
    const { run, places } = world(() => ({ kind: 'client_abort' }))
    const { result } = await run([onFailure, onFailure])
    expect([result.kind, places.length]).toEqual(['client_abort', 1])
  })

  test("the client's going away during a wait ends it, and nobody is called again", async () => {
    const controller = new AbortController()
    let calls = 0
    const running = runAttempts(
      [onFailure],
      {
        retry: { ...policy, minTimeoutMs: 60_000, maxTimeoutMs: 60_000 },
        budgetMs: Infinity,
        signal: controller.signal,
        random: () => 0.9,
      },
      async () => {
        calls += 1
        return answer(503)
      },
      (ms, signal) => {
        queueMicrotask(() => controller.abort())
        return sleepFor(ms, signal)
      },
    )
    expect((await running).result.kind).toBe('client_abort')
    expect(calls).toBe(1)
  })

  test('an empty plan is a mistake of ours', async () => {
    await expect(world(() => answer(200)).run([])).rejects.toThrow('A plan needs a target.')
  })

  test('attempts, waits and time stay within their limits, whatever the answers', async () => {
    const results = fc.constantFrom(200, 400, 429, 500, 503, 'unreachable' as const)
    await fc.assert(
      fc.asyncProperty(
        fc.array(results, { maxLength: 80 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40_000 }),
        async (script, attempts, targets, budgetMs) => {
          const { run } = world(({ index }) => {
            const next = script[index] ?? 503
            return next === 'unreachable' ? { kind: next } : answer(next)
          }, 100)
          const plan = Array.from({ length: targets }, () => onFailure)
          const { records } = await run(plan, { retry: { ...policy, attempts }, budgetMs })
          for (let at = 0; at < targets; at += 1) {
            const own = records.filter(({ targetIndex }) => targetIndex === at)
            expect(own.length).toBeLessThanOrEqual(attempts)
          }
          for (const { waitMs, startedAtMs } of records) {
            expect(waitMs).toBeLessThanOrEqual(policy.maxTimeoutMs)
            expect(startedAtMs).toBeLessThan(budgetMs)
          }
        },
      ),
    )
  })
})

test('three targets that each fail three calls in ten: 99.5 of 100 calls succeed', async () => {
  const random = seeded(20_260_101)
  let succeeded = 0
  for (let call = 0; call < 5_000; call += 1) {
    const { run } = world(() => {
      if (random() >= 0.3) return answer(200)
      const kind = Math.floor(random() * 4)
      return (
        [answer(429), answer(500), answer(503), { kind: 'unreachable' } as const][kind] ??
        answer(500)
      )
    }, 20)
    const { result } = await run([onFailure, onFailure, onFailure], {
      retry: { ...policy, attempts: 2 },
      random,
    })
    if (statusOf(result) === 200) succeeded += 1
  }
  expect(succeeded / 5_000).toBeGreaterThanOrEqual(0.995)
})

test('without retries and fallbacks the same targets fail: the simulation can', async () => {
  const random = seeded(20_260_101)
  let succeeded = 0
  for (let call = 0; call < 1_000; call += 1) {
    const { run } = world(() => answer(random() < 0.3 ? 503 : 200))
    const { result } = await run([onFailure], { retry: null })
    if (statusOf(result) === 200) succeeded += 1
  }
  expect(succeeded).toBeGreaterThan(600)
  expect(succeeded).toBeLessThan(800)
})

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
