/**
 * The user that a body names, for limits by user where no header does (contract §2.2): where the dialects have it, and
 * where the row takes it from. Null for a body that is no JSON, or names none.
 */
import { asObject, asString } from '../../dialects/canonical/json.ts'

export function userOfBody(bytes: Uint8Array): string | null {
  try {
    const body = asObject(JSON.parse(new TextDecoder().decode(bytes)))
    if (body === null) return null
    const { metadata, requestMetadata, safety_identifier: safetyIdentifier, user } = body
    return (
      nameOf(user) ??
      nameOf(safetyIdentifier) ??
      nameOf(asObject(metadata)?.user_id) ??
      nameOf(asObject(requestMetadata)?.user_id)
    )
  } catch {
    return null
  }
}

function nameOf(value: unknown): string | null {
  return asString(asString(value)?.trim())
}
