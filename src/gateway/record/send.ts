/**
 * Group commit: the records of an isolate's requests leave together, because one queue message per request is the biggest
 * line on the bill. The first of a group wait a moment behind their answers, then send what all have left. A record
 * is given up only when queue and R2 both refuse it and the isolate ends.
 */
import { logEvent, reasonOf } from '../../lib/log.ts'
import { encodePack, PackWriter } from '../../lib/pack.ts'
import type { TextEntry } from '../../lib/pack.ts'

/** Where packs go. Resolves when they are durable; throws when any of them is not. */
export interface LogSink {
  send(packs: Uint8Array[]): Promise<void>
}

interface Sealed {
  bytes: Uint8Array
  ids: string[]
}

const GATHER_MS = 100
const MAX_ENTRIES = 100
/** A queue message holds 128,000 bytes; a pack that would outgrow this leaves at once. */
const MAX_PACK_BYTES = 110_000
const MAX_RETAINED_BYTES = 8 * 1024 * 1024

/** How many requests of a group wait to send it: a second one, in case the runtime ends the first. */
const GATHERERS = 2
/** Gatherers that have not come back after this are taken for dead, and others gather. */
const GATHER_PATIENCE_MS = 1_000

/** Records go into it as they come, so that nothing else of them is kept. */
const open = new PackWriter(MAX_PACK_BYTES, MAX_ENTRIES)
/** Full, or not taken before. */
let sealed: Sealed[] = []
/** Counts the packs that were opened: who waited for one that has left sends nothing. */
let group = 0
/** Requests that wait to send what is open, and since when (epoch ms). */
let gatherers = 0
let gatheringSince = 0

/**
 * Takes part in the isolate's next commit. The first of a group wait and send for all; the others need not outlive
 * their answer, because what is pending is plain data that any request may send.
 */
export async function commit(entry: TextEntry, sink: LogSink): Promise<void> {
  if (!open.add(entry)) {
    seal()
    if (!open.add(entry)) sealed.push(packOf(entry))
    await send(sink)
  }
  if (!open.isEmpty) await gather(sink)
}

async function gather(sink: LogSink): Promise<void> {
  const now = Date.now()
  if (gatherers >= GATHERERS && now - gatheringSince < GATHER_PATIENCE_MS) return
  gatherers += 1
  gatheringSince = now
  const own = group
  await scheduler.wait(GATHER_MS)
  if (own !== group) return
  seal()
  await send(sink)
}

function seal(): void {
  if (open.isEmpty) return
  sealed.push(open.take())
  group += 1
  gatherers = 0
}

/** For a pack of its own: nothing is too big to be sent. */
function packOf({ id, record, request, response }: TextEntry): Sealed {
  const entry = { id, record: new TextEncoder().encode(record), request, response }
  return { bytes: encodePack([entry]).bytes, ids: [id] }
}

async function send(sink: LogSink): Promise<void> {
  const packs = sealed
  sealed = []
  if (packs.length === 0) return
  try {
    await sink.send(packs.map(({ bytes }) => bytes))
  } catch (error) {
    retain(packs, error)
  }
}

/** Nothing durable took them: they wait in memory for the next request of this isolate. */
function retain(packs: Sealed[], error: unknown): void {
  const all = [...packs, ...sealed]
  const bytes = all.reduce((sum, pack) => sum + pack.bytes.byteLength, 0)
  const isKept = bytes <= MAX_RETAINED_BYTES
  if (isKept) sealed = all
  const ids = packs.flatMap((pack) => pack.ids)
  logEvent('error', isKept ? 'log_retained' : 'log_lost', { ids, reason: reasonOf(error) })
}
