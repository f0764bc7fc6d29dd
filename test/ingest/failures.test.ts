/** What happens when a dependency breaks, at every step: the row comes later, never doubled, never lost. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { ingestPacks } from '../../src/ingest/index.ts'
import {
  buildEntry,
  chatRequest,
  chatResponse,
  deliver,
  keysUnder,
  newOrg,
  onlyRow,
  pack,
  readPacked,
  rowsOf,
  sabotaged,
} from '../support/workers-ingest.ts'
import type { Saboteur } from '../support/workers-ingest.ts'

// The failures that are staged here are logged; the lines would drown what matters.
beforeEach(() => {
  for (const level of ['error', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()
})

const BIG = 'x'.repeat(60_000)

test('a crash at any step is made good by the next delivery', async () => {
  let steps = 0
  // The run that gets through without reaching its crash is the last.
  for (let isDone = false; !isDone; steps += 1) {
    const orgs = [newOrg(), newOrg()]
    const messages = await mixedMessages(orgs)
    isDone = (await crashAt(steps, messages)) <= steps
    const { acked } = await deliver([...messages.toReversed(), ...messages])
    expect(acked).toHaveLength(4)
    for (const org of orgs) await expectComplete(org, steps)
  }
  expect(steps).toBeGreaterThan(10)
})

test.each(['LOGS.all', 'LOGS.run', 'BODIES.put'])(
  '%s fails: nothing is acknowledged, and it comes again later',
  async (broken) => {
    const orgs = [newOrg(), newOrg()]
    const messages = await mixedMessages(orgs)
    const delivery = await deliver(messages, { env: failing(broken), attempts: 3 })
    expect(delivery.acked).toEqual([])
    expect(delivery.retried).toEqual([
      { id: '0', delaySeconds: 40 },
      { id: '1', delaySeconds: 40 },
    ])
    expect((await deliver(messages)).acked).toHaveLength(2)
    for (const org of orgs) await expectComplete(org, 0)
  },
)

test('a big body cannot be read: its message comes again, the other one is done', async () => {
  const messages = await mixedMessages([newOrg(), newOrg()])
  const delivery = await deliver(messages, { env: failing('BODIES.get') })
  expect(delivery).toEqual({ acked: ['0'], retried: [{ id: '1', delaySeconds: 10 }] })
})

test('R2 fails for one organisation: the others are stored and acknowledged', async () => {
  const [lucky, unlucky] = [newOrg(), newOrg()]
  let isBroken = true
  const halfBroken: Env = {
    ...env,
    BODIES: new Proxy(env.BODIES, {
      get(bucket, name) {
        if (name !== 'put') return bucket[name as 'get'].bind(bucket)
        return (key: string, value: Uint8Array, options: R2PutOptions) => {
          if (isBroken && key.includes(unlucky)) throw new Error('R2 is down')
          return bucket.put(key, value, options)
        }
      },
    }),
  }
  const messages = [pack(buildEntry(lucky)), pack(buildEntry(unlucky))]
  const delivery = await deliver(messages, { env: halfBroken })
  expect(delivery.acked).toEqual(['0'])
  expect(delivery.retried.map(({ id }) => id)).toEqual(['1'])
  await onlyRow(lucky)
  expect(await rowsOf(unlucky)).toEqual([])
  isBroken = false
  expect((await deliver(messages, { env: halfBroken })).acked).toHaveLength(2)
  await onlyRow(unlucky)
})

test('nobody can be told of new rows: they are stored all the same', async () => {
  const org = newOrg()
  expect(
    (await deliver([pack(buildEntry(org))], { env: failing('LIVE.getByName') })).acked,
  ).toEqual(['0'])
  await ingestPacks(failing('LIVE.getByName'), [pack(buildEntry(org))])
  expect(await rowsOf(org)).toHaveLength(2)
})

test('a row points into its own pack when a crash left another pack behind', async () => {
  const org = newOrg()
  const [a, b] = [buildEntry(org), buildEntry(org, { requestBody: chatRequest('another one') })]
  await deliver([pack(a, b)], { env: failing('LOGS.run') })
  await deliver([pack(b)])
  await deliver([pack(a)])
  expect(await keysUnder(`logs/v1/${org}/`)).toHaveLength(3)
  for (const row of await rowsOf(org)) expect((await readPacked(row)).record['id']).toBe(row.id)
})

/** Two messages, both organisations in each; one entry has a body in an object of its own. */
async function mixedMessages([a = '', b = '']: string[]): Promise<Uint8Array[]> {
  const objectKey = `bodies/v1/${a}/2026/01/15/${crypto.randomUUID()}.request`
  await env.BODIES.put(objectKey, chatRequest(BIG))
  const big = buildEntry(a, { requestBody: '', request: { bytes: 60_070, objectKey } })
  return [pack(buildEntry(a), buildEntry(b)), pack(big, buildEntry(b), buildEntry(a))]
}

async function expectComplete(org: string, step: number): Promise<void> {
  const rows = await rowsOf(org)
  const hint = `after a crash at step ${step}`
  expect(rows.length, hint).toBe(rows.some((row) => row.requestObject) ? 3 : 2)
  for (const row of rows) {
    expect(row, hint).toMatchObject({ inputTokens: 12, outputTokens: 8, costNano: 6_600 })
    const stored = await readPacked(row)
    expect(stored.record['id'], hint).toBe(row.id)
    expect(stored.response, hint).toBe(chatResponse('A signalling mirror.', 12, 8))
  }
}

/** Delivers once, and lets the consumer die at its nth step: from there on nothing works. Answers the steps taken. */
async function crashAt(step: number, messages: Uint8Array[]): Promise<number> {
  let steps = 0
  const die: Saboteur = () => {
    steps += 1
    if (steps > step) throw new Error('the isolate is gone')
  }
  await deliver(messages, { env: sabotaged(die) })
  return steps
}

function failing(broken: string): Env {
  return sabotaged((operation, moment) => {
    if (operation === broken && moment === 'before') throw new Error(`${broken} is down`)
  })
}
