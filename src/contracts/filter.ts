/**
 * The filter tree of the REST API (contract §4.2): one tree for API, dashboard, URL and, later, alerts and exports.
 *
 *   node := "all" | {} | leaf | { left: node, operator: "and" | "or", right: node }
 *   leaf := { table: { column: { operator: value } } }
 */

export type FilterOperator =
  | 'equals'
  | 'not-equals'
  | 'like'
  | 'ilike'
  | 'contains'
  | 'not-contains'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'

export type FilterValue = string | number | boolean

export type FilterLeaf = Record<
  string,
  Record<string, Record<string, FilterValue | Record<string, FilterValue>>>
>

export interface FilterBranch {
  left: FilterNode
  operator: 'and' | 'or'
  right: FilterNode
}

export type FilterNode = 'all' | Record<string, never> | FilterLeaf | FilterBranch
