/** Headers as they may be kept: a credential is named, never shown. */
import type { HeaderRecord } from '../exchange.ts'

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

/** Longest value that is remembered. */
const MAX_REMEMBERED_CHARACTERS = 256

interface Known {
  verdict: Verdict
  /** The last value that was looked at and may be shown as it is. */
  plain: string | null
}

// What a name means is asked for every header of every call, and there are only so many names. Most values are those of
// the call before.
const verdicts = new Map<string, Known>(
  PLAIN_NAMES.map((name) => [name, { verdict: 'keep', plain: null }]),
)

/** Secrets redacted, the client's network address left out. */
export function redactHeaders(headers: HeaderRecord): HeaderRecord {
  const kept: HeaderRecord = {}
  for (const name in headers) {
    const value = headers[name] ?? ''
    const known = verdicts.get(name) ?? judge(name)
    if (known.verdict === 'drop') continue
    kept[name] = known.plain === value ? value : show(known, value)
  }
  return kept
}

function show(known: Known, value: string): string {
  const text = shown(known.verdict, value).slice(0, MAX_VALUE_CHARACTERS)
  if (text === value && value.length <= MAX_REMEMBERED_CHARACTERS) known.plain = value
  return text
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

function judge(name: string): Known {
  const isSecret = SECRET_NAME.test(name) && !HARMLESS_NAME.test(name)
  const verdict = NOT_KEPT.test(name)
    ? 'drop'
    : isSecret
      ? 'redact'
      : ADDRESS_NAME.test(name)
        ? 'address'
        : 'look'
  const known: Known = { verdict, plain: null }
  if (verdicts.size < MAX_VERDICTS) verdicts.set(name, known)
  return known
}
