/**
 * Names of what the response cache keeps in `RESPONSES`. The organisation comes first, so that no name can reach another
 * organisation's answer; then the space (one seed in its current generation), so that a space can be listed alone.
 */

/** Where one answer lies: the space, the digest of the request, and the bucket slot from 0. */
export interface AnswerPlace {
  orgId: string
  space: string
  digest: string
  slot: number
}

/** Slots that a bucket may have at most (contract §2.3). */
export const MAX_SLOTS = 20

const PUBLIC_KEY = /^([0-9a-f]{16})-([0-9a-f]{64})$/

/** `answer:<org>:<space>:<digest>:<slot>` */
export function answerName({ orgId, space, digest, slot }: AnswerPlace): string {
  return `${spacePrefix(orgId, space)}${digest}:${slot}`
}

/**
 * What the Cache API knows an answer by. Nobody else can ask for it: the Worker stands in front of its whole host, and a
 * digest is not guessable.
 */
export function edgeUrl(origin: string, name: string): string {
  return `${origin}/.responses/${encodeURIComponent(name)}`
}

/** Start of every answer's name in a space. */
export function spacePrefix(orgId: string, space: string): string {
  return `answer:${orgId}:${space}:`
}

/** `generation:<org>`, or `generation:<org>:<digest of the seed>`: a token that a purge replaces. */
export function generationName(orgId: string, seedDigest: string | null): string {
  return seedDigest === null ? `generation:${orgId}` : `generation:${orgId}:${seedDigest}`
}

/** What people and the log call a cached answer, all slots together: `<space>-<digest>`. */
export function cacheKeyOf(space: string, digest: string): string {
  return `${space}-${digest}`
}

export function parseCacheKey(key: string): { space: string; digest: string } | null {
  const [, space, digest] = PUBLIC_KEY.exec(key) ?? []
  return space === undefined || digest === undefined ? null : { space, digest }
}
