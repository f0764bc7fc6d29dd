/**
 * The response cache in KV `RESPONSES`: stored answers, and generation tokens. A purge of a seed or an organisation writes
 * one new token; all that was stored under the old one is never asked for again and expires by itself.
 * On the hot path: no drizzle, and a warm isolate knows its spaces by heart.
 */
import {
  MAX_SLOTS,
  answerName,
  generationName,
  parseCacheKey,
  spacePrefix,
} from '../lib/response-names.ts'
import { sha256Hex } from '../lib/secret.ts'
import { within } from '../lib/within.ts'

/** Longest until a purge is seen everywhere: KV's edges hold what they have for a minute, the Cache API what it then got. */
export const PURGE_SETTLES_SECONDS = 120

const TRUST_MS = 30_000
const REFRESH_AFTER_MS = 15_000
/** While KV is down the last known generation holds this long: a purge could not be written either. */
const STALE_TRUST_MS = 3_600_000
const PATIENCE_MS = 500
const MAX_SPACES = 10_000
const SEED_DIGITS = 32
const SPACE_DIGITS = 16

interface KnownSpace {
  space: string
  orgId: string
  readAt: number
  isRefreshing: boolean
}

const spaces = new Map<string, KnownSpace>()

/**
 * The space of an organisation's seed in its current generation; null when KV does not say and nothing is known.
 * `background` must outlive the request.
 */
export async function currentSpace(
  responses: KVNamespace,
  orgId: string,
  seed: string,
  background: (work: Promise<void>) => void,
): Promise<string | null> {
  const memoryKey = `${orgId}\n${seed}`
  const known = spaces.get(memoryKey)
  const ageMs = known ? Date.now() - known.readAt : Number.POSITIVE_INFINITY
  if (known && ageMs < TRUST_MS) {
    if (ageMs >= REFRESH_AFTER_MS && !known.isRefreshing) {
      known.isRefreshing = true
      background(refresh(responses, known, seed))
    }
    return known.space
  }
  try {
    const space = await readSpace(responses, orgId, seed)
    remember(memoryKey, { space, orgId, readAt: Date.now(), isRefreshing: false })
    return space
  } catch {
    return known && ageMs < STALE_TRUST_MS ? known.space : null
  }
}

async function refresh(responses: KVNamespace, known: KnownSpace, seed: string): Promise<void> {
  try {
    known.space = await readSpace(responses, known.orgId, seed)
    known.readAt = Date.now()
  } catch {
    // What is known holds until it is too old; then a request asks again.
  } finally {
    known.isRefreshing = false
  }
}

async function readSpace(responses: KVNamespace, orgId: string, seed: string): Promise<string> {
  const reads = [responses.get(generationName(orgId, null))]
  if (seed !== '') reads.push(responses.get(generationName(orgId, await seedDigest(seed))))
  const [ofOrganization, ofSeed] = await within(PATIENCE_MS, Promise.all(reads))
  const text = JSON.stringify([ofOrganization ?? null, ofSeed ?? null, seed])
  return (await sha256Hex(text)).slice(0, SPACE_DIGITS)
}

function remember(memoryKey: string, known: KnownSpace): void {
  spaces.delete(memoryKey)
  spaces.set(memoryKey, known)
  if (spaces.size <= MAX_SPACES) return
  const oldest = spaces.keys().next()
  if (!oldest.done) spaces.delete(oldest.value)
}

/** Forgets an organisation's spaces, or all: this isolate sees its own purges at once. */
export function forgetSpaces(orgId: string | null): void {
  for (const [memoryKey, known] of spaces) {
    if (orgId === null || known.orgId === orgId) spaces.delete(memoryKey)
  }
}

/** Nothing that was stored for the organisation, or for one of its seeds, is used again. Throws when KV does. */
export async function renewGeneration(
  responses: KVNamespace,
  orgId: string,
  seed: string | null,
): Promise<void> {
  const name = generationName(orgId, seed === null ? null : await seedDigest(seed))
  // A token of its own instead of a count: two purges at once cannot undo each other.
  await responses.put(name, `${Date.now()}-${crypto.randomUUID()}`)
  forgetSpaces(orgId)
}

/** Removes one answer in all its slots. False when the key is not one of the cache's. Throws when KV does. */
export async function deleteAnswers(
  responses: KVNamespace,
  orgId: string,
  cacheKey: string,
): Promise<string[] | null> {
  const place = parseCacheKey(cacheKey)
  if (place === null) return null
  const names = Array.from({ length: MAX_SLOTS }, (_, slot) =>
    answerName({ orgId, ...place, slot }),
  )
  if (purges.size > MAX_PURGES) purges.clear()
  for (const name of names) purges.set(name, Date.now())
  await Promise.all(names.map((name) => responses.delete(name)))
  return names
}

/** Answers that were purged here: an isolate may still hold one of them in memory. */
const purges = new Map<string, number>()
const MAX_PURGES = 10_000

/** Whether an answer of that time, epoch ms, was purged in this isolate. */
export function isPurged(name: string, savedAt: number): boolean {
  return savedAt <= (purges.get(name) ?? 0)
}

/** Most answers that one trim removes; the next one goes on. */
const MAX_REMOVED = 200
const LIST_PAGE = 1_000

/** What a name's metadata says, so that a listing needs no values. */
export interface AnswerMetadata {
  /** Epoch ms. */
  savedAt: number
}

/** Removes the oldest answers above `capacity`; answers how many. Names lag behind writes, so the bound is approximate. */
export async function trimSpace(
  responses: KVNamespace,
  orgId: string,
  space: string,
  capacity: number,
): Promise<number> {
  const found: { name: string; savedAt: number }[] = []
  let cursor: string | null = null
  const mostPages = Math.ceil(capacity / LIST_PAGE) + 1
  for (let page = 0; page < mostPages; page += 1) {
    const list: KVNamespaceListResult<AnswerMetadata> = await responses.list<AnswerMetadata>({
      prefix: spacePrefix(orgId, space),
      limit: LIST_PAGE,
      cursor,
    })
    for (const { name, metadata } of list.keys)
      found.push({ name, savedAt: metadata?.savedAt ?? 0 })
    if (list.list_complete) break
    cursor = list.cursor
  }
  const excess = Math.min(found.length - capacity, MAX_REMOVED)
  if (excess <= 0) return 0
  const oldest = found.toSorted((a, b) => a.savedAt - b.savedAt).slice(0, excess)
  await Promise.all(oldest.map(({ name }) => responses.delete(name)))
  return oldest.length
}

async function seedDigest(seed: string): Promise<string> {
  return (await sha256Hex(seed)).slice(0, SEED_DIGITS)
}
