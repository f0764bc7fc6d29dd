/**
 * Packs that found no queue: `spill/<yyyy-mm-dd>/<uuid>` in R2, until a cron hands them to the ingest.
 * Storing is idempotent there, so an object that is swept twice costs nothing.
 */
import { SPILL_PREFIX } from '../lib/object-keys.ts'

/** Keeps one pack; resolves to its key. Throws when R2 does. */
export async function spillPack(bucket: R2Bucket, bytes: Uint8Array): Promise<string> {
  const day = new Date().toISOString().slice(0, 10)
  const key = `${SPILL_PREFIX}${day}/${crypto.randomUUID()}`
  await bucket.put(key, bytes)
  return key
}
