/**
 * Signs a browser in with a one-time token: a link's, or on a laptop the one that the start command printed. The answer
 * is the session's token, 256 random bits, of which only the hash is stored.
 */
import { readConfig } from '../../env.ts'
import { Refusal } from '../../lib/refusal.ts'
import { randomToken, sha256Hex } from '../../lib/secret.ts'
import {
  deleteExpiredStatement,
  insertSessionStatement,
  takeLink,
  takeUnstoredToken,
} from '../../store/sessions.ts'
import type { SessionRow } from '../../store/sessions.ts'
import { isSameToken } from './compare.ts'

export const SESSION_SECONDS = 30 * 86_400

/** Throws `Refusal('invalid_token')` for a token that is unknown, expired or used; it does not say which. */
export async function signIn(env: Env, token: string): Promise<{ token: string; orgId: string }> {
  const now = Date.now()
  const orgId = await takeToken(env, token, now)
  if (orgId === null) {
    throw new Refusal(
      'invalid_token',
      'This sign-in link is not valid: it was used already, has expired, or never existed. Ask for a new one.',
    )
  }
  const session = await prepareSession(orgId, now)
  await env.DB.batch([
    deleteExpiredStatement(env.DB, now),
    insertSessionStatement(env.DB, session.row),
  ])
  return { token: session.token, orgId }
}

/** A session and its row, not yet stored. */
export async function prepareSession(
  orgId: string,
  now: number,
): Promise<{ token: string; row: SessionRow }> {
  const token = randomToken()
  const row: SessionRow = {
    tokenHash: await sha256Hex(token),
    orgId,
    createdAt: now,
    expiresAt: now + SESSION_SECONDS * 1_000,
    lastSeenAt: now,
  }
  return { token, row }
}

async function takeToken(env: Env, token: string, now: number): Promise<string | null> {
  const tokenHash = await sha256Hex(token)
  const local = readConfig(env).localSignInToken
  if (local !== null && isSameToken(token, local)) {
    return takeUnstoredToken(env.DB, tokenHash, now)
  }
  return takeLink(env.DB, tokenHash, now)
}
