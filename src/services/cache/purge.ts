/**
 * Takes stored answers out of use: all of an organisation's, one seed's, or one. The first two cost one write, however much
 * is stored; what lies under the old generation expires by itself. Idempotent.
 */
import type { CachePurge } from '../../contracts/api/cache.ts'
import { logEvent, reasonOf } from '../../lib/log.ts'
import { Refusal } from '../../lib/refusal.ts'
import { edgeUrl } from '../../lib/response-names.ts'
import {
  PURGE_SETTLES_SECONDS,
  deleteAnswers,
  renewGeneration,
} from '../../store/response-cache.ts'

/** Throws `Refusal('unavailable')` when the store does not take it: nothing was purged then. */
export async function purgeOrganization(env: Env, orgId: string): Promise<CachePurge> {
  await written(() => renewGeneration(env.RESPONSES, orgId, null))
  return settling('organization')
}

/** Everything that was stored under this `Helicone-Cache-Seed`. Throws like `purgeOrganization`. */
export async function purgeSeed(env: Env, orgId: string, seed: string): Promise<CachePurge> {
  await written(() => renewGeneration(env.RESPONSES, orgId, seed))
  return settling('seed')
}

/**
 * One answer in all its slots. `origin` is the request's: its data centre forgets the answer at once. Throws
 * `Refusal('invalid_body')` for what is no cache key; a key of another organisation finds nothing.
 */
export async function purgeKey(
  env: Env,
  orgId: string,
  cacheKey: string,
  origin: string,
): Promise<CachePurge> {
  const names = await written(() => deleteAnswers(env.RESPONSES, orgId, cacheKey))
  if (names === null) {
    throw new Refusal('invalid_body', `"${cacheKey}" is not a cache key as the log shows it.`)
  }
  await Promise.all(names.map((name) => dropFromEdge(edgeUrl(origin, name))))
  return settling('key')
}

async function dropFromEdge(url: string): Promise<void> {
  try {
    await caches.default.delete(url)
  } catch {
    // It forgets by itself, within a minute.
  }
}

async function written<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    logEvent('error', 'cache_purge_failed', { reason: reasonOf(error) })
    throw new Refusal('unavailable', 'The cache’s store did not take the purge. Try again.')
  }
}

function settling(purged: CachePurge['purged']): CachePurge {
  return { purged, settlesWithinSeconds: PURGE_SETTLES_SECONDS }
}
