/** Requests by their ids, newest first; unknown ones are left out. */
import type { RequestRow } from '../../contracts/api/requests.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { RequestContext } from './context.ts'
import { presentStored } from './present-stored.ts'

const MAX_IDS = 1_000

/** Throws `Refusal('invalid_limit')` for more than 1,000 ids. */
export async function queryRequestIds(
  context: RequestContext,
  ids: readonly string[],
): Promise<RequestRow[]> {
  if (ids.length > MAX_IDS) {
    throw new Refusal('invalid_limit', `At most ${MAX_IDS} request ids are answered at once.`)
  }
  return presentStored(context, await context.store.getRequests(context.orgId, ids))
}
