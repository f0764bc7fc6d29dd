/**
 * Writes a string that a regular expression accepts, for the subset that JSON Schemas use: literals,
 * classes, groups, alternation, quantifiers. Look-around and back-references are passed over. The
 * pattern is never executed, so that a hostile one costs nothing.
 */

const MOST_CHARACTERS = 256

interface Cursor {
  readonly source: string
  at: number
}

/** A string for the pattern, or null when it uses what this file does not know. */
export function stringForPattern(pattern: string): string | null {
  const cursor: Cursor = { source: pattern, at: 0 }
  const text = alternatives(cursor)
  return cursor.at === pattern.length && text !== null ? text : null
}

function alternatives(cursor: Cursor): string | null {
  const first = sequence(cursor)
  while (cursor.source[cursor.at] === '|') {
    cursor.at++
    if (sequence(cursor) === null) return null
  }
  return first
}

function sequence(cursor: Cursor): string | null {
  let text = ''
  while (cursor.at < cursor.source.length) {
    const next = cursor.source[cursor.at]
    if (next === '|' || next === ')') break
    const atom = readAtom(cursor)
    if (atom === null) return null
    const repeated = repeat(cursor, atom)
    if (repeated === null || text.length + repeated.length > MOST_CHARACTERS) return null
    text += repeated
  }
  return text
}

function repeat(cursor: Cursor, atom: string): string | null {
  const quantifier = /^(?:([*+?])|\{(\d+)(?:,\d*)?\})\??/.exec(
    cursor.source.slice(cursor.at, cursor.at + 32),
  )
  if (quantifier === null) return atom
  cursor.at += quantifier[0].length
  const least = quantifier[2] === undefined ? 1 : Number(quantifier[2])
  if (least * atom.length > MOST_CHARACTERS) return null
  return atom.repeat(least)
}

function readAtom(cursor: Cursor): string | null {
  const next = cursor.source[cursor.at++]
  if (next === '^' || next === '$') return ''
  if (next === '.') return 'a'
  if (next === '\\') return readEscape(cursor)
  if (next === '[') return readClass(cursor)
  if (next === '(') return readGroup(cursor)
  return next === undefined || '*+?{'.includes(next) ? null : next
}

function readEscape(cursor: Cursor): string | null {
  const next = cursor.source[cursor.at++]
  if (next === undefined) return null
  const known: Readonly<Record<string, string>> = {
    d: '1',
    w: 'a',
    s: ' ',
    S: 'a',
    D: 'a',
    W: '-',
    t: '\t',
    n: '\n',
    r: '\r',
    b: '',
    '/': '/',
  }
  if (known[next] !== undefined) return known[next]
  return /[A-Za-z0-9]/.test(next) ? null : next
}

function readGroup(cursor: Cursor): string | null {
  const opening = /^\?(?::|<[A-Za-z]\w*>)/.exec(cursor.source.slice(cursor.at, cursor.at + 64))
  if (opening !== null) cursor.at += opening[0].length
  else if (cursor.source[cursor.at] === '?') return null
  const text = alternatives(cursor)
  if (cursor.source[cursor.at] !== ')') return null
  cursor.at++
  return text
}

const CANDIDATES =
  'aA1bcdefghijklmnopqrstuvwxyzBCDEFGHIJKLMNOPQRSTUVWXYZ023456789-_ .,:;/@+#!?=&%$*()~|<>\'"'

function readClass(cursor: Cursor): string | null {
  const negated = cursor.source[cursor.at] === '^'
  if (negated) cursor.at++
  const ranges: [string, string][] = []
  while (cursor.source[cursor.at] !== ']') {
    const low = readMember(cursor, ranges)
    if (low === null) return null
    if (low === '') continue
    const isRange = cursor.source[cursor.at] === '-' && cursor.source[cursor.at + 1] !== ']'
    if (isRange) cursor.at++
    const high = isRange ? readMember(cursor, ranges) : low
    if (high === null || high === '') return null
    ranges.push([low, high])
  }
  cursor.at++
  const inClass = (letter: string): boolean =>
    ranges.some(([low, high]) => letter >= low && letter <= high)
  const found = [...CANDIDATES].find((letter) => inClass(letter) !== negated)
  return found ?? (negated ? null : (ranges[0]?.[0] ?? null))
}

/** One class member; an escape such as `\d` adds its ranges itself and answers an empty string. */
function readMember(cursor: Cursor, ranges: [string, string][]): string | null {
  const next = cursor.source[cursor.at++]
  if (next === undefined) return null
  if (next !== '\\') return next
  const escaped = cursor.source[cursor.at++]
  if (escaped === undefined) return null
  if (escaped === 'd') ranges.push(['0', '9'])
  else if (escaped === 'w') ranges.push(['a', 'z'], ['A', 'Z'], ['0', '9'], ['_', '_'])
  else if (escaped === 's') ranges.push([' ', ' '])
  else return /[A-Za-z0-9]/.test(escaped) ? null : escaped
  return ''
}
