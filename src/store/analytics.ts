/**
 * The query port over the request index. Every call names the organisation: a store never answers across tenants.
 * Plain values only, so that a column store can implement it as well as D1. Throws `Refusal` for a filter or a sort
 * order that it cannot answer.
 */
import type { Facets, RequestQuery } from '../contracts/api/requests.ts'
import type { FilterNode } from '../contracts/filter.ts'
import type { requests } from './schema/requests.ts'

/** One row of the index. Times in epoch ms, money in nano-dollars, JSON columns as text. */
export type IndexRow = typeof requests.$inferSelect

export interface StoredScore {
  name: string
  value: number
  /** Epoch ms of the last write. */
  updatedAt: number
}

export interface StoredRequest {
  row: IndexRow
  scores: StoredScore[]
}

export interface Selection {
  filter: FilterNode
  /** Only answers from the cache. */
  cachedOnly?: boolean
  /** Only requests with at least one score. */
  scoredOnly?: boolean
}

export interface PageSelection extends Selection {
  offset: number
  limit: number
  /** Default: newest first. */
  sort?: RequestQuery['sort']
}

export interface ScoreWrite {
  name: string
  value: number
  kind: 'number' | 'boolean'
}

export type PropertyWrite = 'written' | 'missing' | 'too_large'

export interface AnalyticsStore {
  queryRequests(orgId: string, page: PageSelection): Promise<StoredRequest[]>
  countRequests(orgId: string, selection: Selection): Promise<number>
  /** By request id (the newest row wins, should a client have used an id twice) or by row id. */
  getRequest(orgId: string, id: string): Promise<StoredRequest | null>
  /** Each by request id or row id; unknown ones are left out, newest first. */
  getRequests(orgId: string, ids: readonly string[]): Promise<StoredRequest[]>
  /** By row id only. */
  getRow(orgId: string, rowId: string): Promise<IndexRow | null>
  /** Observed values among the newest rows of the selection, most frequent first. */
  facets(orgId: string, selection: Selection): Promise<Facets>
  /** The last write of a name wins. False when there is no such row. */
  putScores(orgId: string, rowId: string, scores: readonly ScoreWrite[]): Promise<boolean>
  setProperty(orgId: string, rowId: string, key: string, value: string): Promise<PropertyWrite>
}
