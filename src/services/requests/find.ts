/**
 * Finds one request. A client may rate an answer before its row has come through the queue, so a writer waits for a
 * row that may still be on its way: not for one whose id says that it is old.
 */
import { Refusal } from '../../lib/refusal.ts'
import type { StoredRequest } from '../../store/analytics.ts'
import type { RequestContext } from './context.ts'

/** 3 s together. */
const WAITS_MS = [100, 200, 400, 800, 1_500]
/** Rows arrive within seconds; a request may itself have taken long. */
const MAY_ARRIVE_FOR_MS = 15 * 60_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Throws `Refusal`: `invalid_id` for anything but a UUID, `not_found` for a request of nobody or of another organisation. */
export async function findRequest(context: RequestContext, id: string): Promise<StoredRequest> {
  checkId(id)
  return (await context.store.getRequest(context.orgId, id)) ?? refuseUnknown(id)
}

/** As `findRequest`, but waits up to 3 s for a row that may still arrive. */
export async function findArriving(context: RequestContext, id: string): Promise<StoredRequest> {
  checkId(id)
  const waits = mayStillArrive(id, Date.now()) ? WAITS_MS : []
  for (const waitMs of [...waits, null]) {
    const stored = await context.store.getRequest(context.orgId, id)
    if (stored !== null) return stored
    if (waitMs !== null) await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  return refuseUnknown(id)
}

/** Our own ids tell their time; of any other nothing is known. */
function mayStillArrive(id: string, now: number): boolean {
  if (UUID.exec(id)?.[1] !== '7') return true
  const startedAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
  return now - startedAt < MAY_ARRIVE_FOR_MS
}

function checkId(id: string): void {
  if (UUID.test(id)) return
  throw new Refusal('invalid_id', `A request id is a UUID, got "${id.slice(0, 60)}".`)
}

function refuseUnknown(id: string): never {
  throw new Refusal('not_found', `There is no request with the id "${id}".`)
}
