import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

test('the request index is WITHOUT ROWID, so that a row costs one billed write', async () => {
  const table = await env.LOGS.prepare(
    `select wr from pragma_table_list where name = 'requests'`,
  ).first<{ wr: number }>()
  expect(table?.wr).toBe(1)
})
