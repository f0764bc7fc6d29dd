import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { forgetKeys, lookUpKey } from '../../../src/gateway/auth/key-cache.ts'
import type { KeyStores } from '../../../src/gateway/auth/key-cache.ts'

const SETTINGS = {
  strict_headers: false,
  limits_on_cache_hits: false,
  limits_fail_closed: 'never',
  timeout_connect_ms: null,
  timeout_first_token_ms: null,
  timeout_idle_ms: null,
  timeout_total_ms: null,
}
const PRINCIPAL = {
  orgId: 'org-cache',
  keyId: 'key-cache',
  permissions: 'rw',
  rules: [],
  settings: SETTINGS,
}
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
  await env.DB.prepare('delete from organizations where id = ?1').bind(PRINCIPAL.orgId).run()
})

async function decide(settings: string): Promise<void> {
  await env.DB.prepare(
    `insert into organizations (id, name, settings, created_at) values (?1, 'test', ?2, 0)
    on conflict (id) do update set settings = excluded.settings`,
  )
    .bind(PRINCIPAL.orgId, settings)
    .run()
}

async function settingsNow(parts: Partial<KeyStores> = {}): Promise<unknown> {
  const state = await lookUpKey(key, stores(parts))
  return state.kind === 'valid' ? state.principal.settings : state.kind
}

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

  test('the settings of the organisation come with its key, from D1 and from KV', async () => {
    const decided = { strict_headers: true, limits_fail_closed: 'spend', timeout_total_ms: 30_000 }
    await decide(JSON.stringify(decided))
    expect(await settingsNow()).toEqual({ ...SETTINGS, ...decided })
    await settle()
    forgetKeys()
    const db = broken(env.DB)
    expect(await settingsNow({ db })).toEqual({ ...SETTINGS, ...decided })
    await settle()
  })

  test('changed settings hold within a minute, also for a key in use', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await decide('{}')
    expect(await settingsNow()).toEqual(SETTINGS)
    await settle()
    await decide('{"limits_on_cache_hits":true}')
    vi.setSystemTime(Date.now() + 31_000)
    await settingsNow() // still trusted; confirms in the background
    await settle()
    const changed = { ...SETTINGS, limits_on_cache_hits: true }
    expect(await settingsNow()).toEqual(changed)
    expect(await env.KV.get(`key:${hash}`, 'json')).toMatchObject({ settings: changed })
  })

  test.each(['', '{', '[]', 'null', '{"strict_headers":1,"timeout_idle_ms":0.5}'])(
    'settings that cannot be read are the defaults: %j',
    async (settings) => {
      await decide(settings)
      expect(await settingsNow()).toEqual(SETTINGS)
      await settle()
    },
  )

  test('what an older version left in KV has no settings: the defaults', async () => {
    const { settings: _, ...older } = PRINCIPAL
    await env.KV.put(`key:${hash}`, JSON.stringify({ ...older, checkedAt: Date.now() }))
    expect(await settingsNow({ db: broken(env.DB) })).toEqual(SETTINGS)
    await settle()
  })

  test('garbage in KV is no answer', async () => {
    await env.KV.put(`key:${hash}`, '{"orgId":5')
    expect(await lookUpKey(key, stores())).toMatchObject({ kind: 'valid' })
    await settle()
  })
})
