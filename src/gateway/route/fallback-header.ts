/**
 * Reads and checks the value of `Helicone-Fallbacks` by hand. A list with a mistake is not used at all: half a plan would
 * surprise more than none; a key that is not known is passed over. Warnings name the place and what was expected, never a value: values hold provider keys.
 */
import type { Warning } from '../../contracts/log-record.ts'
import { asObject } from '../../dialects/canonical/json.ts'
import type { JsonObject } from '../../dialects/canonical/json.ts'
import { badHeader } from '../bad-header.ts'

const HEADER = 'Helicone-Fallbacks'
const MOST_ENTRIES = 10
const TARGET_KEYS: ReadonlySet<string> = new Set([
  'target-url',
  'headers',
  'onCodes',
  'bodyKeyOverride',
])
const MODEL_KEYS: ReadonlySet<string> = new Set(['model', 'onCodes', 'bodyKeyOverride'])

/** Statuses, both ends included. */
export interface CodeRange {
  from: number
  to: number
}

export interface Fallback {
  /** null: the request's own target. */
  targetUrl: string | null
  /** Instead of the request's headers; null keeps them. */
  headers: Headers | null
  /** Statuses of this entry that lead to the next one; null is the default. */
  onCodes: readonly CodeRange[] | null
  bodyKeyOverride: JsonObject | null
}

/** A mistake: what was expected, completing "expected …". */
class Mistake {
  readonly expected: string
  constructor(expected: string) {
    this.expected = expected
  }
}

/** The caller's list, or null when there is none that can be used. `policy` holds values by lower-cased header name. */
export function parseFallbacks(
  policy: ReadonlyMap<string, string>,
  warnings: Warning[],
): Fallback[] | null {
  const value = policy.get('helicone-fallbacks')
  if (value === undefined) return null
  const list = readList(value, warnings)
  if (!(list instanceof Mistake)) return list
  warnings.push(badHeader(HEADER, null, list.expected))
  return null
}

function readList(value: string, warnings: Warning[]): Fallback[] | Mistake {
  let json: unknown
  try {
    json = JSON.parse(value)
  } catch {
    return new Mistake('a JSON array')
  }
  if (!Array.isArray(json)) return new Mistake('a JSON array')
  if (json.length === 0 || json.length > MOST_ENTRIES) {
    return new Mistake(`1 to ${MOST_ENTRIES} entries`)
  }
  const list: Fallback[] = []
  for (const [index, entry] of json.entries()) {
    const fallback = readEntry(entry, `[${index}]`, warnings)
    if (fallback instanceof Mistake) return fallback
    list.push(fallback)
  }
  return list
}

function readEntry(value: unknown, at: string, warnings: Warning[]): Fallback | Mistake {
  const entry = asObject(value)
  if (entry === null) return new Mistake(`${at} to be an object`)
  const isTarget = 'target-url' in entry
  const known = isTarget ? TARGET_KEYS : MODEL_KEYS
  if (Object.keys(entry).some((key) => !known.has(key))) {
    const where = isTarget ? '' : ' without "target-url"'
    // Passed over rather than refused: the contract's own gateway takes such entries.
    warnings.push(badHeader(HEADER, null, `${at}${where} to have only ${[...known].join(', ')}`))
  }
  const onCodes = 'onCodes' in entry ? readCodes(entry.onCodes, `${at}.onCodes`) : null
  if (onCodes instanceof Mistake) return onCodes
  const override = readOverride(entry, at)
  if (override instanceof Mistake) return override
  return isTarget
    ? readTarget(entry, at, onCodes, override)
    : readModel(entry, at, onCodes, override)
}

function readTarget(
  entry: JsonObject,
  at: string,
  onCodes: readonly CodeRange[] | null,
  bodyKeyOverride: JsonObject | null,
): Fallback | Mistake {
  const targetUrl = entry['target-url']
  if (typeof targetUrl !== 'string' || targetUrl.trim() === '') {
    return new Mistake(`${at}.target-url to be a URL`)
  }
  if (onCodes === null) return new Mistake(`${at}.onCodes to be there`)
  const headers = readHeaders(entry.headers, `${at}.headers`)
  if (headers instanceof Mistake) return headers
  return { targetUrl, headers, onCodes, bodyKeyOverride }
}

/** `model` is short for an override of that one key. */
function readModel(
  entry: JsonObject,
  at: string,
  onCodes: readonly CodeRange[] | null,
  override: JsonObject | null,
): Fallback | Mistake {
  const { model } = entry
  if (model === undefined && override === null) {
    return new Mistake(`${at} to have "target-url", "model" or "bodyKeyOverride"`)
  }
  if (model !== undefined && (typeof model !== 'string' || model.trim() === '')) {
    return new Mistake(`${at}.model to be a model's name`)
  }
  const bodyKeyOverride = model === undefined ? override : { ...override, model }
  return { targetUrl: null, headers: null, onCodes, bodyKeyOverride }
}

function readOverride(entry: JsonObject, at: string): JsonObject | null | Mistake {
  if (!('bodyKeyOverride' in entry)) return null
  return asObject(entry.bodyKeyOverride) ?? new Mistake(`${at}.bodyKeyOverride to be an object`)
}

function readHeaders(value: unknown, at: string): Headers | Mistake {
  const object = asObject(value)
  if (object === null) return new Mistake(`${at} to be an object of names and texts`)
  const headers = new Headers()
  for (const [index, [name, text]] of Object.entries(object).entries()) {
    // The place by number: a key may have been put where the name belongs.
    if (typeof text !== 'string') return new Mistake(`${at}, member ${index}, to be a text`)
    try {
      headers.append(name, text)
    } catch {
      return new Mistake(`${at}, member ${index}, to be a valid HTTP header`)
    }
  }
  return headers
}

function readCodes(value: unknown, at: string): CodeRange[] | Mistake {
  if (!Array.isArray(value)) return new Mistake(`${at} to be an array`)
  const codes: CodeRange[] = []
  for (const [index, item] of value.entries()) {
    const range = asObject(item)
    const code = range ? { from: range.from, to: range.to } : { from: item, to: item }
    if (!isStatus(code.from) || !isStatus(code.to) || code.from > code.to) {
      return new Mistake(`${at}[${index}] to be a status or {"from", "to"} of statuses, 100 to 599`)
    }
    codes.push({ from: code.from, to: code.to })
  }
  return codes
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599
}
