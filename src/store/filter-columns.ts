/**
 * What each column of the filter tree (contract §4.2) means in our tables: the only place that maps contract names to
 * SQL. Expressions are constants of this file; nothing that a caller sent is ever part of one.
 */

/** How a column compares; decides the operators and how a value is read. */
export type ColumnKind =
  | 'text'
  | 'number'
  /** US dollars on the wire, nano-dollars in the table. */
  | 'money'
  /** Arrival time: also bounds the primary key. */
  | 'arrival'
  | 'time'
  | 'boolean'
  /** `{ key: { operator: value } }` */
  | 'property-map'
  | 'score-map'
  | 'property-key'
  | 'limit-segment'
  | 'request-id'

export interface Column {
  kind: ColumnKind
  sql: string
}

/** Columns the contract knows and our data does not hold: name → why not. */
type Unanswerable = Readonly<Record<string, string>>

export interface FilterTable {
  columns: Readonly<Record<string, Column>>
  unanswerable: Unanswerable
}

const NO_CACHE_REFERENCE = '00000000-0000-0000-0000-000000000000'
const IS_CACHED = `(coalesce(cache_reference_id, '${NO_CACHE_REFERENCE}') <> '${NO_CACHE_REFERENCE}')`
const SCORES_OF_ROW =
  'from scores where scores.org_id = requests.org_id and scores.id = requests.id'
const FEEDBACK = `${SCORES_OF_ROW} and scores.name = 'helicone-score-feedback'`
const DENIALS_OF_ROW = `from json_each(requests.detail, '$.limits') as fact where fact.value ->> '$.denied'`
const TOTAL_TOKENS = `(case when input_tokens is null and output_tokens is null then null
  else coalesce(input_tokens, 0) + coalesce(output_tokens, 0) end)`
const CACHE_WRITE_TOKENS = `(case when cache_write5m_tokens is null and cache_write1h_tokens is null then null
  else coalesce(cache_write5m_tokens, 0) + coalesce(cache_write1h_tokens, 0) end)`

const text = (sql: string): Column => ({ kind: 'text', sql })
const number = (sql: string): Column => ({ kind: 'number', sql })

const REQUEST_ID: Column = { kind: 'request-id', sql: 'coalesce(request_id, id)' }
const ARRIVAL: Column = { kind: 'arrival', sql: 'created_at' }
const FEEDBACK_RATING: Column = { kind: 'boolean', sql: `(select value > 0 ${FEEDBACK})` }
const PROPERTIES: Column = { kind: 'property-map', sql: 'properties' }
const NOT_RECORDED = 'it is not recorded'
const PER_SESSION = 'it sums up a whole session; ask the sessions endpoint'
const PER_USER = 'it sums up a whole user; ask the users endpoint'

function all(reason: string, ...names: string[]): Unanswerable {
  return Object.fromEntries(names.map((name) => [name, reason]))
}

const REQUEST_RESPONSE: FilterTable = {
  columns: {
    request_id: REQUEST_ID,
    request_created_at: ARRIVAL,
    response_created_at: { kind: 'time', sql: '(created_at + latency_ms)' },
    organization_id: text('org_id'),
    user_id: text('user_id'),
    // The contract writes OPENAI where we store openai.
    provider: text('provider collate nocase'),
    model: text('model'),
    target_url: text('target_url'),
    country_code: text('country'),
    status: number('status'),
    latency: number('latency_ms'),
    time_to_first_token: number('ttft_ms'),
    prompt_tokens: number('input_tokens'),
    completion_tokens: number('output_tokens'),
    total_tokens: number(TOTAL_TOKENS),
    prompt_cache_read_tokens: number('cache_read_tokens'),
    prompt_cache_write_tokens: number(CACHE_WRITE_TOKENS),
    cost: { kind: 'money', sql: 'cost_nano' },
    request_body: text('request_preview'),
    response_body: text('response_preview'),
    prompt_id: text('prompt_id'),
    prompt_version: text('prompt_version'),
    cached: { kind: 'boolean', sql: IS_CACHED },
    cache_enabled: { kind: 'boolean', sql: IS_CACHED },
    cache_reference_id: text(`coalesce(cache_reference_id, '${NO_CACHE_REFERENCE}')`),
    // Beyond the contract: how the cache answered, null where it was not asked for.
    cache_status: text('cache_status'),
    // Likewise: how the call ended, the gateway's own code, and whose limit denied it.
    outcome: text('outcome'),
    error_code: text('error_code'),
    limited_segment: { kind: 'limit-segment', sql: DENIALS_OF_ROW },
    properties: PROPERTIES,
    search_properties: PROPERTIES,
    property_key: { kind: 'property-key', sql: 'properties' },
    scores: { kind: 'score-map', sql: SCORES_OF_ROW },
    scores_column: text(`coalesce((select json_group_object(name, value) ${SCORES_OF_ROW}), '{}')`),
    'helicone-score-feedback': FEEDBACK_RATING,
  },
  unanswerable: all(
    NOT_RECORDED,
    ...['node_id', 'job_id', 'threat', 'assets', 'request_referrer', 'is_passthrough_billing'],
  ),
}

