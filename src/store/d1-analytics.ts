/**
 * `AnalyticsStore` over D1 (`LOGS`). Statements are written by hand, since a compiled filter is text already; values are
 * always bound: `?1` is the organisation, `?2` the filter's values as one JSON array.
 */
import { getTableColumns } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import type { Facets } from '../contracts/api/requests.ts'
import type {
  AnalyticsStore,
  IndexRow,
  PageSelection,
  PropertyWrite,
  ScoreWrite,
  Selection,
  StoredRequest,
  StoredScore,
} from './analytics.ts'
import { facetStatement, propertyFacetStatement, groupFacets } from './facets-sql.ts'
import type { FacetLine } from './facets-sql.ts'
import { CACHED_ONLY, SCORED_ONLY, SCORES_JSON } from './filter-columns.ts'
import { compileFilter } from './filter-sql.ts'
import { compileSort } from './sort-sql.ts'
import { requests } from './schema/requests.ts'

/** A row stays a row: properties that the API adds may not grow without end. */
const MAX_PROPERTIES_BYTES = 16_384

const ROW_COLUMNS = Object.keys(getTableColumns(requests))
  .map((key) => `${toSnakeCase(key)} as "${key}"`)
  .join(', ')
const ROW_WITH_SCORES = `${ROW_COLUMNS}, ${SCORES_JSON} as "scoresJson"`

type RowWithScores = IndexRow & { scoresJson: string }

export function openD1Analytics(
  database: D1Database,
  now: () => number = Date.now,
): AnalyticsStore {
  return new D1Analytics(database, now)
}

class D1Analytics implements AnalyticsStore {
  readonly #database: D1Database
  readonly #now: () => number

  constructor(database: D1Database, now: () => number) {
    this.#database = database
    this.#now = now
  }

  async queryRequests(orgId: string, page: PageSelection): Promise<StoredRequest[]> {
    const { where, values } = compileSelection(page)
    const order = compileSort(page.sort, values)
    // Ids first: whole rows are wide, and need neither be sorted nor have the scores of those left out looked up.
    const { results } = await this.#database
      .prepare(
        `select ${ROW_WITH_SCORES} from requests where org_id = ?1 and id in (
          select id from requests where ${where} order by ${order} limit ?3 offset ?4
        ) order by ${order}`,
      )
      .bind(orgId, JSON.stringify(values.list), page.limit, page.offset)
      .all<RowWithScores>()
    return results.map(toStoredRequest)
  }

  async countRequests(orgId: string, selection: Selection): Promise<number> {
    const { where, values } = compileSelection(selection)
    const count = await this.#database
      .prepare(`select count(*) as count from requests where ${where}`)
      .bind(orgId, JSON.stringify(values.list))
      .first<number>('count')
    return count ?? 0
  }

  async getRequest(orgId: string, id: string): Promise<StoredRequest | null> {
    const found = await this.getRequests(orgId, [id])
    return found.find(({ row }) => row.id === id) ?? found[0] ?? null
  }

  async getRequests(orgId: string, ids: readonly string[]): Promise<StoredRequest[]> {
    // Ids are UUIDs: written in capitals they are still the same.
    const wanted = [...new Set(ids.flatMap((id) => [id, id.toLowerCase()]))]
    const { results } = await this.#database
      .prepare(
        `select ${ROW_WITH_SCORES} from requests where org_id = ?1 and id in (
          select id from requests where org_id = ?1 and id in (select value from json_each(?2))
          union
          select id from requests where org_id = ?1 and request_id in (select value from json_each(?2))
        ) order by id desc`,
      )
      .bind(orgId, JSON.stringify(wanted))
      .all<RowWithScores>()
    return results.map(toStoredRequest)
  }

  async getRow(orgId: string, rowId: string): Promise<IndexRow | null> {
    return this.#database
      .prepare(`select ${ROW_COLUMNS} from requests where org_id = ?1 and id = ?2`)
      .bind(orgId, rowId)
      .first<IndexRow>()
  }

  async facets(orgId: string, selection: Selection): Promise<Facets> {
    const { where, values } = compileSelection(selection)
    const [columns, properties] = await this.#database.batch<FacetLine>(
      [facetStatement, propertyFacetStatement].map((statement) =>
        this.#database.prepare(statement(where)).bind(orgId, JSON.stringify(values.list)),
      ),
    )
    return groupFacets(columns?.results ?? [], properties?.results ?? [])
  }

  async putScores(orgId: string, rowId: string, scores: readonly ScoreWrite[]): Promise<boolean> {
    const result = await this.#database
      .prepare(
        `insert into scores (org_id, id, name, value, kind, created_at, updated_at)
        select ?1, ?2, value ->> 'name', value ->> 'value', value ->> 'kind', ?4, ?4 from json_each(?3)
        where exists (select 1 from requests where org_id = ?1 and id = ?2)
        on conflict (org_id, id, name) do update
        set value = excluded.value, kind = excluded.kind, updated_at = excluded.updated_at`,
      )
      .bind(orgId, rowId, JSON.stringify(scores), this.#now())
      .run()
    return result.meta.changes > 0
  }

  async setProperty(
    orgId: string,
    rowId: string,
    key: string,
    value: string,
  ): Promise<PropertyWrite> {
    const result = await this.#database
      .prepare(
        `update requests set properties = json_patch(properties, json_object(?3, ?4))
        where org_id = ?1 and id = ?2
        and length(json_patch(properties, json_object(?3, ?4))) <= ${MAX_PROPERTIES_BYTES}`,
      )
      .bind(orgId, rowId, key, value)
      .run()
    if (result.meta.changes > 0) return 'written'
    return (await this.getRow(orgId, rowId)) === null ? 'missing' : 'too_large'
  }
}

function compileSelection(selection: Selection) {
  const filter = compileFilter(selection.filter)
  // A filter without values would leave the second parameter out, which D1 refuses.
  const conditions = ['org_id = ?1', '?2 is not null', filter.sql]
  if (selection.cachedOnly === true) conditions.push(CACHED_ONLY)
  if (selection.scoredOnly === true) conditions.push(SCORED_ONLY)
  return { where: conditions.join(' and '), values: filter.values }
}

function toStoredRequest({ scoresJson, ...row }: RowWithScores): StoredRequest {
  return { row, scores: JSON.parse(scoresJson) as StoredScore[] }
}
