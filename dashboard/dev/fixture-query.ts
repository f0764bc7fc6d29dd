/** Enough of the filter tree and the sort object for the fixture server. */
import type {
  FacetValue,
  Facets,
  RequestQuery,
  RequestRow,
} from '../../src/contracts/api/requests.ts'

export function matchesFilter(row: RequestRow, node: unknown): boolean {
  if (node === 'all' || typeof node !== 'object' || node === null) return true
  if ('operator' in node && 'left' in node && 'right' in node) {
    return node.operator === 'or'
      ? matchesFilter(row, node.left) || matchesFilter(row, node.right)
      : matchesFilter(row, node.left) && matchesFilter(row, node.right)
  }
  for (const columns of Object.values(node) as Record<string, Record<string, unknown>>[]) {
    for (const [column, test] of Object.entries(columns)) {
      if (column === 'properties') {
        const [[key, inner] = ['', {}]] = Object.entries(test)
        return matchesTest(row.properties[key] ?? null, inner as Record<string, unknown>)
      }
      return matchesTest(valueOf(row, column), test)
    }
  }
  return true
}

function valueOf(row: RequestRow, column: string): string | number | null {
  switch (column) {
    case 'request_created_at':
      return row.request_created_at
    case 'status':
      return row.response_status
    case 'model':
      return row.model
    case 'provider':
      return row.heliograph.provider
    case 'user_id':
      return row.request_user_id
    case 'session_session_id':
      return row.heliograph.session_id
    case 'cache_status':
      return row.heliograph.cache_status
    case 'request_body':
      return row.heliograph.request_preview
    case 'response_body':
      return row.heliograph.response_preview
    default:
      return row.request_id
  }
}

function matchesTest(value: string | number | null, test: Record<string, unknown>): boolean {
  return Object.entries(test).every(([operator, raw]) => {
    const wanted = raw as string | number
    if (operator === 'not-equals') return value !== wanted
    if (value === null) return false
    const lower = String(value).toLowerCase()
    switch (operator) {
      case 'equals':
        return value === wanted
      case 'contains':
        return lower.includes(String(wanted).toLowerCase())
      case 'not-contains':
        return !lower.includes(String(wanted).toLowerCase())
      case 'ilike':
        return new RegExp(`^${String(wanted).replaceAll('%', '.*')}$`, 'i').test(lower)
      case 'gte':
        return value >= wanted
      case 'lte':
        return value <= wanted
      case 'gt':
        return value > wanted
      default:
        return value < wanted
    }
  })
}

export function sortRows(rows: RequestRow[], sort: RequestQuery['sort']): RequestRow[] {
  const [[key, way] = ['created_at', 'desc']] = Object.entries(sort ?? {})
  const sign = way === 'asc' ? 1 : -1
  const pick = (row: RequestRow): string | number => {
    if (key === 'cost') return row.cost ?? -1
    if (key === 'latency') return row.delay_ms ?? -1
    return key === 'total_tokens' ? (row.total_tokens ?? -1) : row.heliograph.id
  }
  return rows.toSorted((a, b) => (pick(a) > pick(b) ? sign : -sign))
}

export function facetsOf(rows: readonly RequestRow[]): Facets {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row.properties)))]
  return {
    model: countValues(rows.map((row) => row.model)),
    provider: countValues(rows.map((row) => row.heliograph.provider)),
    status: countValues(rows.map((row) => String(row.response_status))),
    user: countValues(rows.map((row) => row.request_user_id)),
    session: countValues(rows.map((row) => row.heliograph.session_id)),
    cache: countValues(rows.map((row) => row.heliograph.cache_status)),
    properties: keys.map((key) => ({
      key,
      values: countValues(rows.map((row) => row.properties[key] ?? null)),
    })),
  }
}

function countValues(values: readonly (string | null)[]): FacetValue[] {
  const groups = Map.groupBy(
    values.filter((value) => value !== null),
    (value) => value,
  )
  return [...groups]
    .map(([value, all]) => ({ value, count: all.length }))
    .toSorted((a, b) => b.count - a.count)
}
