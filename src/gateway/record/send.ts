/**
 * Group commit: the records of an isolate's requests leave together, because one queue message per request is the biggest
 * line on the bill. One or two requests at a time wait a moment behind their answers, then send what all have left. A record
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

/** How many requests wait at a time to send what is pending: a second one, in case the runtime ends the first. */
const GATHERERS = 2
/** A gatherer that has not come back after this is taken for dead, and another gathers. */
const GATHER_PATIENCE_MS = 1_000

/** Records go into it as they come, so that nothing else of them is kept. */
const open = new PackWriter(MAX_PACK_BYTES, MAX_ENTRIES)
/** Full, or not taken before. */
let sealed: Sealed[] = []
/** The requests that wait to send what is pending, the oldest first. */
let gatherers: { since: number }[] = []

/**
 * Takes part in the isolate's next commit. Few wait and send for all; the others need not outlive their answer, because
 * what is pending is plain data that any request may send.
 */
export async function commit(entry: TextEntry, sink: LogSink): Promise<void> {
  if (!open.add(entry)) {
    seal()
    if (!open.add(entry)) sealed.push(packOf(entry))
    await send(sink)
  }
  if (!open.isEmpty) await gather(sink)
}

/** Every record that comes meanwhile has at most as long to wait as this one. */
async function gather(sink: LogSink): Promise<void> {
  const since = Date.now()
  const [oldest] = gatherers
  if (oldest !== undefined && since - oldest.since >= GATHER_PATIENCE_MS) gatherers.shift()
  if (gatherers.length >= GATHERERS) return
  const own = { since }
  gatherers.push(own)
  await scheduler.wait(GATHER_MS)
  gatherers = gatherers.filter((each) => each !== own)
  seal()
  await send(sink)
}

function seal(): void {
  if (!open.isEmpty) sealed.push(open.take())
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
