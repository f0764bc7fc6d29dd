/**
 * The text of a JSON body as the cache compares it: without insignificant white space, and without the top-level members
 * that the caller ignores. Works on bytes and keeps every token as it was sent, so that two bodies are the same here
 * only when they are the same JSON (parsing would already confuse big numbers and reorder keys).
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const SPACE = 0x20

const decoder = new TextDecoder()

/** Null when the bytes are no JSON object: they are then compared as they are. */
export function comparableJson(
  bytes: Uint8Array,
  ignoreKeys: readonly string[],
): Uint8Array<ArrayBuffer> | null {
  const compact = withoutWhiteSpace(bytes)
  if (compact === null || compact[0] !== OPEN_BRACE) return null
  return ignoreKeys.length === 0 ? compact : withoutMembers(compact, new Set(ignoreKeys))
}

/** Null when a string does not end. White space between two scalars stays, as one space: `1 2` is not `12`. */
function withoutWhiteSpace(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const out = new Uint8Array(bytes.byteLength)
  let length = 0
  let at = 0
  let isSpaced = false
  while (at < bytes.byteLength) {
    const byte = bytes[at] ?? 0
    if (isWhiteSpace(byte)) {
      isSpaced = true
      at += 1
      continue
    }
    if (isSpaced && isScalar(byte) && length > 0 && isScalar(out[length - 1] ?? 0)) {
      out[length++] = SPACE
    }
    isSpaced = false
    if (byte !== QUOTE) {
      out[length++] = byte
      at += 1
      continue
    }
    const end = endOfString(bytes, at)
    if (end === -1) return null
    out.set(bytes.subarray(at, end), length)
    length += end - at
    at = end
  }
  return out.subarray(0, length)
}

/** Null when the text is not one object. `text` has no white space. */
function withoutMembers(
  text: Uint8Array<ArrayBuffer>,
  ignored: ReadonlySet<string>,
): Uint8Array<ArrayBuffer> | null {
  const out = new Uint8Array(text.byteLength)
  out[0] = OPEN_BRACE
  let length = 1
  let at = 1
  while (text[at] !== CLOSE_BRACE) {
    const colon = endOfString(text, at)
    if (text[at] !== QUOTE || colon === -1 || text[colon] !== COLON) return null
    const end = endOfValue(text, colon + 1)
    if (end === -1) return null
    const name = nameOf(text.subarray(at, colon))
    if (name === null) return null
    if (!ignored.has(name)) {
      if (length > 1) out[length++] = COMMA
      out.set(text.subarray(at, end), length)
      length += end - at
    }
    at = text[end] === COMMA ? end + 1 : end
  }
  if (at !== text.byteLength - 1) return null
  out[length++] = CLOSE_BRACE
  return out.subarray(0, length)
}

function nameOf(text: Uint8Array): string | null {
  try {
    const name: unknown = JSON.parse(decoder.decode(text))
    return typeof name === 'string' ? name : null
  } catch {
    return null
  }
}

/** Behind the value that starts at `start`: the comma or brace of the object around it. -1 when there is none. */
function endOfValue(text: Uint8Array, start: number): number {
  let depth = 0
  let at = start
  while (at < text.byteLength) {
    const byte = text[at]
    if (byte === QUOTE) {
      at = endOfString(text, at)
      if (at === -1) return -1
      continue
    }
    if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACE)) return at > start ? at : -1
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1
    if (depth < 0) return -1
    at += 1
  }
  return -1
}

/** Behind the closing quote of the string that opens at `start`; -1 when it is not closed. */
function endOfString(text: Uint8Array, start: number): number {
  let at = text.indexOf(QUOTE, start + 1)
  while (at !== -1) {
    let slashes = 0
    while (text[at - 1 - slashes] === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return at + 1
    at = text.indexOf(QUOTE, at + 1)
  }
  return -1
}

function isWhiteSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Neither structure nor the end of a string: part of a number or a word. */
function isScalar(byte: number): boolean {
  return (
    byte !== QUOTE &&
    byte !== COMMA &&
    byte !== COLON &&
    byte !== OPEN_BRACE &&
    byte !== CLOSE_BRACE &&
    byte !== OPEN_BRACKET &&
    byte !== CLOSE_BRACKET
  )
}
