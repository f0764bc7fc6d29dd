/**
 * Tolerant readers over parsed JSON. Each answers null (or an empty list) for a value of another shape, so that one broken
 * field never costs the others. None of them throws.
 */

export type JsonObject = Record<string, unknown>

export function asObject(value: unknown): JsonObject | null {
  return isObject(value) ? value : null
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The objects of a list; everything else in it is passed over. */
export function asObjects(value: unknown): JsonObject[] {
  return asArray(value).filter(isObject)
}

/** A non-empty string, or null. */
export function asString(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** A count of something: a whole number of zero or more. Fractions are rounded, anything else is null. */
export function asCount(value: unknown): number | null {
  const number = asNumber(value)
  if (number === null || number < 0 || number > Number.MAX_SAFE_INTEGER) return null
  return Math.round(number)
}

/** The first of `keys` that holds a count. */
export function firstCount(object: JsonObject | null, ...keys: readonly string[]): number | null {
  if (!object) return null
  for (const key of keys) {
    const count = asCount(object[key])
    if (count !== null) return count
  }
  return null
}

/** Sum of what is known; null when nothing is. */
export function sumKnown(...counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null)
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
