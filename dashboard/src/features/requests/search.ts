/** Everything that the requests page shows, as URL parameters; what is not valid is left out. */
import { asText, asTexts } from '../../lib/url-state.ts'
import { formatToken, parseToken } from './filter.ts'
import type { Token } from './filter.ts'
import { DEFAULT_PRESET, readPreset } from './time-range.ts'
import type { Preset, TimeRange } from './time-range.ts'

export const DRAWER_TABS = ['chat', 'json', 'timing', 'cost', 'policies', 'headers'] as const
export type DrawerTab = (typeof DRAWER_TABS)[number]

export const SORT_KEYS = ['created_at', 'cost', 'latency', 'total_tokens'] as const
export type SortKey = (typeof SORT_KEYS)[number]

export interface RangeSearch {
  range?: Preset
  /** ISO times of a fixed range. */
  from?: string
  to?: string
}

export interface RequestsSearch extends RangeSearch {
  /** Text to find. */
  q?: string
  /** Filter tokens. */
  f?: string[]
  /** `cost` ascends, `-cost` descends. */
  sort?: string
  live?: 'off'
  /** Row id of the open drawer. */
  request?: string
  tab?: DrawerTab
}

export function validateRangeSearch(raw: Record<string, unknown>): RangeSearch {
  const search: RangeSearch = {}
  const preset = readPreset(asText(raw.range))
  if (preset !== undefined && preset !== DEFAULT_PRESET) search.range = preset
  const from = readTime(raw.from)
  const to = readTime(raw.to)
  if (from !== undefined) search.from = from
  if (to !== undefined) search.to = to
  return search
}

export function validateRequestsSearch(raw: Record<string, unknown>): RequestsSearch {
  const search: RequestsSearch = {}
  const text = asText(raw.q)
  if (text !== undefined) search.q = text
  const tokens = asTexts(raw.f).flatMap((item) => parseToken(item) ?? [])
  if (tokens.length > 0) search.f = [...new Set(tokens.map(formatToken))]
  Object.assign(search, validateRangeSearch(raw))
  const sort = asText(raw.sort)
  if (sort !== undefined && SORT_KEYS.some((key) => key === sort.replace(/^-/, ''))) {
    if (sort !== '-created_at') search.sort = sort
  }
  if (raw.live === 'off') search.live = 'off'
  const request = asText(raw.request)
  const tab = DRAWER_TABS.find((known) => known === raw.tab)
  // A tab is a view of the open request: it goes when that is closed.
  if (request !== undefined) search.request = request
  if (request !== undefined && tab !== undefined && tab !== 'chat') search.tab = tab
  return search
}

export function tokensOf(search: RequestsSearch): Token[] {
  return (search.f ?? []).flatMap((text) => parseToken(text) ?? [])
}

export function rangeOf(search: RangeSearch): TimeRange {
  if (search.from !== undefined || search.to !== undefined) {
    return {
      preset: null,
      from: search.from === undefined ? null : Date.parse(search.from),
      to: search.to === undefined ? null : Date.parse(search.to),
    }
  }
  return { preset: search.range ?? DEFAULT_PRESET, from: null, to: null }
}

export interface Sort {
  key: SortKey
  descending: boolean
}

export function sortOf(search: RequestsSearch): Sort {
  const text = search.sort ?? '-created_at'
  const key = SORT_KEYS.find((known) => known === text.replace(/^-/, '')) ?? 'created_at'
  return { key, descending: text.startsWith('-') }
}

function readTime(value: unknown): string | undefined {
  const text = asText(value)
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}
