/**
 * Credential headers carry either a provider's key or one of ours, and clients send "no key" in odd spellings. Every room
 * that touches them asks here, so that our keys never leave and a provider's key is never taken for ours.
 */

/** Headers that may carry a provider's key, or ours. */
export const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'api-key'] as const

const KEY_PREFIX = /^[sp]k-helicone-/
const BEARER = /^bearer\s+/i

export function stripBearer(value: string): string {
  return value.trim().replace(BEARER, '').trim()
}

/** `undefined`, `null` and empty are what broken clients send for "no key". */
export function isAbsent(value: string): boolean {
  const token = stripBearer(value).toLowerCase()
  return token === '' || token === 'undefined' || token === 'null' || token === 'bearer'
}

/** The part of a credential header that is one of our keys, or null. */
export function ownKeyIn(value: string): string | null {
  if (!value.includes('k-helicone-')) return null
  return (
    value
      .split(',')
      .map(stripBearer)
      .find((token) => KEY_PREFIX.test(token)) ?? null
  )
}

/** What is left for the provider of `Bearer <provider key>, Bearer <our key>`; null when nothing is. */
export function providerCredential(value: string): string | null {
  if (isAbsent(value)) return null
  if (!value.includes('k-helicone-')) return value
  const rest = value.split(',').filter((part) => !KEY_PREFIX.test(stripBearer(part)))
  const left = rest.join(',').trim()
  return left === '' || isAbsent(left) ? null : left
}

/** True when the request carries a key meant for the provider. */
export function hasProviderCredential(headers: Headers): boolean {
  return CREDENTIAL_HEADERS.some((name) => providerCredential(headers.get(name) ?? '') !== null)
}
