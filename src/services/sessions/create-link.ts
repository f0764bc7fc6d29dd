/** Makes a one-time sign-in link for an organisation: for another person, or another browser. */
import type { SignInLink } from '../../contracts/api/session.ts'
import { randomToken, sha256Hex } from '../../lib/secret.ts'
import { insertLink } from '../../store/sessions.ts'

const LINK_MS = 15 * 60_000

/** The page at `/sign-in` posts the token on, so that a link preview does not use it up. */
export async function createLink(env: Env, orgId: string, origin: string): Promise<SignInLink> {
  const token = randomToken()
  const now = Date.now()
  const expiresAt = now + LINK_MS
  await insertLink(env.DB, { tokenHash: await sha256Hex(token), orgId, createdAt: now, expiresAt })
  return { url: `${origin}/sign-in?token=${token}`, expiresAt }
}
