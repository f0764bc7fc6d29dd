/**
 * Three targets that each fail three calls of ten, in every way that comes before the first byte. With retries and
 * fallbacks nearly every call gets its answer, each has one row, and the row counts the answer that the client got: what
 * other targets were asked on the way is not billed.
 */
import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { STATUS_TIMEOUT } from '../../src/lib/statuses.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { chatAnswer, chatEvents, chatRequest, keyed, mintKey } from '../support/calls.ts'
import { rawCall } from '../support/raw-call.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { rowsWhere } from '../support/stored-rows.ts'
import { startUpstream, type Script, type Upstream } from '../support/upstream.ts'
import {
  events,
  json,
  refusal,
  resetAtOnce,
  silent,
  sometimes,
} from '../support/upstream-scripts.ts'

const CALLS = 5_000
const LEAST_SUCCEEDED = 4_975
const CONCURRENCY = 40
const TARGETS = 3
const FAILURE_RATE = 0.3
/** Nano-dollars per token of gpt-4o-mini. */
const PRICE = { input: 150, output: 600 }

/** What a target says that a call took. */
interface Bill {
  readonly index: number
  readonly target: number
  readonly inputTokens: number
  readonly outputTokens: number
}

interface Counts {
  asked: number
  failed: number
}

/** By input tokens, of which no two answers say the same. */
const bills = new Map<number, Bill>()
const counts: Counts[] = Array.from({ length: TARGETS }, () => ({ asked: 0, failed: 0 }))

/** All that may happen before the first byte; the last two end by a timer of the gateway. */
const FAILURES: readonly Script[] = [
  refusal(429),
  refusal(429, { 'retry-after': '0' }),
  refusal(429, { 'retry-after-ms': '5' }),
  refusal(500),
  refusal(502),
  refusal(503),
  refusal(529),
  resetAtOnce(),
  resetAtOnce(),
  resetAtOnce(),
  silent(),
  events([': queued\n\n'], { end: 'stall' }),
]

function answering(target: number): Script {
  return async (call) => {
    const index = Number(call.seen.header('x-call'))
    const inputTokens = bills.size + 1
    const bill = { index, target, inputTokens, outputTokens: 1 + (inputTokens % 313) }
    bills.set(inputTokens, bill)
    const script =
      index % 5 === 0
        ? events(chatEvents(bill.inputTokens, bill.outputTokens))
        : json(chatAnswer(bill.inputTokens, bill.outputTokens))
    await script(call)
  }
}

function unreliable(target: number): Script {
  const random = seededRandom(target + 1)
  const failing = FAILURES.map((script): Script => {
    return (call) => {
      counted(target).failed += 1
      return script(call)
    }
  })
  const script = sometimes(random, FAILURE_RATE, failing, answering(target))
  return (call) => {
    counted(target).asked += 1
    return script(call)
  }
}

function counted(target: number): Counts {
  const count = counts[target]
  if (count === undefined) throw new RangeError(`there is no target ${target}`)
  return count
}

let targets: Upstream[]
let gateway: BareGateway
beforeAll(async () => {
  targets = await Promise.all(counts.map((_, target) => startUpstream(unreliable(target))))
  gateway = await startBareGateway()
})
afterAll(async () => {
  await gateway.close()
  for (const target of targets) await target.close()
})

const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })
afterAll(() => agent.destroy())

function headersOf(index: number, key: string): Record<string, string> {
  const fallbacks = targets.map((_, place) => ({
    // Each call begins at another target, so that all have the same to do.
    'target-url': targets[(index + place) % TARGETS]?.url,
    headers: { authorization: 'Bearer sk-provider-key', 'x-call': String(index) },
    onCodes: [429, { from: 500, to: 599 }],
  }))
  return keyed(
    {
      'helicone-fallbacks': JSON.stringify(fallbacks),
      'helicone-retry-enabled': 'true',
      'helicone-retry-num': '2',
      'helicone-retry-min-timeout': '2',
      'helicone-retry-max-timeout': '10',
      'helicone-timeout-first-token': '800',
    },
    key,
  )
}

interface Made {
  readonly index: number
  readonly id: string
  readonly status: number
  readonly isWhole: boolean
  readonly text: string
}

async function makeCall(index: number, key: string): Promise<Made> {
  const answer = await rawCall(gateway.url, '/oai/v1/chat/completions', {
    agent,
    headers: headersOf(index, key),
    body: chatRequest('Hello', index % 5 === 0 ? { stream: true } : {}),
  })
  const { status, isWhole } = answer
  const id = answer.headers['helicone-id']?.[0] ?? ''
  return { index, id, status, isWhole, text: answer.body.toString() }
}