const SESSIONS: FilterTable = {
  columns: {
    session_session_id: text('session_id'),
    session_session_name: text('session_name'),
  },
  unanswerable: all(
    PER_SESSION,
    'session_total_cost',
    'session_total_tokens',
    'session_prompt_tokens',
    'session_completion_tokens',
    'session_total_requests',
    'session_created_at',
    'session_latest_request_created_at',
    'session_tag',
  ),
}

const REQUEST: FilterTable = {
  columns: {
    id: REQUEST_ID,
    created_at: ARRIVAL,
    org_id: text('org_id'),
    user_id: text('user_id'),
    model: text('model_asked'),
    path: text('path'),
    prompt: text('request_preview'),
    prompt_id: text('prompt_id'),
    country_code: text('country'),
  },
  unanswerable: all(NOT_RECORDED, 'auth_hash', 'node_id', 'modelOverride'),
}

const RESPONSE: FilterTable = {
  columns: {
    status: number('status'),
    model: text('model_answered'),
    body_model: text('model_answered'),
    body_completion: text('response_preview'),
    body_tokens: number(TOTAL_TOKENS),
  },
  unanswerable: {},
}

const FEEDBACK_TABLE: FilterTable = {
  columns: {
    id: text(`(select scores.id ${FEEDBACK})`),
    created_at: { kind: 'time', sql: `(select scores.updated_at ${FEEDBACK})` },
    rating: FEEDBACK_RATING,
    response_id: text(`(select scores.id ${FEEDBACK})`),
  },
  unanswerable: {},
}

const USERS: FilterTable = {
  columns: { user_user_id: text('user_id') },
  unanswerable: all(
    PER_USER,
    'user_active_for',
    'user_first_active',
    'user_last_active',
    'user_total_requests',
    'user_average_requests_per_day_active',
    'user_average_tokens_per_request',
    'user_total_completion_tokens',
    'user_total_prompt_tokens',
    'user_cost',
  ),
}

/** Every table that a filter may name. `properties` and `values` take the map key where others take the column. */
export const FILTER_TABLES: ReadonlyMap<string, FilterTable> = new Map([
  ['request_response_rmt', REQUEST_RESPONSE],
  ['sessions_request_response_rmt', SESSIONS],
  ['request', REQUEST],
  ['response', RESPONSE],
  ['feedback', FEEDBACK_TABLE],
  ['users_view', USERS],
  ['properties', { columns: { properties: PROPERTIES }, unanswerable: {} }],
  ['values', { columns: {}, unanswerable: {} }],
])

/** Properties that live in columns of their own, under the names the contract gives them. */
export const PROPERTY_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['helicone-session-id', 'session_id'],
  ['helicone-session-path', 'session_path'],
  ['helicone-session-name', 'session_name'],
  ['helicone-prompt-id', 'prompt_id'],
])

/** True for rows that were answered from the cache. */
export const CACHED_ONLY = IS_CACHED
/** True for rows that have a score. */
export const SCORED_ONLY = `exists (select 1 ${SCORES_OF_ROW})`
/** The row's scores as one JSON array of `{name, value, updatedAt}`. */
export const SCORES_JSON = `(select json_group_array(json_object(
  'name', name, 'value', value, 'updatedAt', updated_at)) ${SCORES_OF_ROW})`
/** Sort key → expression; `created_at` is the primary key's order. */
export const SORT_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['created_at', 'id'],
  ['latency', 'latency_ms'],
  ['total_tokens', TOTAL_TOKENS],
  ['prompt_tokens', 'input_tokens'],
  ['completion_tokens', 'output_tokens'],
  ['user_id', 'user_id'],
  ['body_model', 'model'],
  ['model', 'model'],
  ['status', 'status'],
  ['is_cached', IS_CACHED],
  ['request_prompt', 'request_preview'],
  ['response_text', 'response_preview'],
  ['cost', 'cost_nano'],
  ['time_to_first_token', 'ttft_ms'],
])
