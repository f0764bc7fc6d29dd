/** Headers as they may be kept: a credential is named, never shown. */

const SECRET_NAME = /auth|key|token|secret|cookie|credential|password|signature|fallback|jwt/
/** Names that only look like secrets: quotas count tokens. */
const HARMLESS_NAME = /^(?:x-ratelimit-|anthropic-ratelimit-|helicone-prompt-)|-tokens$/
const SECRET_VALUE =
  /\b(?:bearer|basic)\s+\S|\b[sprx]k-[\w-]{6,}|\bAIza[\w-]{10,}|\bAKIA[A-Z0-9]{12,}|\beyJ[\w-]{10,}\./i
const ADDRESS = /^[a-z][a-z\d+.-]*:\/\//i
/** Addresses, also when they are misspelt. */
const ADDRESS_NAME = /^helicone-(?:target-url|openai-api-base)$/
const NOT_KEPT = /^(?:cf-|x-forwarded-|x-real-ip|true-client-ip|cdn-loop|forwarded)/
const MAX_VALUE_CHARACTERS = 1024

export const REDACTED = '[redacted]'

type Verdict = 'keep' | 'drop' | 'redact' | 'address' | 'look'

/** Names that carry no secret in any client that sends them, so their values need no look. */
const PLAIN_NAMES = [
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'user-agent',
]
const MAX_VERDICTS = 1_000

// What a name means is asked for every header of every call, and there are only so many names.
const verdicts = new Map<string, Verdict>(PLAIN_NAMES.map((name) => [name, 'keep']))

/** Lower-cased names to values; secrets redacted, the client's network address left out. */
export function redactHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of headers) {
    const verdict = verdicts.get(name) ?? judge(name)
    if (verdict === 'drop') continue
    kept[name] = shown(verdict, value).slice(0, MAX_VALUE_CHARACTERS)
  }
  return kept
}

function shown(verdict: Verdict, value: string): string {
  switch (verdict) {
    case 'keep':
      return value
    case 'look':
      if (SECRET_VALUE.test(value)) return REDACTED
      return ADDRESS.test(value) ? bareAddress(value) : value
    case 'address':
      return bareAddress(value)
    case 'redact':
    case 'drop':
      return REDACTED
  }
}

/** A user name or a query in an address may be a credential: origin and path are enough. */
function bareAddress(value: string): string {
  if (!URL.canParse(value)) return REDACTED
  const { username, password, search, hash, protocol, host, pathname } = new URL(value)
  // `user:secret@host` parses too, as a scheme and a path.
  if (host === '') return REDACTED
  const isBare = username + password + search + hash === ''
  return isBare ? value : `${protocol}//${host}${pathname}?${REDACTED}`
}

function judge(name: string): Verdict {
  const isSecret = SECRET_NAME.test(name) && !HARMLESS_NAME.test(name)
  const verdict = NOT_KEPT.test(name)
    ? 'drop'
    : isSecret
      ? 'redact'
      : ADDRESS_NAME.test(name)
        ? 'address'
        : 'look'
  if (verdicts.size < MAX_VERDICTS) verdicts.set(name, verdict)
  return verdict
}
