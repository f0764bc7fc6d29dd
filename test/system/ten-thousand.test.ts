/**
 * Ten thousand calls while the log's way is as rough as its parts may be: messages come again, out of order and to two
 * consumers at once, consumers die before and after any step, and every twentieth client hangs up. Every call has exactly
 * one row, and the sums of tokens and money are exact.
 */
import { randomUUID } from 'node:crypto'
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBreakableGateway, type BreakableGateway } from '../support/breakable-gateway.ts'
import { chatAnswer, chatEvents, chatRequest, keyed, mintKey } from '../support/calls.ts'
import { rowsWhere } from '../support/stored-rows.ts'
import { startUpstream, type Call, type Upstream } from '../support/upstream.ts'
import { events, json } from '../support/upstream-scripts.ts'

const CALLS = 10_000
const CONCURRENCY = 64
/** Nano-dollars per token of gpt-4o-mini and of claude-sonnet-4-5. */
const OPENAI = { input: 150, output: 600 }
const ANTHROPIC = { input: 3_000, output: 15_000 }

interface Planned {
  readonly kind: 'whole' | 'stream' | 'abort'
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costNano: number
}

/** What the call with this number is, and what it costs. */
function plan(index: number): Planned {
  const kind = index % 20 === 7 ? 'abort' : index % 5 === 0 ? 'stream' : 'whole'
  const inputTokens = 1 + (index % 997)
  // A client that leaves has seen the first event only, which says one token.
  const outputTokens = kind === 'abort' ? 1 : 1 + (index % 313)
  const price = kind === 'abort' ? ANTHROPIC : OPENAI
  const costNano = inputTokens * price.input + outputTokens * price.output
  return { kind, inputTokens, outputTokens, costNano }
}

const PLANS = Array.from({ length: CALLS }, (_, index) => plan(index))

let upstream: Upstream
let gateway: BreakableGateway
beforeAll(async () => {
  upstream = await startUpstream(async (call) => {
    const { seen } = call
    const { kind, inputTokens, outputTokens } = plan(Number(seen.header('x-call')))
    if (kind === 'whole') return await json(chatAnswer(inputTokens, outputTokens))(call)
    if (kind === 'stream') return await events(chatEvents(inputTokens, outputTokens))(call)
    await events([messageStart(inputTokens)], { end: 'stall' })(call)
    keepPinging(call)
  })
  gateway = await startBreakableGateway({
    upstream: upstream.url,
    // Small batches: more of them, and more to go wrong.
    queues: { 'heliograph-logs': { maxBatchSize: 4 } },
  })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

/** The provider thinks, and says so now and then, until nobody is there. */
function keepPinging({ response }: Call): void {
  const timer = setInterval(() => response.write('event: ping\ndata: {"type": "ping"}\n\n'), 50)
  response.once('close', () => clearInterval(timer))
}

function messageStart(inputTokens: number): string {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5-20250929',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: 1 },
  }
  return `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message })}\n\n`
}

const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })
afterAll(() => agent.destroy())

/** Makes the call; one that hangs up does so behind the first bytes. Resolves to its id. */
function makeCall(index: number, key: string): Promise<string> {
  const { kind } = PLANS[index] ?? plan(index)
  const path = kind === 'abort' ? '/anthropic/v1/messages' : '/oai/v1/chat/completions'
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(
      new URL(path, gateway.url),
      { agent, method: 'POST', headers: keyed({ 'x-call': String(index) }, key) },
      (incoming: IncomingMessage) => {
        const id = String(incoming.headers['helicone-id'])
        if (incoming.statusCode !== 200) reject(new Error(`status ${incoming.statusCode}`))
        if (kind === 'abort') {
          incoming.once('data', () => {
            // Some say that they go, some are only gone.
            if (index % 40 === 7) outgoing.destroy()
            else outgoing.socket?.resetAndDestroy()
            resolve(id)
          })
        } else incoming.resume().once('end', () => resolve(id))
        incoming.once('error', kind === 'abort' ? () => undefined : reject)
      },
    )
    outgoing.once('error', kind === 'abort' ? () => undefined : reject)
    outgoing.end(chatRequest('Hello', kind === 'whole' ? {} : { stream: true }))
  })
}

async function makeAllCalls(key: string): Promise<string[]> {
  const ids: string[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < CALLS; index = next++) ids.push(await makeCall(index, key))
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return ids
}

interface Sums {
  calls: number
  input: number
  output: number
  cost: number
}

function expectedSums(kinds: readonly Planned['kind'][]): Sums {
  const plans = PLANS.filter(({ kind }) => kinds.includes(kind))
  const sum = (value: (each: Planned) => number): number =>
    plans.reduce((total, each) => total + value(each), 0)
  return {
    calls: plans.length,
    input: sum((each) => each.inputTokens),
    output: sum((each) => each.outputTokens),
    cost: sum((each) => each.costNano),
  }
}

it('ten thousand calls leave ten thousand rows, and exact sums', async () => {
  const orgId = `org-${randomUUID()}`
  const key = await mintKey(gateway.env, orgId)
  await gateway.break({ redeliverRate: 0.3, doubleRate: 0.2, crashRate: 0.5, seed: 7 })
  const ids = await makeAllCalls(key)
  expect(new Set(ids).size).toBe(CALLS)

  await expect
    .poll(
      () =>
        gateway.env.LOGS.prepare('select count(*) as n from requests where org_id = ?1')
          .bind(orgId)
          .first('n'),
      { timeout: 30_000, interval: 250 },
    )
    .toBe(CALLS)
  // What is still under way is let through, behind everything else.
  await gateway.mend()
  await makeCall(0, await mintKey(gateway.env, `${orgId}-last`))
  await rowsWhere(gateway.env, 'org_id = ?1', `${orgId}-last`, 1)
  await expect.poll(async () => (await gateway.counts()).running, { timeout: 10_000 }).toBe(0)

  const { results } = await gateway.env.LOGS.prepare(
    `select outcome, status, count(*) as calls, sum(input_tokens) as input, sum(output_tokens) as output,
      sum(cost_nano) as cost from requests where org_id = ?1 group by outcome, status order by outcome`,
  )
    .bind(orgId)
    .all<Sums & { outcome: string; status: number }>()
  expect(results).toEqual([
    { outcome: 'client_abort', status: -3, ...expectedSums(['abort']) },
    { outcome: 'success', status: 200, ...expectedSums(['whole', 'stream']) },
  ])
  const stored = await gateway.env.LOGS.prepare('select id from requests where org_id = ?1')
    .bind(orgId)
    .all<{ id: string }>()
  expect(stored.results.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())

  const counts = await gateway.counts()
  expect(counts.crashes).toBeGreaterThan(10)
  expect(counts.doubled).toBeGreaterThan(10)
  expect(counts.redelivered).toBeGreaterThan(50)
  const dead = await gateway.env.BODIES.list({ prefix: 'dead/' })
  expect(dead.objects).toEqual([])
}, 120_000)
