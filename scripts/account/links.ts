/**
 * One-time links that let the operator in. Only hashes are stored; the tokens are printed once, to the operator.
 */
import { createHash, randomBytes } from 'node:crypto'
import { SETUP_TOKEN_SETTING } from '../../src/store/organizations.ts'
import { queryMain } from '../local/wrangler.ts'

type Where = '--remote' | '--local'

const LINK_LIFE_MS = 15 * 60_000

/**
 * Leaves the hash of a new set-up token, unless an organisation or a token exists already.
 * Answers the token, or null when there was nothing to do.
 */
export async function offerSetup(where: Where): Promise<string | null> {
  const { token, hash } = newToken()
  const rows = await queryMain(where, setupStatement(hash))
  return rows.some((row) => (row as { value?: unknown }).value === hash) ? token : null
}

export function setupStatement(hash: string): string {
  return [
    `INSERT OR IGNORE INTO settings (key, value) SELECT '${SETUP_TOKEN_SETTING}', '${hash}' WHERE NOT EXISTS (SELECT 1 FROM organizations)`,
    `SELECT value FROM settings WHERE key = '${SETUP_TOKEN_SETTING}'`,
  ].join('; ')
}

/** A sign-in link for the oldest organisation, good once and for 15 minutes. Null when there is no organisation. */
export async function offerSignIn(where: Where): Promise<string | null> {
  const { token, hash } = newToken()
  const now = Date.now()
  const rows = await queryMain(
    where,
    `INSERT INTO sign_in_links (token_hash, org_id, created_at, expires_at) SELECT '${hash}', id, ${now}, ${now + LINK_LIFE_MS} FROM organizations ORDER BY created_at LIMIT 1; SELECT org_id FROM sign_in_links WHERE token_hash = '${hash}'`,
  )
  return rows.length === 1 ? token : null
}

function newToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString('hex')
  return { token, hash: createHash('sha256').update(token).digest('hex') }
}
