import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { ingestPacks } from '../../src/ingest/index.ts'
import { runScheduled } from '../../src/jobs/index.ts'
import { sweepSpilled } from '../../src/jobs/sweep.ts'
import { spillPack } from '../../src/store/spill.ts'
import { buildEntry, keysUnder, newOrg, onlyRow, pack, rowsOf } from '../support/workers-ingest.ts'

const encoder = new TextEncoder()
const ingest = (packs: Uint8Array[]) => ingestPacks(env, packs)

// One bucket serves the whole file: each test starts with nothing spilled and nobody dead.
beforeEach(async () => {
  for (const level of ['error', 'warn', 'log'] as const) vi.spyOn(console, level).mockReturnValue()
  await env.BODIES.delete([...(await keysUnder('spill/')), ...(await keysUnder('dead/'))])
})

test('spilled packs become rows, and leave', async () => {
  const org = newOrg()
  const key = await spillPack(env.BODIES, pack(buildEntry(org)))
  expect(key).toMatch(/^spill\/\d{4}-\d\d-\d\d\/[0-9a-f-]{36}$/)
  await spillPack(env.BODIES, pack(buildEntry(org), buildEntry(org)))
  expect(await sweepSpilled(env, ingest)).toEqual({ found: 2, stored: 2, dead: 0, left: 0 })
  expect(await rowsOf(org)).toHaveLength(3)
  expect(await keysUnder('spill/')).toEqual([])
  expect(await sweepSpilled(env, ingest)).toEqual({ found: 0, stored: 0, dead: 0, left: 0 })
})

test('storing fails: everything stays for the next sweep', async () => {
  const org = newOrg()
  for (let i = 0; i < 30; i += 1) await spillPack(env.BODIES, pack(buildEntry(org)))
  const calls: number[] = []
  const swept = await sweepSpilled(env, (packs) => {
    calls.push(packs.length)
    return Promise.reject(new Error('D1 is down'))
  })
  expect(swept).toEqual({ found: 30, stored: 0, dead: 0, left: 30 })
  // It does not try all thirty, one by one, against a storage that is down.
  expect(calls.length).toBeLessThan(15)
  expect(await keysUnder('spill/')).toHaveLength(30)
  await sweepSpilled(env, ingest)
  expect(await rowsOf(org)).toHaveLength(30)
})

test('one pack that cannot be stored does not keep the others waiting', async () => {
  const org = newOrg()
  const stuck = buildEntry(org)
  const stuckKey = await spillPack(env.BODIES, pack(stuck))
  for (let i = 0; i < 5; i += 1) await spillPack(env.BODIES, pack(buildEntry(org)))
  const swept = await sweepSpilled(env, async (packs) => {
    const texts = packs.map((bytes) => new TextDecoder().decode(bytes))
    if (texts.some((text) => text.includes(stuck.id))) throw new Error('not this one')
    await ingest(packs)
  })
  expect(swept).toEqual({ found: 6, stored: 5, dead: 0, left: 1 })
  expect(await keysUnder('spill/')).toEqual([stuckKey])
  expect(await rowsOf(org)).toHaveLength(5)
})

test('an object that is no pack moves to dead/', async () => {
  const org = newOrg()
  const key = await spillPack(env.BODIES, encoder.encode('not a pack'))
  await spillPack(env.BODIES, pack(buildEntry(org)))
  expect(await sweepSpilled(env, ingest)).toEqual({ found: 2, stored: 1, dead: 1, left: 0 })
  await onlyRow(org)
  expect(await keysUnder('spill/')).toEqual([])
  const [dead = '', ...others] = await keysUnder('dead/')
  expect(others).toEqual([])
  expect(dead).toContain(key.slice(key.lastIndexOf('/')))
  expect(await (await env.BODIES.get(dead))?.text()).toBe('not a pack')
})

test('two sweeps at once, and a crash before the delete, double nothing', async () => {
  const org = newOrg()
  for (let i = 0; i < 8; i += 1) await spillPack(env.BODIES, pack(buildEntry(org)))
  const bucket = new Proxy(env.BODIES, {
    get(real, name) {
      if (name === 'delete') return () => Promise.reject(new Error('gone'))
      return real[name as 'get'].bind(real)
    },
  })
  await expect(sweepSpilled({ BODIES: bucket }, ingest)).rejects.toThrow('gone')
  expect(await rowsOf(org)).toHaveLength(8)
  await Promise.all([sweepSpilled(env, ingest), sweepSpilled(env, ingest)])
  expect(await rowsOf(org)).toHaveLength(8)
  expect(await keysUnder('spill/')).toEqual([])
})

test('takes no more than it is told to, oldest day first', async () => {
  const org = newOrg()
  await env.BODIES.put('spill/2026-01-02/b', pack(buildEntry(org, { userId: 'newer' })))
  await env.BODIES.put('spill/2026-01-01/z', pack(buildEntry(org, { userId: 'older' })))
  expect(await sweepSpilled(env, ingest, 1)).toMatchObject({ found: 1, stored: 1 })
  expect((await onlyRow(org)).userId).toBe('older')
})

test('the cron sweeps, and survives a bucket that is down', async () => {
  const org = newOrg()
  await spillPack(env.BODIES, pack(buildEntry(org)))
  const down = new Proxy(env.BODIES, { get: () => () => Promise.reject(new Error('R2 is down')) })
  await runScheduled({ ...env, BODIES: down }, createExecutionContext(), ingest)
  expect(await rowsOf(org)).toEqual([])
  await runScheduled(env, createExecutionContext(), ingest)
  await onlyRow(org)
})
