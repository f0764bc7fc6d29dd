import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { findStored, insertRows } from '../../src/store/logs-writer.ts'
import { buildRow } from '../support/rows.ts'
import type { Row } from '../support/rows.ts'
import { onlyRow, rowsOf } from '../support/workers-ingest.ts'

test('every column arrives as it was', async () => {
  const org = newOrg()
  const row = buildRow(org, {
    requestId: crypto.randomUUID(),
    errorMessage: `it's "quoted" \\ and\nbroken, ü \u{1F4A1}`,
    properties: JSON.stringify({ nul: '\0', quote: '"' }),
    costNano: 9_007_199_254_740_991,
    isStream: 1,
    packKey: 'logs/v1/x.pack',
    packOffset: 9,
  })
  await insertRows(env.LOGS, [row])
  expect(await onlyRow(org)).toEqual(row)
})

test('text that SQLite cannot hold is made whole', async () => {
  const org = newOrg()
  await insertRows(env.LOGS, [buildRow(org, { userId: 'a\0b', sessionName: 'half \uD83D pair' })])
  expect(await onlyRow(org)).toMatchObject({ userId: 'a\uFFFDb', sessionName: 'half \uFFFD pair' })
})

test('a row that exists stays as it is', async () => {
  const org = newOrg()
  const row = buildRow(org, { userId: 'first' })
  await insertRows(env.LOGS, [row])
  const results = await insertRows(env.LOGS, [{ ...row, userId: 'second' }, buildRow(org)])
  expect(results).toMatchObject([{ rows: [{ id: row.id }, {}], error: null }])
  expect((await rowsOf(org)).find(({ id }) => id === row.id)?.userId).toBe('first')
})

test('a row that breaks a rule is named, and keeps nobody else out', async () => {
  const org = newOrg()
  const rows = Array.from({ length: 20 }, () => buildRow(org))
  const bad = { ...buildRow(org), detail: null } as unknown as Row
  const results = await insertRows(env.LOGS, rows.toSpliced(13, 0, bad))
  const refused = results.filter(({ error }) => error !== null)
  expect(refused).toMatchObject([{ rows: [{ id: bad.id }], isFinal: true }])
  expect(await rowsOf(org)).toHaveLength(20)
})

test('finds what is stored, of the right organisation only', async () => {
  const [org, other] = [newOrg(), newOrg()]
  const rows = [buildRow(org), buildRow(org)]
  await insertRows(env.LOGS, rows)
  const asked = [...rows, buildRow(org)].flatMap(({ id }) => [
    { orgId: org, id },
    { orgId: other, id },
  ])
  const found = await findStored(env.LOGS, asked)
  expect(found).toEqual(rows.map(({ id }) => ({ orgId: org, id })))
})

function newOrg(): string {
  return `org-${crypto.randomUUID()}`
}
