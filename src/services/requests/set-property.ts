/** Adds or replaces one property of a request. */
import { Refusal } from '../../lib/refusal.ts'
import type { RequestContext } from './context.ts'
import { findArriving } from './find.ts'

const MAX_KEY_LENGTH = 128
const MAX_VALUE_LENGTH = 4_096

/** Throws `Refusal`: `invalid_property`, `invalid_id`, `not_found`. */
export async function setProperty(
  context: RequestContext,
  requestId: string,
  key: string,
  value: string,
): Promise<void> {
  if (key === '' || key.length > MAX_KEY_LENGTH) {
    refuseProperty(`A property's key has 1 to ${MAX_KEY_LENGTH} characters.`)
  }
  if (value.length > MAX_VALUE_LENGTH) {
    refuseProperty(`A property's value has at most ${MAX_VALUE_LENGTH} characters.`)
  }
  const { row } = await findArriving(context, requestId)
  const written = await context.store.setProperty(context.orgId, row.id, key, value)
  if (written === 'too_large') refuseProperty('The properties of this request are full (16 KB).')
}

function refuseProperty(message: string): never {
  throw new Refusal('invalid_property', message)
}
