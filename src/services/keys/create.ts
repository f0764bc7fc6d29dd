/** Makes an API key. The key itself is answered once and kept nowhere; the table holds its hash. */
import type { CreatedApiKey } from '../../contracts/api/session.ts'
import { uuidv7At } from '../../lib/ids.ts'
import { sha256Hex } from '../../lib/secret.ts'
import { insertKeyStatement } from '../../store/keys.ts'
import type { KeyRow } from '../../store/keys.ts'
import { hintOf, makeKey } from './format.ts'
import { presentKey } from './list.ts'

export interface NewKey {
  name: string
  permissions: 'rw' | 'w'
}

export async function createKey(env: Env, orgId: string, input: NewKey): Promise<CreatedApiKey> {
  const { key, row } = await prepareKey(orgId, input, Date.now())
  await insertKeyStatement(env.DB, row).run()
  return { ...presentKey(row), key }
}

/** A key and its row, not yet stored. */
export async function prepareKey(
  orgId: string,
  { name, permissions }: NewKey,
  now: number,
): Promise<{ key: string; row: KeyRow }> {
  const key = makeKey(permissions)
  const row: KeyRow = {
    id: uuidv7At(now),
    orgId,
    name,
    hash: await sha256Hex(key),
    hint: hintOf(key),
    permissions,
    createdAt: now,
    revokedAt: null,
  }
  return { key, row }
}
