/** How many requests a query matches, whatever its page. */
import type { RequestContext } from './context.ts'
import type { PageQuery } from './query.ts'

/** Throws `Refusal('invalid_filter')`. */
export async function countRequests(context: RequestContext, query: PageQuery): Promise<number> {
  return context.store.countRequests(context.orgId, {
    filter: query.filter,
    cachedOnly: query.isCached === true,
    scoredOnly: query.isScored === true,
  })
}
