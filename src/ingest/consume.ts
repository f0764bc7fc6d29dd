/**
 * Takes packs in. Each message is answered for by itself: acknowledged when all it holds is stored or parked as poison,
 * else delivered again later. Fail-closed: nothing is acknowledged that is not in R2.
 */
import { logEvent } from '../lib/log.ts'
import type { StoredRow } from '../store/logs-writer.ts'
import { keepDeadLetters, parkPoison } from './dead.ts'
import { openPack } from './decode.ts'
import type { OpenedPack } from './decode.ts'
import { notify } from './notify.ts'
import { retryDelaySeconds } from './retry.ts'
import { keyOf, storeEntries } from './store-entries.ts'
import type { Outcome } from './store-entries.ts'

const DEAD_QUEUE = 'heliograph-logs-dead'

/** The queue consumer. */
export async function ingestBatch(
  batch: MessageBatch,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  if (batch.queue === DEAD_QUEUE) return await keepDeadLetters(batch, env)
  const { failures, rows } = await takeIn(
    env,
    batch.messages.map((message) => message.body),
  )
  ctx.waitUntil(notify(env, rows))
  for (const [index, message] of batch.messages.entries()) {
    const failure = failures[index] ?? null
    if (failure === null) {
      message.ack()
      continue
    }
    const delaySeconds = retryDelaySeconds(message.attempts)
    const { id, attempts } = message
    logEvent('warn', 'ingest_retry', { message: id, attempts, delaySeconds, reason: failure })
    message.retry({ delaySeconds })
  }
}

/** The same without a queue. Throws if anything was neither stored nor parked; calling again is safe. */
export async function ingestPacks(env: Env, packs: Uint8Array[]): Promise<void> {
  const { failures, rows } = await takeIn(env, packs)
  await notify(env, rows)
  const failed = failures.filter((failure) => failure !== null)
  if (failed.length > 0) {
    throw new Error(`${failed.length} of ${packs.length} packs were not stored: ${failed[0]}`)
  }
}

interface TakenIn {
  /** Pack by pack: why it must come again, or null. */
  failures: (string | null)[]
  /** Rows that are in now and were not before. */
  rows: StoredRow[]
}

async function takeIn(env: Env, bodies: readonly unknown[]): Promise<TakenIn> {
  const packs = bodies.map(openPack)
  const outcome = await storeEntries(
    env,
    packs.flatMap((pack) => pack.entries),
  )
  const failures = []
  for (const pack of packs) failures.push(await settle(env, pack, outcome))
  return { failures, rows: outcome.rows }
}

/** Poison is parked last, so that a pack that comes again for another reason does not park it twice. */
async function settle(env: Env, pack: OpenedPack, outcome: Outcome): Promise<string | null> {
  for (const entry of pack.entries) {
    const reason = outcome.failed.get(keyOf(entry.record))
    if (reason !== undefined) return reason
  }
  const poison = [...pack.poison]
  for (const { record, raw } of pack.entries) {
    const reason = outcome.poison.get(keyOf(record))
    if (reason !== undefined) poison.push({ raw, reason })
  }
  return await parkPoison(env, pack.unreadable, poison)
}
