/** Observed values for the filter bar, from the newest requests of a filter and a time range. */
import type { Facets } from '../../contracts/api/requests.ts'
import type { FilterNode } from '../../contracts/filter.ts'
import type { RequestContext } from './context.ts'

export interface FacetQuery {
  filter?: FilterNode | undefined
  /** ISO 8601 times; from inclusive, to exclusive. */
  range?: { from?: string | undefined; to?: string | undefined } | undefined
}

/** Throws `Refusal('invalid_filter')`. */
export async function readFacets(context: RequestContext, query: FacetQuery): Promise<Facets> {
  let filter: FilterNode = query.filter ?? 'all'
  const bounds = [
    ['gte', query.range?.from],
    ['lt', query.range?.to],
  ] as const
  for (const [operator, time] of bounds) {
    if (time === undefined) continue
    const bound = { request_response_rmt: { request_created_at: { [operator]: time } } }
    filter = { left: filter, operator: 'and', right: bound }
  }
  return context.store.facets(context.orgId, { filter })
}
