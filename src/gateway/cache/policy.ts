/**
 * What the caller asked of the cache, by header (contract §2.3). A value that cannot be meant is left out with a warning;
 * it never fails the call. Null when the cache was not asked for, which costs nothing.
 */
import type { Warning } from '../../contracts/log-record.ts'
import { MAX_SLOTS } from '../../lib/response-names.ts'
import { badHeader } from '../bad-header.ts'
import { readFlag } from '../header-flag.ts'

export interface CachePolicy {
  /** A stored answer, or another caller's answer on its way, may be used. */
  read: boolean
  /** The answer may be stored. */
  save: boolean
  /** How long a stored answer is fresh; 0 stores nothing. */
  ttlSeconds: number
  /** How long after that it may stand in for a failing provider. */
  staleIfErrorSeconds: number
  /** Different answers kept per request, 1 to 20; all must be there before one is used. */
  buckets: number
  /** Most answers kept in the seed's space; null is unlimited. Set by a bucket size above 20. */
  capacity: number | null
  /** Separates key spaces; empty when none was sent. */
  seed: string
  /** Top-level keys of a JSON body that do not count. */
  ignoreKeys: readonly string[]
}

export const DEFAULT_TTL_SECONDS = 7 * 86_400
export const MAX_TTL_SECONDS = 365 * 86_400
/** More than this is not counted: the space is listed to keep its bound. */
export const MAX_CAPACITY = 10_000

const ENABLED = 'helicone-cache-enabled'
const READ = 'helicone-cache-read'
const SAVE = 'helicone-cache-save'
const BUCKET_SIZE = 'helicone-cache-bucket-max-size'
const SEED = 'helicone-cache-seed'
const IGNORE_KEYS = 'helicone-cache-ignore-keys'
const CONTROL = 'helicone-cache-control'
const BUCKET_SIZE_HEADER = 'Helicone-Cache-Bucket-Max-Size'
const IGNORE_KEYS_HEADER = 'Helicone-Cache-Ignore-Keys'

/** `policy` by lower-cased canonical name; `cacheControl` is the standard request header. */
export function parseCachePolicy(
  policy: ReadonlyMap<string, string>,
  cacheControl: string | null,
  warnings: Warning[],
): CachePolicy | null {
  if (policy.size === 0) return null
  const isEnabled = readFlag('Helicone-Cache-Enabled', policy.get(ENABLED), warnings)
  const read = readFlag('Helicone-Cache-Read', policy.get(READ), warnings) || isEnabled
  const save = readFlag('Helicone-Cache-Save', policy.get(SAVE), warnings) || isEnabled
  if (!read && !save) return null
  const times = readTimes(policy, cacheControl, warnings)
  const { buckets, capacity } = readBucketSize(policy.get(BUCKET_SIZE), warnings)
  return {
    read,
    save: save && times.ttlSeconds + times.staleIfErrorSeconds > 0,
    ...times,
    buckets,
    capacity,
    seed: policy.get(SEED) ?? '',
    ignoreKeys: readIgnoreKeys(policy.get(IGNORE_KEYS), warnings),
  }
}

/** `Cache-Control` decides; `Helicone-Cache-Control` fills in what it does not say. */
function readTimes(
  policy: ReadonlyMap<string, string>,
  cacheControl: string | null,
  warnings: Warning[],
): { ttlSeconds: number; staleIfErrorSeconds: number } {
  const sources = [
    { header: 'Cache-Control', directives: directivesOf(cacheControl) },
    { header: 'Helicone-Cache-Control', directives: directivesOf(policy.get(CONTROL) ?? null) },
  ]
  const seconds = (...names: string[]): number | null => {
    for (const { header, directives } of sources) {
      for (const name of names) {
        const value = directives.get(name)
        if (value === undefined) continue
        if (/^\d+$/.test(value)) return Math.min(Number(value), MAX_TTL_SECONDS)
        warnings.push(badHeader(header, `${name}=${value}`, 'whole seconds'))
      }
    }
    return null
  }
  return {
    ttlSeconds: seconds('s-maxage', 'max-age') ?? DEFAULT_TTL_SECONDS,
    staleIfErrorSeconds: seconds('stale-if-error') ?? 0,
  }
}

/** Directive names in lower case; the first of two alike counts. */
function directivesOf(value: string | null): Map<string, string> {
  const directives = new Map<string, string>()
  if (value === null) return directives
  for (const part of value.split(',')) {
    const [name = '', ...rest] = part.split('=')
    const key = name.trim().toLowerCase()
    const text = rest.join('=').trim()
    if (!directives.has(key)) directives.set(key, text.replace(/^"(.*)"$/, '$1'))
  }
  return directives
}

function readBucketSize(
  value: string | undefined,
  warnings: Warning[],
): { buckets: number; capacity: number | null } {
  if (value === undefined) return { buckets: 1, capacity: null }
  const text = value.trim()
  const size = /^\d+(\.\d+)?$/.test(text) ? Math.floor(Number(text)) : 0
  if (size < 1) {
    warnings.push(badHeader(BUCKET_SIZE_HEADER, value, 'a number from 1 up'))
    return { buckets: 1, capacity: null }
  }
  if (size <= MAX_SLOTS) return { buckets: size, capacity: null }
  if (size > MAX_CAPACITY) {
    warnings.push({
      code: 'cache_capacity_bounded',
      header: BUCKET_SIZE_HEADER,
      message: `${BUCKET_SIZE_HEADER} is above ${MAX_CAPACITY}, which was used instead.`,
    })
  }
  return { buckets: 1, capacity: Math.min(size, MAX_CAPACITY) }
}

/** `"a","b"` (the contract), `a,b` (its documentation) and `["a","b"]` all mean the same. */
function readIgnoreKeys(value: string | undefined, warnings: Warning[]): readonly string[] {
  if (value === undefined || value.trim() === '') return []
  const listed = asJson(value.trim()) ?? value.split(',').map((key) => unquoted(key.trim()))
  const keys = listed.filter((key): key is string => typeof key === 'string' && key !== '')
  if (keys.length < listed.length) {
    warnings.push(badHeader(IGNORE_KEYS_HEADER, value, 'names of top-level keys'))
  }
  if (!keys.includes('stream')) return keys
  // A client that waits for events cannot read a whole answer, nor the other way round.
  warnings.push({
    code: 'cache_ignore_key_kept',
    header: IGNORE_KEYS_HEADER,
    message: `${IGNORE_KEYS_HEADER} names "stream", which always counts.`,
  })
  return keys.filter((key) => key !== 'stream')
}

function asJson(value: string): unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(value.startsWith('[') ? value : `[${value}]`)
    return Array.isArray(parsed) ? parsed : null
  } catch {
    return null
  }
}

function unquoted(key: string): string {
  return key.replace(/^(["'])(.*)\1$/, '$2')
}
