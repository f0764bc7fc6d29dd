/**
 * `like` and `ilike` patterns: `%` is any text, `_` any one character, `\` takes the next one literally. D1 allows
 * patterns of 50 bytes only, so the usual shapes (exact, prefix, suffix, inside) are compiled without a pattern.
 */
import { refuse } from './filter-value.ts'
import type { Values } from './filter-value.ts'

/** D1's limit for LIKE and GLOB patterns. */
const MAX_PATTERN_BYTES = 50
const encoder = new TextEncoder()

type Token = { kind: 'any' } | { kind: 'one' } | { kind: 'literal'; text: string }

/** `ignoreCase` covers the ASCII letters, as SQLite's own `lower` does. */
export function compilePattern(
  sql: string,
  path: string,
  pattern: string,
  ignoreCase: boolean,
  values: Values,
): string {
  const subject = ignoreCase ? `lower(${sql})` : sql
  const tokens = tokenise(ignoreCase ? asciiLower(pattern) : pattern)
  const literals = tokens.filter((token) => token.kind === 'literal')
  if (literals.length <= 1 && !tokens.some((token) => token.kind === 'one')) {
    return compileSimple(subject, tokens, literals[0]?.text ?? '', values)
  }
  const glob = tokens.map(toGlob).join('')
  if (encoder.encode(glob).byteLength > MAX_PATTERN_BYTES) {
    refuse(
      `The pattern of ${path} is longer than ${MAX_PATTERN_BYTES} bytes; use "contains", or "%" at the ends only.`,
    )
  }
  return `${subject} glob ${values.bind(glob)}`
}

function compileSimple(
  subject: string,
  tokens: readonly Token[],
  literal: string,
  values: Values,
): string {
  if (literal === '') {
    return tokens.length === 0 ? `${subject} = ''` : `${subject} is not null`
  }
  const value = values.bind(literal)
  const anyBefore = tokens[0]?.kind === 'any'
  const anyAfter = tokens.at(-1)?.kind === 'any'
  if (anyBefore && anyAfter) return `instr(${subject}, ${value}) > 0`
  if (anyAfter) return `substr(${subject}, 1, length(${value})) = ${value}`
  // The length guard: `substr` from before the start of a shorter text would still answer all of it.
  if (anyBefore)
    return `(length(${subject}) >= length(${value}) and substr(${subject}, -length(${value})) = ${value})`
  return `${subject} = ${value}`
}

function tokenise(pattern: string): Token[] {
  const tokens: Token[] = []
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] ?? ''
    if (character === '%') {
      if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' })
    } else if (character === '_') {
      tokens.push({ kind: 'one' })
    } else {
      const isEscape = character === '\\' && i + 1 < characters.length
      if (isEscape) i += 1
      appendLiteral(tokens, isEscape ? (characters[i] ?? '') : character)
    }
  }
  return tokens
}

function appendLiteral(tokens: Token[], text: string): void {
  const last = tokens.at(-1)
  if (last?.kind === 'literal') last.text += text
  else tokens.push({ kind: 'literal', text })
}

function toGlob(token: Token): string {
  switch (token.kind) {
    case 'any':
      return '*'
    case 'one':
      return '?'
    case 'literal':
      return token.text.replace(/[*?[]/g, '[$&]')
  }
}

/** Lower-cases what SQLite's `lower` does: A to Z. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
