/**
 * Shapes of the requests API on the wire (contract §4.3). Names follow the contract; what it does not know
 * lies under `heliograph`. Money is in US dollars here, null when unpriced.
 */
import type { AttemptFact, CacheStatus, LimitFact, TimingFact, Warning } from '../log-record.ts'
import type { FilterNode } from '../filter.ts'

export interface RequestQuery {
  filter: FilterNode
  offset?: number
  /** 1 to 1000, default 10. */
  limit?: number
  sort?: Record<string, 'asc' | 'desc' | boolean | Record<string, 'asc' | 'desc'>>
  isCached?: boolean
  includeInputs?: boolean
}

/** One line of the bill: tokens of one class times its price. */
export interface CostLine {
  /** `input`, `output`, `cache_read`, `cache_write_5m`, `cache_write_1h`, `input_audio`, `output_audio`, `provider_reported` … */
  kind: string
  tokens: number | null
  nanoUsd: number
}

/** Money with provenance. */
export interface CostFact {
  nanoUsd: number | null
  /** `unpriced` always has `nanoUsd: null`; `cached` and `free` cost nothing. */
  source: 'catalogue' | 'provider' | 'unpriced' | 'no_usage' | 'free' | 'cached'
  /** Version of the price data, such as `genai-prices@0.1.8`. */
  priceVersion: string | null
  /** Provider and model of the price list that matched. */
  priceProvider: string | null
  priceModel: string | null
  lines: CostLine[]
}

/** `HeliconeRequest` of the contract. Times are ISO 8601 strings in UTC. */
export interface RequestRow {
  request_id: string
  response_id: string
  request_created_at: string
  response_created_at: string | null
  request_path: string
  request_user_id: string | null
  helicone_user: string | null
  request_properties: Record<string, string> | null
  properties: Record<string, string>
  request_model: string | null
  response_model: string | null
  model_override: string | null
  model: string
  /** The contract's spelling, `OPENAI`; our own id is `heliograph.provider`. */
  provider: string
  target_url: string
  country_code: string | null
  response_status: number
  delay_ms: number | null
  time_to_first_token: number | null
  total_tokens: number | null
  prompt_tokens: number | null
  completion_tokens: number | null
  prompt_cache_read_tokens: number | null
  prompt_cache_write_tokens: number | null
  reasoning_tokens: number | null
  prompt_audio_tokens: number | null
  completion_audio_tokens: number | null
  cost: number | null
  costUSD: number | null
  prompt_id: string | null
  prompt_version: string | null
  feedback_created_at: string | null
  feedback_id: string | null
  feedback_rating: boolean | null
  /** Fetchable without any header for an hour; answers `{ request, response }`. Null when nothing was kept. */
  signed_body_url: string | null
  /** Stubs in lists; whole bodies come through `signed_body_url`. */
  request_body: unknown
  response_body: unknown
  llmSchema: null
  asset_ids: string[] | null
  asset_urls: Record<string, string> | null
  assets: string[]
  scores: Record<string, number> | null
  cache_reference_id: string
  cache_enabled: boolean
  updated_at: string | null
  request_referrer: string | null
  ai_gateway_body_mapping: string | null
  storage_location: string
  heliograph: RequestExtras
}

/** What the contract has no name for. */
export interface RequestExtras {
  /** Row id: sorts by time; differs from `request_id` when the client chose its own. */
  id: string
  /** `openai`, `anthropic` …, or the host of a target that is no known provider. */
  provider: string
  outcome: string
  error_code: string | null
  error_message: string | null
  dialect: string
  method: string
  is_stream: boolean
  stop_reason: string | null
  session_id: string | null
  session_path: string | null
  session_name: string | null
  request_name: string | null
  input_image_tokens: number | null
  output_image_tokens: number | null
  cache_write_5m_tokens: number | null
  cache_write_1h_tokens: number | null
  tool_calls: number
  request_preview: string | null
  response_preview: string | null
  request_bytes: number
  response_bytes: number
  request_body_state: BodyState
  response_body_state: BodyState
  cost: CostFact
  timing: TimingFact
  attempts: AttemptFact[]
  warnings: Warning[]
  cache_status: CacheStatus | null
  /** For `DELETE /v1/cache/{key}`; null when the cache was not asked for, and on rows from before it was kept. */
  cache_key: string | null
  /** What a cached answer saved; dollars are null when unpriced. */
  saved_ms: number | null
  saved_usd: number | null
  fallback_index: number | null
  limits: LimitFact[]
  /** The timer that ended the call: `headers`, `first_token`, `idle`, `total`. */
  timer: string | null
}

export type BodyState = 'stored' | 'omitted' | 'truncated' | 'empty' | 'missing'

/** Answer of `signed_body_url`. Text bodies are strings, JSON is parsed, anything binary is `{ base64 }`. */
export interface BodyDocument {
  request: unknown
  response: unknown
  /** Facts for the drawer; headers are redacted. */
  heliograph: {
    request_headers: Record<string, string>
    response_headers: Record<string, string>
    request_content_type: string | null
    response_content_type: string | null
    /** The response exactly as it came, when it was a stream: SSE text. */
    response_raw: string | null
    request_truncated: boolean
    response_truncated: boolean
  }
}

/** Message that the live WebSocket sends. */
export type LiveMessage = { type: 'hello' } | { type: 'rows'; rows: RequestRow[] }

/** Observed values for the filter bar, most frequent first, from the newest rows of the range. */
export interface Facets {
  model: FacetValue[]
  provider: FacetValue[]
  status: FacetValue[]
  user: FacetValue[]
  session: FacetValue[]
  /** Cache statuses; calls that did not ask for the cache have none. */
  cache: FacetValue[]
  /** Property keys, each with its values. */
  properties: { key: string; values: FacetValue[] }[]
}
export interface FacetValue {
  value: string
  count: number
}

export type Envelope<T> = { data: T; error: null } | { data: null; error: string }
