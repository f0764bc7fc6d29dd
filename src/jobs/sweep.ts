/**
 * Brings spilled packs home. An object is deleted only after all it holds is stored, so the sweep may die at any point
 * and may run twice at once. An object that is no pack moves to `dead/`.
 */
import { logEvent, reasonOf } from '../lib/log.ts'
import { deadKey, SPILL_PREFIX } from '../lib/object-keys.ts'
import { decodePack } from '../lib/pack.ts'

/** Stores packs; throws if anything in them was not stored. Must be idempotent. */
export type Ingest = (packs: Uint8Array[]) => Promise<void>

export interface Swept {
  found: number
  stored: number
  /** Moved to `dead/`. */
  dead: number
  /** Left where they are for the next sweep. */
  left: number
}

const DEFAULT_LIMIT = 1_000
const GROUP = 20
/** After this many failures in a row it is the storage that is ill, not the objects. */
const MAX_FAILURES = 5

interface Spilled {
  key: string
  pack: Uint8Array
}

/** Sweeps at most `limit` objects, oldest first. Throws when R2 cannot be listed or read. */
export async function sweepSpilled(
  env: Pick<Env, 'BODIES'>,
  ingest: Ingest,
  limit: number = DEFAULT_LIMIT,
): Promise<Swept> {
  const bucket = env.BODIES
  const swept: Swept = { found: 0, stored: 0, dead: 0, left: 0 }
  const keys = await spilledKeys(bucket, limit)
  swept.found = keys.length
  let failures = 0
  for (let start = 0; start < keys.length && failures < MAX_FAILURES; start += GROUP) {
    const group = await readable(bucket, keys.slice(start, start + GROUP), swept)
    const stored = (await store(group, ingest)) ? group : await storeSingly(group, ingest)
    if (stored.length > 0) await bucket.delete(stored.map(({ key }) => key))
    swept.stored += stored.length
    failures = stored.length < group.length ? failures + 1 : 0
  }
  swept.left = swept.found - swept.stored - swept.dead
  return swept
}

async function spilledKeys(bucket: R2Bucket, limit: number): Promise<string[]> {
  const { objects } = await bucket.list({ prefix: SPILL_PREFIX, limit: Math.min(limit, 1_000) })
  return objects.map((object) => object.key)
}

/** Reads the objects; those that are no packs are moved out of the way. */
async function readable(bucket: R2Bucket, keys: string[], swept: Swept): Promise<Spilled[]> {
  const group: Spilled[] = []
  for (const key of keys) {
    const object = await bucket.get(key)
    // Another sweep was faster.
    if (object === null) continue
    const pack = await object.bytes()
    if (isPack(pack)) {
      group.push({ key, pack })
      continue
    }
    const dead = deadKey(object.uploaded.getTime(), key.slice(key.lastIndexOf('/') + 1))
    await bucket.put(dead, pack)
    await bucket.delete(key)
    logEvent('error', 'spill_dead', { key, dead, bytes: pack.byteLength })
    swept.dead += 1
  }
  return group
}

async function store(group: readonly Spilled[], ingest: Ingest): Promise<boolean> {
  if (group.length === 0) return true
  try {
    await ingest(group.map(({ pack }) => pack))
    return true
  } catch (error) {
    const keys = group.map(({ key }) => key)
    logEvent('warn', 'spill_not_stored', { keys, reason: reasonOf(error) })
    return false
  }
}

/** One that cannot be stored must not keep the others waiting. */
async function storeSingly(group: readonly Spilled[], ingest: Ingest): Promise<Spilled[]> {
  const stored: Spilled[] = []
  let failures = 0
  for (const spilled of group) {
    if (failures === MAX_FAILURES) break
    if (await store([spilled], ingest)) stored.push(spilled)
    else failures += 1
  }
  return stored
}

function isPack(bytes: Uint8Array): boolean {
  try {
    decodePack(bytes)
    return true
  } catch {
    return false
  }
}
