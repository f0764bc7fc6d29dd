/** One page of an organisation's requests (contract §4.3), newest first unless sorted otherwise. */
import type { RequestQuery, RequestRow } from '../../contracts/api/requests.ts'
import { Refusal } from '../../lib/refusal.ts'
import type { RequestContext } from './context.ts'
import { presentStored } from './present-stored.ts'

export interface PageQuery extends Omit<RequestQuery, 'sort'> {
  sort?: RequestQuery['sort'] | undefined
  isScored?: boolean
}

const DEFAULT_LIMIT = 10
const MAX_LIMIT = 1_000

/** Throws `Refusal`: `invalid_limit`, `invalid_filter`, `invalid_sort`. */
export async function queryRequests(
  context: RequestContext,
  query: PageQuery,
): Promise<RequestRow[]> {
  const limit = query.limit ?? DEFAULT_LIMIT
  // The contract's own words, which clients look for.
  if (limit > MAX_LIMIT) throw new Refusal('invalid_limit', 'invalid limit')
  const stored = await context.store.queryRequests(context.orgId, {
    filter: query.filter,
    offset: query.offset ?? 0,
    limit,
    sort: query.sort,
    cachedOnly: query.isCached === true,
    scoredOnly: query.isScored === true,
  })
  return presentStored(context, stored)
}
