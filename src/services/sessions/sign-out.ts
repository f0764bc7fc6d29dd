/** Ends a session at once, on the server. */
import { sha256Hex } from '../../lib/secret.ts'
import { deleteSession } from '../../store/sessions.ts'

/** Idempotent: an unknown token ends nothing. */
export async function signOut(env: Env, token: string): Promise<void> {
  await deleteSession(env.DB, await sha256Hex(token))
}