async function makeAllCalls(key: string): Promise<Made[]> {
  const made: Made[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < CALLS; index = next++) made.push(await makeCall(index, key))
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return made
}

/** What the target says that gave this answer; undefined when none did. */
function billOf({ text }: Made): Bill | undefined {
  const [tokens] = text.match(/(?<="prompt_tokens":)\d+/) ?? []
  return tokens === undefined ? undefined : bills.get(Number(tokens))
}

/** What the log must say of a call, by what the target that answered it said. */
function expectedRow(made: Made) {
  const { index, id, status } = made
  const bill = billOf(made)
  if (bill === undefined) {
    // The log's own number for what a timer ended.
    const logged = status === 504 ? STATUS_TIMEOUT : status
    return { id, status: logged, input: null, output: null, cost: null, place: null, target: null }
  }
  const { target, inputTokens, outputTokens } = bill
  return {
    id,
    status,
    input: inputTokens,
    output: outputTokens,
    cost: inputTokens * PRICE.input + outputTokens * PRICE.output,
    place: (target - (index % TARGETS) + TARGETS) % TARGETS,
    target: `${targets[target]?.url}/v1/chat/completions`,
  }
}

interface Row {
  id: string
  status: number
  input: number | null
  output: number | null
  cost: number | null
  place: number | null
  target: string | null
  attempts: number
}

function sumOf<T>(rows: readonly T[], value: (row: T) => number | null): number {
  return rows.reduce((sum, row) => sum + (value(row) ?? 0), 0)
}

it('5,000 calls to three targets that fail 30 % of the time', async () => {
  const orgId = `org-${randomUUID()}`
  const key = await mintKey(gateway.env, orgId)
  const made = await makeAllCalls(key)

  const succeeded = made.filter(({ status }) => status === 200)
  expect(succeeded.length).toBeGreaterThanOrEqual(LEAST_SUCCEEDED)
  expect(succeeded.every(({ isWhole }) => isWhole)).toBe(true)
  for (const { asked, failed } of counts) {
    expect(failed / asked).toBeGreaterThan(FAILURE_RATE - 0.05)
    expect(failed / asked).toBeLessThan(FAILURE_RATE + 0.05)
  }
  // Every client got one answer, to its own call, and no answer went to two.
  expect(succeeded.map((call) => billOf(call)?.index)).toEqual(succeeded.map(({ index }) => index))
  expect(new Set(succeeded.map(billOf)).size).toBe(succeeded.length)

  await expect
    .poll(
      () =>
        gateway.env.LOGS.prepare('select count(*) as n from requests where org_id = ?1')
          .bind(orgId)
          .first('n'),
      { timeout: 20_000, interval: 250 },
    )
    .toBe(CALLS)
  // One more, whose row comes behind all others: no second row of any call was on its way.
  await makeCall(CALLS, await mintKey(gateway.env, `${orgId}-last`))
  await rowsWhere(gateway.env, 'org_id = ?1', `${orgId}-last`, 1)

  const { results: rows } = await gateway.env.LOGS.prepare(
    `select id, status, input_tokens as input, output_tokens as output, cost_nano as cost,
      fallback_index as place, target_url as target, attempts from requests where org_id = ?1`,
  )
    .bind(orgId)
    .all<Row>()
  expect(rows.length).toBe(CALLS)
  const byId = new Map(rows.map((row) => [row.id, row]))
  const expected = made.map(expectedRow)
  for (const each of expected) {
    const { place, target, ...billed } = each
    // Where no target answered, the last one that was asked is named.
    expect(byId.get(each.id)).toMatchObject(target === null ? billed : { ...billed, place, target })
  }
  const sums = (of: readonly Pick<Row, 'input' | 'output' | 'cost'>[]) => ({
    input: sumOf(of, (row) => row.input),
    output: sumOf(of, (row) => row.output),
    cost: sumOf(of, (row) => row.cost),
  })
  expect(sums(rows)).toEqual(sums(expected))

  // No target was asked without an attempt in some row; one that a timer ended may not have arrived.
  const [last] = await rowsWhere(gateway.env, 'org_id = ?1', `${orgId}-last`, 1)
  const asked = sumOf(counts, (count) => count.asked)
  const attempts = sumOf(rows, (row) => row.attempts) + Number(last?.['attempts'])
  expect(attempts).toBeGreaterThanOrEqual(asked)
  expect(attempts).toBeLessThan(asked * 1.01)
}, 60_000)
