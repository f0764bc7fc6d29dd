/**
 * One organisation's entries → its packs in R2. The rows come back for the index, which is written after: a row never
 * points at nothing, and a pack without rows is only a few forgotten bytes.
 */
import { reasonOf } from '../lib/log.ts'
import type { PackEntry, PackSlot } from '../lib/pack.ts'
import { writePack } from '../store/bodies.ts'
import type { StoredRow } from '../store/logs-writer.ts'

const MAX_PACK_BYTES = 4 * 1024 * 1024
const MAX_PACK_ENTRIES = 500

/** An entry, read and priced. */
export interface Prepared {
  row: StoredRow
  packed: PackEntry
}

export interface Shelved {
  /** Rows that now point into a pack. */
  rows: StoredRow[]
  failed: { row: StoredRow; reason: string }[]
}

/** Never throws. `batches` is consumed as packs fill, so that a long list is never held decoded all at once. */
export async function shelve(
  bucket: R2Bucket,
  orgId: string,
  batches: AsyncIterable<Prepared[]>,
): Promise<Shelved> {
  const shelved: Shelved = { rows: [], failed: [] }
  let open: Prepared[] = []
  let bytes = 0
  for await (const batch of batches) {
    for (const prepared of batch) {
      const size = sizeOf(prepared.packed)
      const isFull = open.length === MAX_PACK_ENTRIES || bytes + size > MAX_PACK_BYTES
      if (open.length > 0 && isFull) {
        await close(bucket, orgId, open, shelved)
        open = []
        bytes = 0
      }
      open.push(prepared)
      bytes += size
    }
  }
  if (open.length > 0) await close(bucket, orgId, open, shelved)
  return shelved
}

async function close(
  bucket: R2Bucket,
  orgId: string,
  entries: readonly Prepared[],
  shelved: Shelved,
): Promise<void> {
  try {
    const at = entries[0]?.row.createdAt ?? 0
    const { key, slots } = await writePack(
      bucket,
      orgId,
      at,
      entries.map(({ packed }) => packed),
    )
    for (const [index, slot] of slots.entries()) {
      const row = entries[index]?.row
      if (row) shelved.rows.push({ ...row, ...location(key, slot) })
    }
  } catch (error) {
    const reason = reasonOf(error)
    shelved.failed.push(...entries.map(({ row }) => ({ row, reason })))
  }
}

function location(packKey: string, slot: PackSlot) {
  const { offset, recordLength, requestLength, responseLength } = slot
  return { packKey, packOffset: offset, recordLength, requestLength, responseLength }
}

function sizeOf({ record, request, response }: PackEntry): number {
  return record.byteLength + request.byteLength + response.byteLength
}
