/**
 * Text of a header. HTTP has bytes there; most clients that send more than ASCII mean UTF-8, but a proxy on the way, such as
 * that of `wrangler dev`, may have read them as Latin-1. What is no UTF-8 stays as it came.
 */

const BEYOND_ASCII = /[^\0-\x7f]/
const BEYOND_LATIN1 = /[^\0-\xff]/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function headerText(value: string): string {
  if (!BEYOND_ASCII.test(value) || BEYOND_LATIN1.test(value)) return value
  try {
    return utf8.decode(Uint8Array.from(value, (character) => character.charCodeAt(0)))
  } catch {
    return value
  }
}
