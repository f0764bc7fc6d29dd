/**
 * A stored row in the words of the REST API (`HeliconeRequest`, contract §4.3). Pure: every answer that shows a request
 * (query, get, live push) goes through here, so that they can never disagree. Nano-dollars become dollars, epoch
 * milliseconds become ISO 8601, and what is unknown stays null.
 */
import type {
  BodyState,
  CostFact,
  RequestExtras,
  RequestRow,
} from '../../contracts/api/requests.ts'
import type {
  AttemptFact,
  CacheStatus,
  LimitFact,
  TimingFact,
  Warning,
} from '../../contracts/log-record.ts'
import type { requests } from '../../store/schema/requests.ts'

type StoredRow = typeof requests.$inferSelect

export interface PresentOptions {
  /** Score name → value; null when the request has none. */
  scores: Record<string, number> | null
  /** Null when no body was kept, or when the reader fetches its own link later. */
  signedBodyUrl: string | null
  /** Epoch ms at which the feedback was given. */
  feedbackAt?: number | null
}

/** Feedback is a score of this name: 1 is good, 0 is bad. */
export const FEEDBACK_SCORE = 'helicone-score-feedback'
const NO_CACHE_REFERENCE = '00000000-0000-0000-0000-000000000000'
const NANO_PER_USD = 1_000_000_000
const NO_TIMING: TimingFact = {
  authMs: 0,
  gatewayMs: 0,
  upstreamHeadersMs: null,
  firstByteMs: null,
  totalMs: 0,
  chunks: 0,
  maxGapMs: null,
  meanGapMs: null,
}

/** The wire shape of one request. Never throws: a damaged JSON column shows as its empty value. */
export function presentRow(row: StoredRow, options: PresentOptions): RequestRow {
  const properties = presentProperties(row)
  const cost = row.costNano === null ? null : row.costNano / NANO_PER_USD
  const hasBody = row.packKey !== null
  return {
    request_id: row.requestId ?? row.id,
    response_id: row.id,
    request_created_at: iso(row.createdAt),
    response_created_at: iso(row.createdAt + row.latencyMs),
    request_path: row.path,
    request_user_id: row.userId,
    helicone_user: null,
    request_properties: properties,
    properties,
    request_model: row.modelAsked,
    response_model: row.modelAnswered,
    model_override: modelOverride(row),
    model: row.model ?? 'unknown',
    provider: contractProvider(row.provider),
    target_url: row.targetUrl,
    country_code: row.country,
    response_status: row.status,
    delay_ms: row.latencyMs,
    time_to_first_token: row.ttftMs,
    ...presentTokens(row),
    cost,
    costUSD: cost,
    prompt_id: row.promptId,
    prompt_version: row.promptVersion,
    ...presentFeedback(row, options),
    signed_body_url: hasBody ? options.signedBodyUrl : null,
    request_body: {},
    response_body: {},
    llmSchema: null,
    asset_ids: null,
    asset_urls: null,
    assets: [],
    scores: options.scores,
    cache_reference_id: row.cacheReferenceId ?? NO_CACHE_REFERENCE,
    cache_enabled: row.cacheReferenceId !== null && row.cacheReferenceId !== NO_CACHE_REFERENCE,
    updated_at: null,
    request_referrer: null,
    ai_gateway_body_mapping: null,
    storage_location: hasBody ? 's3' : 'not_stored',
    heliograph: presentExtras(row),
  }
}

/** The contract's spelling: `OPENAI`, `ANTHROPIC`; a host that is no known provider stays as it is. */
function contractProvider(id: string): string {
  return id.includes('.') ? id : id.toUpperCase()
}

/** Sum of what is known; null only when nothing is. */
export function sumKnown(...counts: (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null)
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0)
}

type TokenColumns = Pick<
  RequestRow,
  | 'total_tokens'
  | 'prompt_tokens'
  | 'completion_tokens'
  | 'prompt_cache_read_tokens'
  | 'prompt_cache_write_tokens'
  | 'reasoning_tokens'
  | 'prompt_audio_tokens'
  | 'completion_audio_tokens'
>

