/**
 * Merges what a fallback overrides into a JSON body: objects merge key by key, arrays and scalars replace (contract §2.5).
 * Nothing given is mutated, and a key called `__proto__` is passed over.
 */
import { asObject } from '../../dialects/canonical/json.ts'
import type { JsonObject } from '../../dialects/canonical/json.ts'

export function mergeDeep(base: JsonObject, override: JsonObject): JsonObject {
  const merged: JsonObject = { ...base }
  for (const [key, value] of Object.entries(override)) {
    if (key === '__proto__') continue
    const replacing = asObject(value)
    const replaced = Object.hasOwn(base, key) ? asObject(base[key]) : null
    merged[key] = replacing && replaced ? mergeDeep(replaced, replacing) : value
  }
  return merged
}

/** The body with the override in it, or null when the body is no JSON object (or too deep) and goes on as it is. */
export function overrideBody(bytes: Uint8Array, override: JsonObject): Uint8Array | null {
  try {
    const read = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
    const body = asObject(JSON.parse(read.decode(bytes)))
    return body && new TextEncoder().encode(JSON.stringify(mergeDeep(body, override)))
  } catch {
    return null
  }
}
