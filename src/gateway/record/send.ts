/**
 * Group commit: the records of an isolate's requests leave together, because one queue message per request is the biggest
 * line on the bill. The first request of a group waits a moment behind its answer, then sends what all have left. A record
 * is given up only when queue and R2 both refuse it and the isolate ends.
 */
import { logEvent, reasonOf } from '../../lib/log.ts'
import { encodePack } from '../../lib/pack.ts'
import type { PackEntry } from '../../lib/pack.ts'

/** Where batches go. Resolves when they are durable; throws when any of them is not. */
export interface LogSink {
  send(packs: Uint8Array[]): Promise<void>
}

const GATHER_MS = 100
const MAX_ENTRIES = 100
/** A queue message holds 128,000 bytes; what is pending leaves at once when it would fill one. */
const MAX_PACK_BYTES = 110_000
const MAX_RETAINED_BYTES = 8 * 1024 * 1024

/** How many requests of a group wait to send it: a second one, in case the runtime ends the first. */
const GATHERERS = 2
/** Gatherers that have not come back after this are taken for dead, and others gather. */
const GATHER_PATIENCE_MS = 1_000

let pending: PackEntry[] = []
let pendingBytes = 0
/** Requests that wait to send what is pending, and since when (epoch ms). */
let gatherers = 0
let gatheringSince = 0

/**
 * Takes part in the isolate's next commit. The first of a group wait and send for all; the others need not outlive
 * their answer, because what is pending is plain data that any request may send.
 */
export async function commit(entry: PackEntry, sink: LogSink): Promise<void> {
  pending.push(entry)
  pendingBytes += sizeOf(entry)
  if (pending.length >= MAX_ENTRIES || pendingBytes >= MAX_PACK_BYTES) {
    await flush(sink)
    return
  }
  const now = Date.now()
  if (gatherers >= GATHERERS && now - gatheringSince < GATHER_PATIENCE_MS) return
  gatherers += 1
  gatheringSince = now
  await scheduler.wait(GATHER_MS)
  if (pending.includes(entry)) await flush(sink)
}

async function flush(sink: LogSink): Promise<void> {
  const entries = pending
  pending = []
  pendingBytes = 0
  gatherers = 0
  try {
    await sink.send(packsOf(entries))
  } catch (error) {
    retain(entries, error)
  }
}

/** Nothing durable took them: they wait in memory for the next request of this isolate. */
function retain(entries: PackEntry[], error: unknown): void {
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0)
  const isKept = pendingBytes + bytes <= MAX_RETAINED_BYTES
  if (isKept) {
    pending.unshift(...entries)
    pendingBytes += bytes
  }
  logEvent('error', isKept ? 'log_retained' : 'log_lost', {
    ids: entries.map((entry) => entry.id),
    reason: reasonOf(error),
  })
}

/** Packs of at most `MAX_PACK_BYTES`; an entry is never split. */
function packsOf(entries: PackEntry[]): Uint8Array[] {
  const packs: Uint8Array[] = []
  let group: PackEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    const size = sizeOf(entry)
    if (group.length > 0 && bytes + size > MAX_PACK_BYTES) {
      packs.push(encodePack(group).bytes)
      group = []
      bytes = 0
    }
    group.push(entry)
    bytes += size
  }
  if (group.length > 0) packs.push(encodePack(group).bytes)
  return packs
}

function sizeOf(entry: PackEntry): number {
  // The index row of an entry is its id and three lengths, about 70 bytes.
  return entry.record.byteLength + entry.request.byteLength + entry.response.byteLength + 70
}
