/** Who a presented API key belongs to. Always asks the database, so a revoked key is refused at once. */
import { LOCAL_KEY } from '../../env.ts'
import { sha256Hex } from '../../lib/secret.ts'
import { findKey } from '../../store/keys.ts'
import { isKey } from './format.ts'

export interface KeyOwner {
  orgId: string
  keyId: string
  permissions: 'rw' | 'w'
}

/** Null for a key that is malformed, unknown or revoked, and for the local key anywhere but on a laptop. */
export async function verifyKey(env: Env, isLocal: boolean, key: string): Promise<KeyOwner | null> {
  if (!isKey(key) || (key === LOCAL_KEY && !isLocal)) return null
  const row = await findKey(env.DB, await sha256Hex(key))
  if (row === null || row.revokedAt !== null) return null
  return { orgId: row.orgId, keyId: row.id, permissions: row.permissions === 'rw' ? 'rw' : 'w' }
}
