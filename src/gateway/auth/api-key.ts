/**
 * Finds the Heliograph key in a request and checks its shape (contract §2.1). Order: `Helicone-Auth`, the path, and then
 * `Authorization`, `x-api-key`, `api-key` when what they carry is shaped like one of our keys.
 */
import { CREDENTIAL_HEADERS, isAbsent, ownKeyIn, stripBearer } from '../credentials.ts'
import { fail, succeed } from '../errors.ts'
import type { Outcome } from '../errors.ts'

const KEY = /^[sp]k-helicone-(?:(?:eu|rl|cp)-)?(?:[a-z0-9]{7}-){3}[a-z0-9]{7}$/

/** The presented key, well-formed; `missing_key` or `malformed_key` otherwise. */
export function findKey(
  heliconeAuth: string | null,
  keyInPath: string | null,
  headers: Headers,
): Outcome<string> {
  const presented = fromHeliconeAuth(heliconeAuth) ?? keyInPath ?? fromCredentials(headers)
  if (presented === null) {
    return fail(
      'missing_key',
      'No Heliograph key was sent. Send it as "Helicone-Auth: Bearer sk-helicone-…", beside the provider\'s own key.',
    )
  }
  if (!KEY.test(presented)) {
    return fail(
      'malformed_key',
      'The Heliograph key is not well formed. Expected sk-helicone- or pk-helicone- and four groups of seven characters.',
    )
  }
  return succeed(presented)
}

function fromHeliconeAuth(value: string | null): string | null {
  if (value === null || isAbsent(value)) return null
  return stripBearer(value)
}

function fromCredentials(headers: Headers): string | null {
  for (const name of CREDENTIAL_HEADERS) {
    const value = headers.get(name)
    const key = value === null ? null : ownKeyIn(value)
    if (key !== null) return key
  }
  return null
}
