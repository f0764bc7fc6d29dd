/**
 * Links to stored bodies that need no header (contract §4.3: `signed_body_url`). A link names organisation, row and expiry,
 * and carries their HMAC-SHA256 under a key that the deployment makes at first use.
 */
import { Refusal } from '../../lib/refusal.ts'
import { randomToken, toHex } from '../../lib/secret.ts'
import { readOrMakeSetting } from '../../store/settings.ts'

const KEY_SETTING = 'body_link_key'
const LINK_SECONDS = 3_600
const SIGNATURE = /^[0-9a-f]{64}$/
const encoder = new TextEncoder()

// The resolved key, not a promise of it: a promise belongs to the request that made it.
const keys = new WeakMap<D1Database, CryptoKey>()

export interface BodyLink {
  orgId: string
  id: string
  expires: string
  signature: string
}

/** Answers a function that signs one row after another under the same expiry. */
export async function openBodyLinks(
  env: Env,
  orgId: string,
  origin: string,
): Promise<(id: string) => Promise<string>> {
  const key = await readKey(env)
  const expires = String(Math.floor(Date.now() / 1_000) + LINK_SECONDS)
  return async (id) => {
    const signature = await sign(key, orgId, id, expires)
    const path = `/api/bodies/${encodeURIComponent(orgId)}/${encodeURIComponent(id)}`
    return `${origin}${path}?expires=${expires}&signature=${signature}`
  }
}

/** Throws `Refusal('invalid_link')` for a forged link and `Refusal('expired_link')` for an old one. */
export async function checkBodyLink(env: Env, link: BodyLink): Promise<void> {
  const presented = SIGNATURE.test(link.signature) ? encoder.encode(link.signature) : null
  const expected = encoder.encode(await sign(await readKey(env), link.orgId, link.id, link.expires))
  if (presented === null || !crypto.subtle.timingSafeEqual(presented, expected)) {
    throw new Refusal(
      'invalid_link',
      'This link is not valid. Ask for the request again to get a new one.',
    )
  }
  if (Number(link.expires) * 1_000 <= Date.now()) {
    throw new Refusal(
      'expired_link',
      'This link has expired. Ask for the request again to get a new one.',
    )
  }
}

async function sign(key: CryptoKey, orgId: string, id: string, expires: string): Promise<string> {
  // As JSON, so that no two different links can have the same text.
  const text = JSON.stringify(['body', 1, orgId, id, expires])
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text))))
}

async function readKey(env: Env): Promise<CryptoKey> {
  const known = keys.get(env.DB)
  if (known !== undefined) return known
  const secret = await readOrMakeSetting(env.DB, KEY_SETTING, randomToken)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, [
    'sign',
  ])
  keys.set(env.DB, key)
  return key
}
