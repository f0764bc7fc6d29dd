/** What nothing can read: it is kept raw, it stops nobody else, and it comes to rest in R2 under dead/. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { ingestPacks } from '../../src/ingest/index.ts'
import { decodePack } from '../../src/lib/pack.ts'
import type { PackEntry } from '../../src/lib/pack.ts'
import {
  buildEntry,
  deliver,
  keysUnder,
  newOrg,
  onlyRow,
  pack,
  rowsOf,
  sabotaged,
} from '../support/workers-ingest.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

beforeEach(() => {
  for (const level of ['error', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()
})

test.each([
  ['bytes that are no pack', encoder.encode('not a pack: 1')],
  ['an empty message', new Uint8Array(0)],
  ['a pack cut in the middle', pack(buildEntry('org-cut')).subarray(0, 300)],
  ['a text', 'not a pack: 2'],
  ['an object', { not: 'a pack: 3' }],
  ['null', null],
])('%s goes to the dead-letter queue, and the others are stored', async (_, body) => {
  const org = newOrg()
  const { sent, collecting } = collectDead()
  const delivery = await deliver([pack(buildEntry(org)), body, pack(buildEntry(org))], {
    env: collecting,
  })
  expect(delivery).toEqual({ acked: ['0', '1', '2'], retried: [] })
  expect(await rowsOf(org)).toHaveLength(2)
  const raw = body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body)
  expect(sent).toEqual([typeof raw === 'string' ? encoder.encode(raw) : raw.slice()])
})

test.each<[string, (org: string) => PackEntry]>([
  ['is no JSON', (org) => ({ ...buildEntry(org), record: encoder.encode('{"v":1,') })],
  ['is no UTF-8', (org) => ({ ...buildEntry(org), record: new Uint8Array([0xff, 0xfe]) })],
  ['lacks a field', (org) => changed(org, (record) => delete record['orgId'])],
  ['has a field of the wrong type', (org) => changed(org, (record) => (record['status'] = '200'))],
  ['has an unknown outcome', (org) => changed(org, (record) => (record['outcome'] = 'fine'))],
  ['is of a later version', (org) => changed(org, (record) => (record['v'] = 2))],
  ['has half a summary', (org) => changed(org, (record) => (record['summary'] = { usage: null }))],
  ['is from no time', (org) => changed(org, (record) => (record['startedAt'] = -1))],
  ['has another id than the index', (org) => ({ ...buildEntry(org), id: crypto.randomUUID() })],
  ['is far too big', (org) => buildEntry(org, { path: `/${'x'.repeat(600_000)}` })],
])('a record that %s is parked; its neighbours in the pack are stored', async (_, makeBad) => {
  const org = newOrg()
  const [good, alsoGood, bad] = [buildEntry(org), buildEntry(org), makeBad(org)]
  const { sent, collecting } = collectDead()
  const delivery = await deliver([pack(good, bad, alsoGood)], { env: collecting })
  expect(delivery.acked).toEqual(['0'])
  expect((await rowsOf(org)).map((row) => row.id)).toEqual([good.id, alsoGood.id].toSorted())
  const kept = sent[0] ?? (await deadObject(bad))
  expect(decodePack(kept)).toEqual([bad])
})

test('the dead-letter queue is down: the raw event goes straight to R2', async () => {
  const org = newOrg()
  const bad = buildEntry(org, { status: 0.5 })
  const broken = sabotaged((operation) => {
    if (operation === 'LOG_DLQ.send') throw new Error('no queue')
  })
  expect((await deliver([pack(buildEntry(org), bad)], { env: broken })).acked).toEqual(['0'])
  await onlyRow(org)
  expect(decodePack(await deadObject(bad))).toEqual([bad])
})

test('queue and R2 both refuse the poison: the message comes again, the good entries stay stored', async () => {
  const org = newOrg()
  const message = pack(buildEntry(org), buildEntry(org, { status: 0.5 }))
  let isStored = false
  const broken = sabotaged((operation, moment) => {
    if (operation === 'LOG_DLQ.send') throw new Error('no queue')
    if (operation === 'BODIES.put' && isStored) throw new Error('no bucket')
    if (operation === 'LOGS.run' && moment === 'after') isStored = true
  })
  const delivery = await deliver([message], { env: broken })
  expect(delivery.retried.map(({ id }) => id)).toEqual(['0'])
  await onlyRow(org)
  isStored = false
  expect((await deliver([message], { env: broken })).acked).toEqual(['0'])
  await onlyRow(org)
})

test('poison on the direct way is parked, and fails nothing', async () => {
  const org = newOrg()
  const { sent, collecting } = collectDead()
  await ingestPacks(collecting, [encoder.encode(org), pack(buildEntry(org))])
  await onlyRow(org)
  expect(sent.map((bytes) => decoder.decode(bytes))).toEqual([org])
})

test('what the dead-letter queue delivers is kept in R2, logged, and only then acknowledged', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  const raw = encoder.encode(newOrg())
  const broken = sabotaged((operation) => {
    if (operation === 'BODIES.put') throw new Error('R2 is down')
  })
  const queue = 'heliograph-logs-dead'
  const refused = await deliver([raw], { queue, env: broken, attempts: 2 })
  expect(refused).toEqual({ acked: [], retried: [{ id: '0', delaySeconds: 20 }] })
  expect(log).not.toHaveBeenCalled()

  expect((await deliver([raw], { queue })).acked).toEqual(['0'])
  const object = await env.BODIES.get('dead/2026/01/15/0')
  expect(await object?.bytes()).toEqual(raw)
  const line = log.mock.calls.map(([text]) => JSON.parse(String(text)) as Record<string, unknown>)
  expect(line).toEqual([
    {
      level: 'error',
      event: 'log_dead',
      message: '0',
      key: 'dead/2026/01/15/0',
      bytes: raw.byteLength,
    },
  ])
})

test('the whole way: a poison message ends under dead/', async () => {
  const raw = newOrg()
  await env.LOG_QUEUE.send(encoder.encode(raw), { contentType: 'bytes' })
  await vi.waitFor(
    async () => expect(await deadTexts()).toContain(raw),
    // The dead-letter consumer waits up to 5 s for a batch.
    { timeout: 12_000, interval: 250 },
  )
}, 15_000)

function changed(org: string, change: (record: Record<string, unknown>) => unknown): PackEntry {
  const entry = buildEntry(org)
  const record = JSON.parse(decoder.decode(entry.record)) as Record<string, unknown>
  change(record)
  return { ...entry, record: encoder.encode(JSON.stringify(record)) }
}

/** Listens in at the dead-letter queue; what is sent goes no further. */
function collectDead(): { sent: Uint8Array[]; collecting: Env } {
  const sent: Uint8Array[] = []
  const send = async (body: Uint8Array): Promise<void> => {
    sent.push(body.slice())
    await Promise.resolve()
  }
  const queue = new Proxy(env.LOG_DLQ, { get: () => send })
  return { sent, collecting: { ...env, LOG_DLQ: queue } }
}

async function deadObject(entry: PackEntry): Promise<Uint8Array> {
  for (const key of await keysUnder('dead/')) {
    const bytes = await (await env.BODIES.get(key))?.bytes()
    if (bytes && decoder.decode(bytes).includes(entry.id)) return bytes
  }
  throw new Error('not among the dead')
}

async function deadTexts(): Promise<string[]> {
  const texts = []
  for (const key of await keysUnder('dead/')) {
    texts.push((await (await env.BODIES.get(key))?.text()) ?? '')
  }
  return texts
}