function presentTokens(row: StoredRow): TokenColumns {
  return {
    total_tokens: sumKnown(row.inputTokens, row.outputTokens),
    prompt_tokens: row.inputTokens,
    completion_tokens: row.outputTokens,
    prompt_cache_read_tokens: row.cacheReadTokens,
    prompt_cache_write_tokens: sumKnown(row.cacheWrite5mTokens, row.cacheWrite1hTokens),
    reasoning_tokens: row.reasoningTokens,
    prompt_audio_tokens: row.inputAudioTokens,
    completion_audio_tokens: row.outputAudioTokens,
  }
}

function presentFeedback(
  row: StoredRow,
  options: PresentOptions,
): Pick<RequestRow, 'feedback_created_at' | 'feedback_id' | 'feedback_rating'> {
  const value = options.scores?.[FEEDBACK_SCORE]
  if (value === undefined) {
    return { feedback_created_at: null, feedback_id: null, feedback_rating: null }
  }
  const givenAt = options.feedbackAt ?? null
  return {
    feedback_created_at: givenAt === null ? null : iso(givenAt),
    feedback_id: row.id,
    feedback_rating: value > 0,
  }
}

function presentExtras(row: StoredRow): RequestExtras {
  const detail = parseObject(row.detail)
  return {
    id: row.id,
    provider: row.provider,
    outcome: row.outcome,
    error_code: row.errorCode,
    error_message: row.errorMessage,
    dialect: row.dialect,
    method: row.method,
    is_stream: row.isStream === 1,
    stop_reason: row.stopReason,
    session_id: row.sessionId,
    session_path: row.sessionPath,
    session_name: row.sessionName,
    request_name: row.requestName,
    input_image_tokens: row.inputImageTokens,
    output_image_tokens: row.outputImageTokens,
    cache_write_5m_tokens: row.cacheWrite5mTokens,
    cache_write_1h_tokens: row.cacheWrite1hTokens,
    tool_calls: row.toolCalls,
    request_preview: row.requestPreview,
    response_preview: row.responsePreview,
    request_bytes: row.requestBytes,
    response_bytes: row.responseBytes,
    request_body_state: row.requestBodyState as BodyState,
    response_body_state: row.responseBodyState as BodyState,
    cost: presentCost(row),
    timing: { ...NO_TIMING, totalMs: row.latencyMs, ...(detail.timing as Partial<TimingFact>) },
    attempts: Array.isArray(detail.attempts) ? (detail.attempts as AttemptFact[]) : [],
    warnings: parseArray(row.warnings) as Warning[],
    cache_status: row.cacheStatus as CacheStatus | null,
    cache_key: row.cacheKey,
    saved_ms: row.savedMs,
    saved_usd: row.savedNano === null ? null : row.savedNano / NANO_PER_USD,
    fallback_index: row.fallbackIndex,
    limits: Array.isArray(detail.limits) ? (detail.limits as LimitFact[]) : [],
    timer: typeof detail.timer === 'string' ? detail.timer : null,
  }
}

function presentCost(row: StoredRow): CostFact {
  const fact: CostFact = {
    nanoUsd: null,
    source: 'unpriced',
    priceVersion: null,
    priceProvider: null,
    priceModel: null,
    lines: [],
  }
  // The column decides: it is what filters and sums see.
  return { ...fact, ...(parseObject(row.cost) as Partial<CostFact>), nanoUsd: row.costNano }
}

/** The contract keeps the session and the prompt among the properties, in this exact spelling. */
function presentProperties(row: StoredRow): Record<string, string> {
  const named = {
    'Helicone-Session-Id': row.sessionId,
    'Helicone-Session-Path': row.sessionPath,
    'Helicone-Session-Name': row.sessionName,
    'Helicone-Prompt-Id': row.promptId,
  }
  const properties: Record<string, string> = {}
  for (const [name, value] of Object.entries(named)) {
    if (value !== null) properties[name] = value
  }
  return { ...properties, ...(parseObject(row.properties) as Record<string, string>) }
}

/** `model` is override, else answered, else asked: it differs from both only when it was overridden. */
function modelOverride(row: StoredRow): string | null {
  return row.model === (row.modelAnswered ?? row.modelAsked) ? null : row.model
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

function parseObject(json: string | null): Record<string, unknown> {
  const value = parse(json)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

function parseArray(json: string | null): unknown[] {
  const value = parse(json)
  return Array.isArray(value) ? value : []
}

function parse(json: string | null): unknown {
  if (json === null) return null
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
