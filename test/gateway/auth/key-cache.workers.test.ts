import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { forgetKeys, lookUpKey } from '../../../src/gateway/auth/key-cache.ts'
import type { KeyStores } from '../../../src/gateway/auth/key-cache.ts'

const PRINCIPAL = { orgId: 'org-cache', keyId: 'key-cache', permissions: 'rw', rules: [] }
const down = new Error('down')

let key: string
let hash: string
let work: Promise<void>[]

/** A binding whose every method throws: the dependency is broken, our code is not replaced. */
function broken<T extends object>(binding: T): T {
  return new Proxy(binding, {
    get() {
      return () => {
        throw down
      }
    },
  })
}

function counted(db: D1Database): { db: D1Database; reads: () => number } {
  let reads = 0
  const wrapped = new Proxy(db, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name === 'prepare') reads += 1
      return member.bind(target)
    },
  })
  return { db: wrapped, reads: () => reads }
}

function stores(parts: Partial<KeyStores> = {}): KeyStores {
  return {
    db: env.DB,
    kv: env.KV,
    background: (_name, promise) => void work.push(promise),
    ...parts,
  }
}

async function settle(): Promise<void> {
  while (work.length > 0) await work.pop()
}

beforeEach(async () => {
  forgetKeys()
  work = []
  key = `sk-helicone-${crypto.randomUUID()}`
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))
  hash = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('')
  await env.DB.prepare(
    'insert or replace into api_keys (id, org_id, name, hash, hint, permissions, created_at) values (?1, ?2, ?3, ?4, ?5, ?6, 0)',
  )
    .bind(PRINCIPAL.keyId, PRINCIPAL.orgId, 'test', hash, 'hint', PRINCIPAL.permissions)
    .run()
})

afterEach(() => vi.useRealTimers())

describe('lookUpKey', () => {
  test('finds a key in D1, keeps it in KV, and then asks nobody', async () => {
    const { db, reads } = counted(env.DB)
    expect(await lookUpKey(key, stores({ db }))).toEqual({ kind: 'valid', principal: PRINCIPAL })
    await settle()
    expect(await env.KV.get(`key:${hash}`, 'json')).toMatchObject(PRINCIPAL)
    for (let i = 0; i < 100; i += 1) await lookUpKey(key, stores({ db, kv: broken(env.KV) }))
    expect(reads()).toBe(1)
  })

  test('a cold isolate answers from KV while D1 is down', async () => {
    await lookUpKey(key, stores())
    await settle()
    forgetKeys()
    expect(await lookUpKey(key, stores({ db: broken(env.DB) }))).toMatchObject({ kind: 'valid' })
    await settle()
    expect(await lookUpKey(key, stores({ db: broken(env.DB) }))).toMatchObject({ kind: 'valid' })
  })

  test('without KV, D1 answers', async () => {
    expect(await lookUpKey(key, stores({ kv: broken(env.KV) }))).toMatchObject({ kind: 'valid' })
    await settle()
  })

  test('a known key outlives an outage of D1 and KV together', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await lookUpKey(key, stores())
    await settle()
    vi.setSystemTime(Date.now() + 2 * 3_600_000)
    const outage = stores({ db: broken(env.DB), kv: broken(env.KV) })
    expect(await lookUpKey(key, outage)).toMatchObject({ kind: 'valid' })
  })

  test('with nothing known and D1 down it is unavailable, not unknown', async () => {
    const outage = stores({ db: broken(env.DB), kv: broken(env.KV) })
    expect(await lookUpKey(key, outage)).toEqual({ kind: 'unavailable' })
  })

  test('an unknown key is remembered for seconds only', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { db, reads } = counted(env.DB)
    for (let i = 0; i < 20; i += 1) {
      expect(await lookUpKey('sk-helicone-nobody', stores({ db }))).toEqual({ kind: 'unknown' })
    }
    expect(reads()).toBe(1)
    vi.setSystemTime(Date.now() + 6_000)
    await lookUpKey('sk-helicone-nobody', stores({ db }))
    expect(reads()).toBe(2)
  })

  test('a revocation is seen within a minute, although the key is in use and in KV', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await lookUpKey(key, stores())
    await settle()
    await env.DB.prepare('update api_keys set revoked_at = 1 where hash = ?1').bind(hash).run()
    vi.setSystemTime(Date.now() + 31_000)
    await lookUpKey(key, stores()) // still trusted; confirms in the background
    await settle()
    expect(await lookUpKey(key, stores())).toEqual({ kind: 'revoked' })
    expect(await env.KV.get(`key:${hash}`, 'json')).toMatchObject({ revoked: true })
  })

  test('garbage in KV is no answer', async () => {
    await env.KV.put(`key:${hash}`, '{"orgId":5')
    expect(await lookUpKey(key, stores())).toMatchObject({ kind: 'valid' })
    await settle()
  })
})
