/**
 * What nothing could read is kept raw for a person: the dead-letter queue, and from there R2 under `dead/`. When that
 * queue is down, R2 at once. Fail-closed: a message is given up only when its bytes are safe.
 */
import { contentDigest } from '../lib/hash.ts'
import { logEvent, reasonOf } from '../lib/log.ts'
import { deadKey } from '../lib/object-keys.ts'
import { encodePack } from '../lib/pack.ts'
import { bytesOf } from './decode.ts'
import type { OpenedPack, Poison } from './decode.ts'
import { retryDelaySeconds } from './retry.ts'

/** A queue message holds 128,000 bytes. */
const MAX_MESSAGE_BYTES = 120_000

/** Null when nothing is left to do; else why the poison is not safe yet. */
export async function parkPoison(
  env: Env,
  unreadable: OpenedPack['unreadable'],
  poison: readonly Poison[],
): Promise<string | null> {
  try {
    if (unreadable) await park(env, unreadable.bytes, [], unreadable.reason)
    const [first] = poison
    if (first) {
      const entries = poison.map(({ raw }) => raw)
      const ids = entries.map(({ id }) => id)
      await park(env, encodePack(entries).bytes, ids, first.reason)
    }
    return null
  } catch (error) {
    return reasonOf(error)
  }
}

/** The consumer of the dead-letter queue: one object and one log line per message. */
export async function keepDeadLetters(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    const { id, attempts, timestamp } = message
    const key = deadKey(timestamp.getTime(), id)
    const bytes = bytesOf(message.body)
    try {
      await env.BODIES.put(key, bytes)
      logEvent('error', 'log_dead', { message: id, key, bytes: bytes.byteLength })
      message.ack()
    } catch (error) {
      logEvent('warn', 'log_dead_retry', { message: id, attempts, reason: reasonOf(error) })
      message.retry({ delaySeconds: retryDelaySeconds(attempts) })
    }
  }
}

async function park(env: Env, bytes: Uint8Array, ids: string[], reason: string): Promise<void> {
  logEvent('error', 'log_poison', { ids, bytes: bytes.byteLength, reason })
  if (bytes.byteLength <= MAX_MESSAGE_BYTES) {
    try {
      await env.LOG_DLQ.send(bytes, { contentType: 'bytes' })
      return
    } catch (error) {
      logEvent('warn', 'dead_letter_queue_failed', { reason: reasonOf(error) })
    }
  }
  await env.BODIES.put(deadKey(Date.now(), await contentDigest(bytes)), bytes)
}
