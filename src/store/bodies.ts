/**
 * Bodies in R2: packs, which are the log of record, and objects of their own for bodies too big for a pack.
 */
import { contentDigest } from '../lib/hash.ts'
import { packKey } from '../lib/object-keys.ts'
import { encodePack } from '../lib/pack.ts'
import type { PackEntry, PackSlot } from '../lib/pack.ts'

/** A pack in its place; `slots` are in the order of the entries. */
export interface StoredPack {
  key: string
  slots: PackSlot[]
}

/**
 * Stores one organisation's entries as one object, named by its content: storing the same again changes nothing, and no
 * two different packs can ever lie under one name. `at` (epoch ms) is the hour it is filed under. Throws when R2 does.
 */
export async function writePack(
  bucket: R2Bucket,
  orgId: string,
  at: number,
  entries: readonly PackEntry[],
): Promise<StoredPack> {
  const { bytes, slots } = encodePack(entries)
  const key = packKey(orgId, at, await contentDigest(bytes))
  await bucket.put(key, bytes, { onlyIf: { etagDoesNotMatch: '*' } })
  return { key, slots }
}

/** A body object as far as it was read. */
export interface BodyObject {
  bytes: Uint8Array
  /** Null when `bytes` is all of it; else the length of its head, behind which its tail follows. */
  cutAt: number | null
}

/**
 * Reads a body that has an object of its own. Of one longer than `limitBytes`, both ends; only the head of one that is
 * `encoded`, because its tail cannot be decoded alone. Null when there is no such object. Throws when R2 does.
 */
export async function readBodyObject(
  bucket: R2Bucket,
  key: string,
  limitBytes: number,
  encoded: boolean,
): Promise<BodyObject | null> {
  const headBytes = encoded ? limitBytes : Math.ceil(limitBytes / 2)
  const object = await bucket.get(key, { range: { offset: 0, length: limitBytes } })
  if (object === null) return null
  const bytes = await object.bytes()
  if (object.size <= limitBytes) return { bytes, cutAt: null }
  const tail = encoded ? null : await bucket.get(key, { range: { suffix: limitBytes - headBytes } })
  if (tail) bytes.set(await tail.bytes(), headBytes)
  return { bytes, cutAt: headBytes }
}
