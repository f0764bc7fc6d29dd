/** An organisation's API keys, newest first, revoked ones included. */
import type { ApiKeyRow } from '../../contracts/api/session.ts'
import { listKeyRows } from '../../store/keys.ts'
import type { KeyRow } from '../../store/keys.ts'

export async function listKeys(env: Env, orgId: string): Promise<ApiKeyRow[]> {
  return (await listKeyRows(env.DB, orgId)).map(presentKey)
}

/** What may be shown of a key: never its hash. */
export function presentKey(row: KeyRow): ApiKeyRow {
  const { id, name, hint, permissions, createdAt, revokedAt } = row
  return { id, name, hint, permissions, createdAt, revokedAt }
}
