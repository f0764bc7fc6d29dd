/**
 * Presented key → principal, through memory, KV and D1. A key in use is confirmed against D1 in the background every
 * 30 s, so a revocation is seen everywhere within a minute and a warm request never waits. While D1 is down the last
 * known answer holds for a day. Unknown keys are remembered for a few seconds, in memory only: KV writes cost money.
 *
 * KV `key:<sha256 hex>`: {"orgId","keyId","permissions","rules","settings","checkedAt"} or {"revoked":true,"checkedAt"}.
 */
import { readOrgSettings } from '../../lib/org-settings.ts'
import type { OrgSettings } from '../../lib/org-settings.ts'
import { sha256Hex } from '../../lib/secret.ts'
import { within } from '../../lib/within.ts'
import { findKeyByHash } from '../../store/hot.ts'
import type { Principal } from '../exchange.ts'
import type { LimitRule } from '../policy/limit-rules.ts'

export type KeyState =
  | { kind: 'valid'; principal: Principal }
  | { kind: 'revoked' }
  | { kind: 'unknown' }
  | { kind: 'unavailable' }

type Known = Exclude<KeyState, { kind: 'unavailable' }>

interface Entry {
  state: Known
  /** Epoch ms at which D1, or KV in its stead, last said so. */
  confirmedAt: number
  isRefreshing: boolean
}

const CONFIRM_AFTER_MS = 30_000
const TRUST_MS = 60_000
const UNKNOWN_TRUST_MS = 5_000
const STALE_TRUST_MS = 86_400_000
const KV_REWRITE_AFTER_MS = 6 * 3_600_000
const MAX_ENTRIES = 10_000
/** A store that stays silent is down: the caller does not wait for it any longer than this. */
const KV_PATIENCE_MS = 1_000
const D1_PATIENCE_MS = 5_000

/** Whatever a cache lookup needs; `background` must outlive the request (waitUntil). */
export interface KeyStores {
  db: D1Database
  kv: KVNamespace
  background: (name: string, work: Promise<void>) => void
}

// Keyed by the presented key itself: hashing is asynchronous and a warm request should not pay for it.
const memory = new Map<string, Entry>()

export async function lookUpKey(key: string, stores: KeyStores): Promise<KeyState> {
  const now = Date.now()
  const entry = memory.get(key)
  if (entry && now - entry.confirmedAt < trustOf(entry)) {
    if (isDue(entry, now)) stores.background('key-cache', refresh(key, entry, stores))
    return entry.state
  }
  return await lookUpCold(key, entry, stores)
}

/** Forgets everything; for tests that change keys under the same isolate. */
export function forgetKeys(): void {
  memory.clear()
}

async function lookUpCold(
  key: string,
  stale: Entry | undefined,
  stores: KeyStores,
): Promise<KeyState> {
  const hash = await sha256Hex(key)
  const cached = await readKv(stores.kv, hash)
  if (cached && cached.state.kind !== 'unknown') {
    // KV may lag: answer from it, and let D1 confirm behind the request's back.
    const entry = remember(key, cached.state, Date.now())
    stores.background('key-cache', confirm(key, hash, entry, cached.checkedAt, stores))
    return cached.state
  }
  try {
    const state = await readD1(stores.db, hash)
    remember(key, state, Date.now())
    if (state.kind !== 'unknown') stores.background('key-cache', writeKv(stores.kv, hash, state))
    return state
  } catch {
    const isUsable = stale && Date.now() - stale.confirmedAt < STALE_TRUST_MS
    return isUsable ? stale.state : { kind: 'unavailable' }
  }
}

async function refresh(key: string, entry: Entry, stores: KeyStores): Promise<void> {
  entry.isRefreshing = true
  const hash = await sha256Hex(key)
  const cached = await readKv(stores.kv, hash)
  await confirm(key, hash, entry, cached?.checkedAt ?? 0, stores)
}

async function confirm(
  key: string,
  hash: string,
  entry: Entry,
  kvCheckedAt: number,
  stores: KeyStores,
): Promise<void> {
  entry.isRefreshing = true
  try {
    const state = await readD1(stores.db, hash)
    const hasChanged = JSON.stringify(state) !== JSON.stringify(entry.state)
    remember(key, state, Date.now())
    const isKvOld = Date.now() - kvCheckedAt > KV_REWRITE_AFTER_MS
    if (state.kind !== 'unknown' && (hasChanged || isKvOld)) await writeKv(stores.kv, hash, state)
  } catch {
    // D1 is down: what is known holds, and the next request asks again.
    entry.confirmedAt = Date.now() - CONFIRM_AFTER_MS
    entry.isRefreshing = false
  }
}

function trustOf(entry: Entry): number {
  return entry.state.kind === 'unknown' ? UNKNOWN_TRUST_MS : TRUST_MS
}

function isDue(entry: Entry, now: number): boolean {
  return (
    entry.state.kind !== 'unknown' &&
    !entry.isRefreshing &&
    now - entry.confirmedAt >= CONFIRM_AFTER_MS
  )
}

function remember(key: string, state: Known, confirmedAt: number): Entry {
  const entry: Entry = { state, confirmedAt, isRefreshing: false }
  memory.delete(key)
  memory.set(key, entry)
  if (memory.size > MAX_ENTRIES) {
    const oldest = memory.keys().next()
    if (!oldest.done) memory.delete(oldest.value)
  }
  return entry
}

async function readD1(db: D1Database, hash: string): Promise<Known> {
  const row = await within(D1_PATIENCE_MS, findKeyByHash(db, hash))
  if (row === null) return { kind: 'unknown' }
  if (row.isRevoked) return { kind: 'revoked' }
  const { orgId, keyId, permissions, rules, settings } = row
  return { kind: 'valid', principal: { orgId, keyId, permissions, rules, settings } }
}

interface KvKey {
  orgId?: string
  keyId?: string
  permissions?: string
  rules?: readonly LimitRule[]
  settings?: OrgSettings
  revoked?: boolean
  checkedAt?: number
}

async function readKv(
  kv: KVNamespace,
  hash: string,
): Promise<{ state: Known; checkedAt: number } | null> {
  try {
    const reading = kv.get<KvKey>(`key:${hash}`, { type: 'json', cacheTtl: 30 })
    const value = await within(KV_PATIENCE_MS, reading)
    if (value === null) return null
    const checkedAt = value.checkedAt ?? 0
    if (Date.now() - checkedAt > STALE_TRUST_MS) return null
    if (value.revoked === true) return { state: { kind: 'revoked' }, checkedAt }
    const principal = readPrincipal(value)
    return principal === null ? null : { state: { kind: 'valid', principal }, checkedAt }
  } catch {
    return null // KV is a shortcut: without it D1 answers.
  }
}

/** What an older version wrote has no settings: the defaults hold until D1 has been asked. */
function readPrincipal({ orgId, keyId, permissions, rules, settings }: KvKey): Principal | null {
  if (!orgId || !keyId || !permissions) return null
  const known = Array.isArray(rules) ? rules : []
  return { orgId, keyId, permissions, rules: known, settings: readOrgSettings(settings) }
}

async function writeKv(kv: KVNamespace, hash: string, state: Known): Promise<void> {
  const value: KvKey =
    state.kind === 'valid'
      ? { ...state.principal, checkedAt: Date.now() }
      : { revoked: true, checkedAt: Date.now() }
  try {
    await kv.put(`key:${hash}`, JSON.stringify(value), { expirationTtl: 86_400 })
  } catch {
    // A failed write costs the next cold isolate one D1 read, nothing more.
  }
}
