import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'
import { ingestPacks } from '../../src/ingest/index.ts'
import { retryDelaySeconds } from '../../src/ingest/retry.ts'
import type { PackEntry } from '../../src/lib/pack.ts'
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
  STARTED_AT,
} from '../support/workers-ingest.ts'

test('a message that the gateway queued becomes a row and a pack', async () => {
  const org = newOrg()
  const entry = buildEntry(org)
  await env.LOG_QUEUE.send(pack(entry), { contentType: 'bytes' })
  const row = await vi.waitFor(() => onlyRow(org), { timeout: 5_000 })
  expect(row).toMatchObject({
    id: entry.id,
    requestId: null,
    createdAt: STARTED_AT,
    model: 'gpt-4o-mini-2024-07-18',
    modelAsked: 'gpt-4o-mini',
    status: 200,
    outcome: 'success',
    latencyMs: 421,
    inputTokens: 12,
    outputTokens: 8,
    requestPreview: 'What is a heliograph?',
    responsePreview: 'A signalling mirror.',
    requestBodyState: 'stored',
    responseBodyState: 'stored',
  })
  // 12 tokens at $0.15 and 8 at $0.60 per million.
  expect(row.costNano).toBe(6_600)
  expect(row.packKey).toMatch(/^logs\/v1\/org-[\w-]+\/2026\/01\/15\/12\/[0-9a-f]{32}\.pack$/)
  const stored = await readPacked(row)
  expect(stored.request).toBe(chatRequest('What is a heliograph?'))
  expect(stored.response).toBe(chatResponse('A signalling mirror.', 12, 8))
  expect(stored.record).toMatchObject({
    id: entry.id,
    summary: { usage: { inputTokens: 12 } },
    cost: { nanoUsd: 6_600, source: 'catalogue' },
  })
})

test('ten deliveries of one message leave one row and one pack', async () => {
  const org = newOrg()
  const message = pack(buildEntry(org), buildEntry(org))
  for (let delivery = 0; delivery < 10; delivery += 1) {
    const { acked } = await deliver([message])
    expect(acked).toEqual(['0'])
  }
  expect(await rowsOf(org)).toHaveLength(2)
  expect(await keysUnder(`logs/v1/${org}/`)).toHaveLength(1)
})

test('ten deliveries at once leave one row each', async () => {
  const org = newOrg()
  const message = pack(buildEntry(org), buildEntry(org), buildEntry(org))
  await Promise.all(Array.from({ length: 10 }, () => deliver([message])))
  const rows = await rowsOf(org)
  expect(rows).toHaveLength(3)
  for (const row of rows) expect((await readPacked(row)).record['id']).toBe(row.id)
})

test('the order of messages makes no difference, not even to the object', async () => {
  const org = newOrg()
  const entries = Array.from({ length: 6 }, () => buildEntry(org))
  const messages = entries.map((entry) => pack(entry))
  const broken = sabotaged((operation, moment) => {
    if (operation === 'LOGS.run' && moment === 'before') throw new Error('D1 is down')
  })
  await deliver(messages.toReversed(), { env: broken })
  await deliver([pack(...entries)])
  expect(await rowsOf(org)).toHaveLength(6)
  expect(await keysUnder(`logs/v1/${org}/`)).toHaveLength(1)
})

test('a batch that overlaps with earlier ones stores only what is new', async () => {
  const org = newOrg()
  const [a, b, c, d] = [buildEntry(org), buildEntry(org), buildEntry(org), buildEntry(org)]
  await deliver([pack(a, b)])
  await deliver([pack(b, c), pack(a), pack(c, d, d)])
  const rows = await rowsOf(org)
  expect(rows.map((row) => row.id)).toEqual([a, b, c, d].map(({ id }) => id).toSorted())
  for (const row of rows) expect((await readPacked(row)).record['id']).toBe(row.id)
  const second = rows.filter((row) => row.id === c.id || row.id === d.id)
  expect(new Set(second.map((row) => row.packKey)).size).toBe(1)
})

