/** Observed values for the filter bar: two statements over the newest rows of a selection, and their grouping. */
import type { FacetValue, Facets } from '../contracts/api/requests.ts'

/** Rows looked at: enough to know what is in use, few enough to stay quick at any size. */
const NEWEST_ROWS = 5_000
const MAX_VALUES = 100
const MAX_PROPERTY_KEYS = 50

export interface FacetLine {
  key: string
  value: string | number
  count: number
}

type FacetColumn = Exclude<keyof Facets, 'properties'>

// D1 allows five terms in a UNION; unfolding one JSON object per row needs none.
const UNFOLDED = `json_each(json_object('model', model, 'provider', provider, 'status', status,
  'user', user_id, 'session', session_id, 'cache', cache_status))`

export function facetStatement(where: string): string {
  return statement('model, provider, status, user_id, session_id, cache_status', where, UNFOLDED)
}

export function propertyFacetStatement(where: string): string {
  return statement('properties', where, 'json_each(newest.properties)')
}

function statement(columns: string, where: string, unfolded: string): string {
  return `with newest as materialized (
      select ${columns} from requests where ${where} order by id desc limit ${NEWEST_ROWS}
    )
    select item.key as key, item.value as value, count(*) as count from newest, ${unfolded} as item
    where item.value is not null group by item.key, item.value order by count desc, value limit 10000`
}

export function groupFacets(
  columns: readonly FacetLine[],
  properties: readonly FacetLine[],
): Facets {
  const values = (column: FacetColumn) => top(columns.filter((line) => line.key === column))
  const byKey = Map.groupBy(properties, (line) => line.key)
  return {
    model: values('model'),
    provider: values('provider'),
    status: values('status'),
    user: values('user'),
    session: values('session'),
    cache: values('cache'),
    properties: [...byKey]
      .toSorted(([, a], [, b]) => total(b) - total(a))
      .slice(0, MAX_PROPERTY_KEYS)
      .map(([key, lines]) => ({ key, values: top(lines) })),
  }
}

function top(lines: readonly FacetLine[]): FacetValue[] {
  return lines.slice(0, MAX_VALUES).map(({ value, count }) => ({ value: String(value), count }))
}

function total(lines: readonly FacetLine[]): number {
  return lines.reduce((sum, line) => sum + line.count, 0)
}
