/** The session behind a cookie: 30 days at most, and over after 7 days without use. */
import type { SessionInfo } from '../../contracts/api/session.ts'
import { LOCAL_KEY, readConfig } from '../../env.ts'
import { sha256Hex } from '../../lib/secret.ts'
import { findKey } from '../../store/keys.ts'
import { findOrganization } from '../../store/organizations.ts'
import { deleteSession, findSession, touchSession } from '../../store/sessions.ts'

const IDLE_MS = 7 * 86_400_000
/** The last use is written at most this often: reads should not cost a write each. */
const TOUCH_AFTER_MS = 3_600_000
const TOKEN = /^[0-9a-f]{64}$/

/** The organisation that the session's token is for, or null. */
export async function readSession(env: Env, token: string): Promise<string | null> {
  if (!TOKEN.test(token)) return null
  const now = Date.now()
  const tokenHash = await sha256Hex(token)
  const session = await findSession(env.DB, tokenHash)
  if (session === null) return null
  if (session.expiresAt <= now || session.lastSeenAt + IDLE_MS <= now) {
    await deleteSession(env.DB, tokenHash)
    return null
  }
  if (session.lastSeenAt + TOUCH_AFTER_MS <= now) await touchSession(env.DB, tokenHash, now)
  return session.orgId
}

/** What the dashboard shows around its pages. Null when the organisation is gone. */
export async function describeSession(
  env: Env,
  orgId: string,
  origin: string,
): Promise<SessionInfo | null> {
  const config = readConfig(env)
  const organization = await findOrganization(env.DB, orgId)
  if (organization === null) return null
  return {
    organization,
    environment: config.environment,
    gatewayUrl: config.publicUrl ?? origin,
    snippetKey: config.environment === 'local' ? await localKeyOf(env, orgId) : null,
    sandbox: config.sandboxEnabled,
  }
}

async function localKeyOf(env: Env, orgId: string): Promise<string | null> {
  const row = await findKey(env.DB, await sha256Hex(LOCAL_KEY))
  return row !== null && row.orgId === orgId && row.revokedAt === null ? LOCAL_KEY : null
}