test('a batch of several organisations makes one object for each, and mixes nothing', async () => {
  const orgs = Array.from({ length: 6 }, newOrg)
  const entries = orgs.flatMap((org) => [
    buildEntry(org, { requestBody: chatRequest(`secret of ${org}`) }),
    buildEntry(org, { requestBody: chatRequest(`secret of ${org}`) }),
  ])
  await deliver([pack(...entries.filter((_, i) => i % 2 === 0)), pack(...entries)])
  for (const org of orgs) {
    const rows = await rowsOf(org)
    expect(rows).toHaveLength(2)
    const keys = await keysUnder(`logs/v1/${org}/`)
    expect(keys).toEqual([rows[0]?.packKey])
    const object = await (await env.BODIES.get(keys[0] ?? ''))?.text()
    for (const other of orgs) expect(object?.includes(other)).toBe(other === org)
  }
})

test('the same id in two organisations is two rows', async () => {
  const [mine, theirs] = [newOrg(), newOrg()]
  const entry = buildEntry(mine)
  await deliver([pack(entry, buildEntry(theirs, { id: entry.id }))])
  expect((await onlyRow(mine)).id).toBe(entry.id)
  expect((await onlyRow(theirs)).id).toBe(entry.id)
})

test('the direct way stores the same, and says when it did not', async () => {
  const org = newOrg()
  const message = pack(buildEntry(org))
  const broken = sabotaged((operation) => {
    if (operation.startsWith('BODIES.')) throw new Error('R2 is down')
  })
  await expect(ingestPacks(broken, [message])).rejects.toThrow(/1 of 1 packs .* R2 is down/)
  expect(await rowsOf(org)).toEqual([])
  await ingestPacks(env, [message, message])
  expect((await onlyRow(org)).inputTokens).toBe(12)
})

test('more rows than one statement takes', async () => {
  const org = newOrg()
  const entries = Array.from({ length: 1_203 }, () => buildEntry(org))
  const messages: Uint8Array[] = []
  for (let at = 0; at < entries.length; at += 100) {
    messages.push(pack(...entries.slice(at, at + 100)))
  }
  const { acked } = await deliver(messages)
  expect(acked).toHaveLength(messages.length)
  expect(await rowsOf(org)).toHaveLength(1_203)
})

test('rows that are long in bytes are split below the limit of a bound string', async () => {
  const org = newOrg()
  const properties = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`name-${i}`, '\u{1F4A1}'.repeat(250)]),
  )
  const entries = Array.from({ length: 60 }, () => buildEntry(org, { properties }))
  await ingestPacks(env, [pack(...entries)])
  const rows = await rowsOf(org)
  expect(rows).toHaveLength(60)
  expect(JSON.parse(rows[59]?.properties ?? '')).toEqual(properties)
})

test('a row costs one billed write, two with an id of the client', async () => {
  const org = newOrg()
  const written: number[] = []
  const counting = countWrites(written)
  await ingestPacks(counting, [pack(...many(50, () => buildEntry(org)))])
  await ingestPacks(counting, [
    pack(...many(50, () => buildEntry(org, { requestId: crypto.randomUUID() }))),
  ])
  expect(written).toEqual([50, 100])
})

test('retries wait ever longer, up to ten minutes', () => {
  expect([1, 2, 3, 6, 7, 100].map(retryDelaySeconds)).toEqual([10, 20, 40, 320, 600, 600])
})

function many(count: number, make: () => PackEntry): PackEntry[] {
  return Array.from({ length: count }, make)
}

/** Reads what D1 itself says that it will bill. */
function countWrites(written: number[]): Env {
  return {
    ...env,
    LOGS: new Proxy(env.LOGS, {
      get(db, name) {
        if (name !== 'prepare') return Reflect.get(db, name, db) as unknown
        return (sql: string) => ({
          bind: (...values: unknown[]) => ({
            all: () =>
              db
                .prepare(sql)
                .bind(...values)
                .all(),
            run: async () => {
              const result = await db
                .prepare(sql)
                .bind(...values)
                .run()
              written.push(result.meta.rows_written)
              return result
            },
          }),
        })
      },
    }),
  }
}
