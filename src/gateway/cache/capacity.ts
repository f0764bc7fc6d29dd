/** Keeps a seed's space within its capacity, behind the answers: its names are listed once in a while, and the oldest go. */
import { logEvent, reasonOf } from '../../lib/log.ts'
import { trimSpace } from '../../store/response-cache.ts'

const MOST_SPACES = 1_000
const savedSinceTrim = new Map<string, number>()

/** To be called after each save. Never throws. */
export async function keepWithin(
  capacity: number,
  responses: KVNamespace,
  orgId: string,
  space: string,
): Promise<void> {
  if (!isTrimDue(space, capacity)) return
  try {
    await trimSpace(responses, orgId, space, capacity)
  } catch (error) {
    logEvent('warn', 'cache_trim_failed', { reason: reasonOf(error) })
  }
}

/** On the first save of an isolate, then as often as keeps a space within a twentieth of its bound. */
function isTrimDue(space: string, capacity: number): boolean {
  const every = Math.min(16, Math.max(1, Math.floor(capacity / 20)))
  const saved = (savedSinceTrim.get(space) ?? every) + 1
  if (savedSinceTrim.size > MOST_SPACES) savedSinceTrim.clear()
  savedSinceTrim.set(space, saved < every ? saved : 0)
  return saved >= every
}
