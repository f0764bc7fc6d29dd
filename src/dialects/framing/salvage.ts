/**
 * Finds single values in JSON text that cannot be parsed, because its middle was cut out or its end is missing.
 * A key inside a string value is escaped there (`\"usage\"`), which is how it is told from a real one.
 */
import { asObject, type JsonObject } from '../canonical/json.ts'

const MAX_OBJECT_CHARACTERS = 64 * 1024
const MAX_ATTEMPTS = 16

/** The last parseable object under `key`, searching backwards. */
export function lastObject(text: string, key: string): JsonObject | null {
  const needle = `"${key}"`
  let at = text.lastIndexOf(needle)
  for (let attempt = 0; at !== -1 && attempt < MAX_ATTEMPTS; attempt += 1) {
    const start = valueStart(text, at, needle.length)
    if (start !== -1 && text[start] === '{') {
      const found = parseObject(text, start)
      if (found) return found
    }
    at = at === 0 ? -1 : text.lastIndexOf(needle, at - 1)
  }
  return null
}

/** The first (or last) short string under `key`. */
export function findString(text: string, key: string, which: 'first' | 'last'): string | null {
  const needle = `"${key}"`
  let at = which === 'first' ? text.indexOf(needle) : text.lastIndexOf(needle)
  for (let attempt = 0; at !== -1 && attempt < MAX_ATTEMPTS; attempt += 1) {
    const start = valueStart(text, at, needle.length)
    const found = start === -1 ? null : stringAt(text, start, 1_024)
    if (found) return found
    if (which === 'first') at = text.indexOf(needle, at + needle.length)
    else at = at === 0 ? -1 : text.lastIndexOf(needle, at - 1)
  }
  return null
}

/** Text of the last `"role":"user"` message whose content follows its role. */
export function findLastUserText(text: string): string | null {
  const matches = [...text.slice(-MAX_OBJECT_CHARACTERS).matchAll(/"role"\s*:\s*"user"/g)]
  const last = matches.at(-1)
  if (!last) return null
  const rest = text.slice(-MAX_OBJECT_CHARACTERS).slice(last.index + last[0].length)
  const key = /(?<!\\)"(?:content|text)"\s*:\s*(?=")/.exec(rest)
  return key ? stringAt(rest, key.index + key[0].length, 4_000) : null
}

/** Index one behind the object that starts at `start`, or -1 when it does not end within reach. */
export function objectEnd(text: string, start: number, limit: number = text.length): number {
  let depth = 0
  let inString = false
  const end = Math.min(text.length, start + limit)
  for (let i = start; i < end; i += 1) {
    const code = text.charCodeAt(i)
    if (inString) {
      if (code === 0x5c) i += 1
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) depth += 1
    else if (code === 0x7d || code === 0x5d) {
      depth -= 1
      if (depth === 0) return i + 1
    }
  }
  return -1
}

function parseObject(text: string, start: number): JsonObject | null {
  const end = objectEnd(text, start, MAX_OBJECT_CHARACTERS)
  if (end === -1) return null
  try {
    return asObject(JSON.parse(text.slice(start, end)))
  } catch {
    return null
  }
}

/** Index of the value of the key found at `at`, or -1 when that was no key. */
function valueStart(text: string, at: number, keyLength: number): number {
  if (at > 0 && text[at - 1] === '\\') return -1
  let i = skipBlanks(text, at + keyLength)
  if (text[i] !== ':') return -1
  i = skipBlanks(text, i + 1)
  return i < text.length ? i : -1
}

function skipBlanks(text: string, from: number): number {
  let i = from
  while (i < text.length && text.charCodeAt(i) <= 0x20) i += 1
  return i
}

/** The string literal at `start`; one longer than `limit` is cut, one that is not a string is null. */
function stringAt(text: string, start: number, limit: number): string | null {
  if (text[start] !== '"') return null
  const end = Math.min(text.length, start + 1 + limit)
  let i = start + 1
  while (i < end && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  for (let stop = Math.min(i, text.length); stop > start && i - stop < 8; stop -= 1) {
    try {
      const value: unknown = JSON.parse(`${text.slice(start, stop)}"`)
      return typeof value === 'string' ? value : null
    } catch {
      // Cut inside an escape: try again without its last character.
    }
  }
  return null
}
