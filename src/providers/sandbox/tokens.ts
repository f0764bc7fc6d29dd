/**
 * Token arithmetic without a tokenizer: four UTF-8 bytes are one token. Deterministic, so that a
 * test can say the count beforehand; nobody pays for it.
 */

const PIECE = /\s*\S{1,8}|\s+$/gu
const CACHE_STEP = 128
/** Both vendors cache prompts from about this length on. */
const CACHE_FROM = 1_024

const encoder = new TextEncoder()

export function estimateTokens(text: string): number {
  return Math.ceil(encoder.encode(text).length / 4)
}

/** Cuts text into pieces of at most eight characters after their white space; joined they are the text. */
export function piecesOf(text: string): string[] {
  return text.match(PIECE) ?? []
}

/** Tokens of a long prompt that count as read from the cache: three quarters, in steps of 128. */
export function cachedTokens(promptTokens: number): number {
  if (promptTokens < CACHE_FROM) return 0
  return Math.floor((promptTokens * 0.75) / CACHE_STEP) * CACHE_STEP
}

/** FNV-1a over UTF-16 units: the seed of everything that should vary by prompt and never by run. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** An id as the vendors write them: a prefix and letters that never repeat. */
export function newId(prefix: string): string {
  return prefix + crypto.randomUUID().replaceAll('-', '')
}
