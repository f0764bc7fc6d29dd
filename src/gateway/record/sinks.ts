/**
 * The two transports of the log. `queue` is Cloudflare's; `direct` stores in the background of the request itself, for
 * places where the queue lives in memory only. Both end in R2 when their first way fails: a cron sweeps it from there.
 */
import { spillPack } from '../../store/spill.ts'
import type { LogSink } from './send.ts'

/** sendBatch takes at most 100 messages and 256 KB together. */
const MAX_BATCH_BYTES = 240_000

export function queueSink(queue: Queue, bodies: R2Bucket): LogSink {
  return {
    async send(packs) {
      for (const batch of batchesOf(packs)) {
        if (!(await sendTwice(queue, batch))) await spillAll(bodies, batch)
      }
    },
  }
}

export function directSink(
  store: (packs: Uint8Array[]) => Promise<void>,
  queue: Queue,
  bodies: R2Bucket,
): LogSink {
  const fallback = queueSink(queue, bodies)
  return {
    async send(packs) {
      try {
        await store(packs)
      } catch {
        // The consumer retries for hours; storing is idempotent, so what did arrive is not doubled.
        await fallback.send(packs)
      }
    },
  }
}

async function sendTwice(queue: Queue, packs: Uint8Array[]): Promise<boolean> {
  const messages = packs.map((body) => ({ body, contentType: 'bytes' as const }))
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await queue.sendBatch(messages)
      return true
    } catch {
      // The second failure spills.
    }
  }
  return false
}

async function spillAll(bodies: R2Bucket, packs: Uint8Array[]): Promise<void> {
  for (const pack of packs) await spillPack(bodies, pack)
}

function batchesOf(packs: Uint8Array[]): Uint8Array[][] {
  const batches: Uint8Array[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const pack of packs) {
    if (bytes + pack.byteLength > MAX_BATCH_BYTES) {
      batches.push([])
      bytes = 0
    }
    batches.at(-1)?.push(pack)
    bytes += pack.byteLength
  }
  return batches
}
