/** Zod for the requests API: input as it is checked, output as the OpenAPI document describes it. */
import * as z from 'zod'
import { filterSchema } from '../filter-schema.ts'
import { CACHE_STATUSES } from '../log-record.ts'
import type { BodyDocument, Facets, RequestQuery, RequestRow } from './requests.ts'

const text = z.string().nullable()
const count = z.number().int().nullable()
const time = z.string().meta({ format: 'date-time' })
const money = z.number().nullable().meta({ description: 'US dollars; null when unpriced.' })
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true)

export const sortSchema = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((sort) => (sort ?? undefined) as RequestQuery['sort'])

export const requestQuerySchema = z.object({
  filter: filterSchema.default('all'),
  offset: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.number().int().min(1).default(10).meta({ description: 'At most 1000.' }),
  sort: sortSchema.meta({ example: { created_at: 'desc' } }),
  isCached: flag.meta({ description: 'Only answers from the cache.' }),
  isScored: flag.meta({ description: 'Only requests with a score.' }),
  includeInputs: flag,
})

const bodyState = z.enum(['stored', 'omitted', 'truncated', 'empty', 'missing'])

const costSchema = z.object({
  nanoUsd: count,
  source: z.enum(['catalogue', 'provider', 'unpriced', 'no_usage', 'free', 'cached']),
  priceVersion: text,
  priceProvider: text,
  priceModel: text,
  lines: z.array(z.object({ kind: z.string(), tokens: count, nanoUsd: z.number().int() })),
})

const timingSchema = z.object({
  authMs: z.number(),
  gatewayMs: z.number(),
  upstreamHeadersMs: z.number().nullable(),
  firstByteMs: z.number().nullable(),
  totalMs: z.number(),
  chunks: z.number().int(),
  maxGapMs: z.number().nullable(),
  meanGapMs: z.number().nullable(),
})

const attemptSchema = z.object({
  provider: z.string(),
  targetUrl: z.string(),
  status: count,
  error: text,
  startedAtMs: z.number(),
  durationMs: z.number(),
  waitMs: z.number(),
})

const extrasSchema = z.object({
  id: z.string(),
  provider: z.string(),
  outcome: z.string(),
  error_code: text,
  error_message: text,
  dialect: z.string(),
  method: z.string(),
  is_stream: z.boolean(),
  stop_reason: text,
  session_id: text,
  session_path: text,
  session_name: text,
  request_name: text,
  input_image_tokens: count,
  output_image_tokens: count,
  cache_write_5m_tokens: count,
  cache_write_1h_tokens: count,
  tool_calls: z.number().int(),
  request_preview: text,
  response_preview: text,
  request_bytes: z.number().int(),
  response_bytes: z.number().int(),
  request_body_state: bodyState,
  response_body_state: bodyState,
  cost: costSchema,
  timing: timingSchema,
  attempts: z.array(attemptSchema),
  warnings: z.array(z.object({ code: z.string(), header: text, message: z.string() })),
  cache_status: z.enum(CACHE_STATUSES).nullable(),
  cache_key: text,
  saved_ms: count,
  saved_usd: z.number().nullable(),
  fallback_index: count,
  limits: z.array(
    z.object({
      policy: z.string(),
      segment: text,
      remaining: z.number().nullable(),
      denied: z.boolean(),
      unavailable: z.boolean(),
    }),
  ),
  timer: text,
})

export const requestRowSchema = z
  .object({
    request_id: z.string(),
    response_id: z.string(),
    request_created_at: time,
    response_created_at: time.nullable(),
    request_path: z.string(),
    request_user_id: text,
    helicone_user: text,
    request_properties: z.record(z.string(), z.string()).nullable(),
    properties: z.record(z.string(), z.string()),
    request_model: text,
    response_model: text,
    model_override: text,
    model: z.string(),
    provider: z.string(),
    target_url: z.string(),
    country_code: text,
    response_status: z.number().int(),
    delay_ms: z.number().nullable(),
    time_to_first_token: z.number().nullable(),
    total_tokens: count,
    prompt_tokens: count,
    completion_tokens: count,
    prompt_cache_read_tokens: count,
    prompt_cache_write_tokens: count,
    reasoning_tokens: count,
    prompt_audio_tokens: count,
    completion_audio_tokens: count,
    cost: money,
    costUSD: money,
    prompt_id: text,
    prompt_version: text,
    feedback_created_at: time.nullable(),
    feedback_id: text,
    feedback_rating: z.boolean().nullable(),
    signed_body_url: text,
    request_body: z.unknown(),
    response_body: z.unknown(),
    llmSchema: z.null(),
    asset_ids: z.array(z.string()).nullable(),
    asset_urls: z.record(z.string(), z.string()).nullable(),
    assets: z.array(z.string()),
    scores: z.record(z.string(), z.number()).nullable(),
    cache_reference_id: z.string(),
    cache_enabled: z.boolean(),
    updated_at: time.nullable(),
    request_referrer: text,
    ai_gateway_body_mapping: text,
    storage_location: z.string(),
    heliograph: extrasSchema,
  })
  .meta({ id: 'HeliconeRequest' }) satisfies z.ZodType<RequestRow>

export const bodyDocumentSchema = z
  .object({
    request: z.unknown(),
    response: z.unknown(),
    heliograph: z.object({
      request_headers: z.record(z.string(), z.string()),
      response_headers: z.record(z.string(), z.string()),
      request_content_type: text,
      response_content_type: text,
      response_raw: text,
      request_truncated: z.boolean(),
      response_truncated: z.boolean(),
    }),
  })
  .meta({ id: 'BodyDocument' }) satisfies z.ZodType<BodyDocument>

const facetValues = z.array(z.object({ value: z.string(), count: z.number().int() }))

export const facetsSchema = z
  .object({
    model: facetValues,
    provider: facetValues,
    status: facetValues,
    user: facetValues,
    session: facetValues,
    cache: facetValues,
    properties: z.array(z.object({ key: z.string(), values: facetValues })),
  })
  .meta({ id: 'Facets' }) satisfies z.ZodType<Facets>

export const facetQuerySchema = z.object({
  filter: filterSchema.optional(),
  range: z
    .object({ from: z.string().optional(), to: z.string().optional() })
    .optional()
    .meta({ description: 'ISO 8601 times; from inclusive, to exclusive.' }),
})
