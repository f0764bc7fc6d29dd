/** Content digests. Not for secrets that people choose. */
import { toHex } from './secret.ts'

/** First 32 hex digits (128 bits) of the SHA-256: names an object by what it holds. */
export async function contentDigest(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return toHex(digest.subarray(0, 16))
}
