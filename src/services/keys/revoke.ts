/**
 * Revokes an API key. The database decides; the entry in KV tells gateways that remember the key, which take the new
 * state over within their own trust time.
 */
import { logEvent, reasonOf } from '../../lib/log.ts'
import { Refusal } from '../../lib/refusal.ts'
import { markRevoked } from '../../store/keys.ts'

/** Idempotent. Throws `Refusal('not_found')` for a key of nobody or of another organisation. */
export async function revokeKey(env: Env, orgId: string, keyId: string): Promise<void> {
  const now = Date.now()
  const hash = await markRevoked(env.DB, orgId, keyId, now)
  if (hash === null) throw new Refusal('not_found', `There is no API key with the id "${keyId}".`)
  try {
    await env.KV.put(`key:${hash}`, JSON.stringify({ revoked: true, checkedAt: now }))
  } catch (error) {
    // The key is revoked already: gateways learn it from the database a little later.
    logEvent('warn', 'key_tombstone_failed', { keyId, reason: reasonOf(error) })
  }
}
