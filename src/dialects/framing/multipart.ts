/**
 * Text fields of a `multipart/form-data` body (audio and image uploads). Only the two ends are looked at: the fields lie
 * before or behind the file, and the file may be large. File parts are passed over.
 */
import type { JsonObject } from '../canonical/json.ts'

const EDGE_BYTES = 64 * 1024
const FIELD = /name="([\w[\]]{1,64})"\r\n(?:[\w-]+:[^\r\n]*\r\n)*\r\n([^\r\n]{0,4000})(?=\r\n)/g

export function multipartFields(bytes: Uint8Array): JsonObject {
  const decoder = new TextDecoder()
  const fields: JsonObject = {}
  for (const edge of edges(bytes)) {
    for (const [, name, value] of decoder.decode(edge).matchAll(FIELD)) {
      if (name !== undefined && value !== undefined) {
        fields[name] = value === 'true' ? true : value === 'false' ? false : value
      }
    }
  }
  return fields
}

function edges(bytes: Uint8Array): Uint8Array[] {
  if (bytes.byteLength <= 2 * EDGE_BYTES) return [bytes]
  return [bytes.subarray(0, EDGE_BYTES), bytes.subarray(bytes.byteLength - EDGE_BYTES)]
}
