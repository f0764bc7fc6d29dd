/**
 * The one contract between the gateway and the ingest: what is known of an accepted request when it ended.
 * Stored as it is in the packs of R2, so it is versioned: readers accept every version ever written.
 * The gateway imports the types only; the zod schema is for the consumer.
 */
import * as z from 'zod'
import type { Summary } from '../dialects/canonical/summary.ts'

export const LOG_RECORD_VERSION = 1

/** How the exchange ended, from the client's point of view. */
export const OUTCOMES = [
  'success', // the provider answered below 400 and the whole answer arrived
  'provider_error', // the provider answered 400 or more; the consumer adds answers below that carry an error
  'gateway_error', // we answered: refused target, provider unreachable
  'timeout', // a timer of ours ended it
  'client_abort', // the client went away
  'stream_broken', // the provider's answer broke off
] as const
export type Outcome = (typeof OUTCOMES)[number]

const bodyFact = z.object({
  /** Bytes that passed on the wire. */
  bytes: z.number().int().nonnegative(),
  contentType: z.string().nullable(),
  contentEncoding: z.string().nullable(),
  /** `Helicone-Omit-Request` / `-Response`: passed through, never kept. */
  omitted: z.boolean(),
  /**
   * null: all captured bytes are kept. A number: only the first `truncatedAt` bytes and, right behind them,
   * the last bytes of the body are kept; what was between is gone.
   */
  truncatedAt: z.number().int().nonnegative().nullable(),
  /** R2 object that holds this body, when it was too big to travel in the batch. */
  objectKey: z.string().nullable(),
})
export type BodyFact = z.infer<typeof bodyFact>

const attempt = z.object({
  provider: z.string(),
  /** Origin and path, without query: a query may carry a key. */
  targetUrl: z.string(),
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  /** ms since the request arrived. */
  startedAtMs: z.number(),
  /** ms from the start of the attempt to response headers or failure. */
  durationMs: z.number(),
  /** ms that were waited before this attempt. */
  waitMs: z.number(),
})
export type AttemptFact = z.infer<typeof attempt>

const warning = z.object({
  code: z.string(),
  /** Header that the warning is about, or null. */
  header: z.string().nullable(),
  message: z.string(),
})
export type Warning = z.infer<typeof warning>

/** All in ms, measured from the arrival of the request; null where that moment never came. */
const timing = z.object({
  authMs: z.number(),
  /** Our own work before the provider was called. */
  gatewayMs: z.number(),
  upstreamHeadersMs: z.number().nullable(),
  firstByteMs: z.number().nullable(),
  totalMs: z.number(),
  chunks: z.number().int(),
  maxGapMs: z.number().nullable(),
  meanGapMs: z.number().nullable(),
})
export type TimingFact = z.infer<typeof timing>

/** How an answer related to the response cache. `bypass`: asked for, but it could not take part. */
export const CACHE_STATUSES = ['hit', 'miss', 'coalesced', 'stale', 'bypass'] as const
export type CacheStatus = (typeof CACHE_STATUSES)[number]

/** One rate-limit policy that was asked about this call. Amounts in the policy's unit. */
const limitFact = z.object({
  /** Normalised text of the policy. */
  policy: z.string(),
  /** `organization`, `user:ann`, `key:…`, `plan:pro`; null when the call lacked what the policy counts by. */
  segment: z.string().nullable(),
  remaining: z.number().nullable(),
  denied: z.boolean(),
  /** The limiter did not answer; the call was let through, or refused where the organisation fails closed. */
  unavailable: z.boolean(),
})
export type LimitFact = z.infer<typeof limitFact>

const cacheFact = z.object({
  status: z.enum(CACHE_STATUSES),
  /** Name of the answer, for a purge; null when none could be made, and in early records. */
  key: z.string().nullable().default(null),
  /** Request whose answer was given again. */
  referenceId: z.string().nullable(),
  /** ms that the original answer took; null unless it was stored. */
  latencyMs: z.number().nullable(),
})
export type CacheFact = z.infer<typeof cacheFact>

/** What the policies did with the call. */
const policyFact = z.object({
  cache: cacheFact.nullable(),
  limits: z.array(limitFact),
  /** Which entry of the caller's fallbacks answered. */
  fallbackIndex: z.number().int().nullable(),
  /** The timer that ended the call. */
  timer: z.enum(['headers', 'first_token', 'idle', 'total']).nullable(),
})
export type PolicyFact = z.infer<typeof policyFact>

export const logRecordSchema = z.object({
  v: z.literal(LOG_RECORD_VERSION),
  /** UUIDv7 made at arrival: the row's key; its time prefix is `startedAt`. */
  id: z.uuid(),
  /** What the client knows as `Helicone-Id`: its own `Helicone-Request-Id`, else `id`. */
  requestId: z.uuid(),
  orgId: z.string().min(1),
  keyId: z.string().nullable(),
  startedAt: z.number().int(),
  provider: z.string(),
  dialect: z.string(),
  method: z.string(),
  /** Path that was sent upstream, without query. */
  path: z.string(),
  targetUrl: z.string(),
  modelOverride: z.string().nullable(),
  outcome: z.enum(OUTCOMES),
  /** HTTP status that the client saw, or one of the negative contract statuses. */
  status: z.number().int(),
  upstreamStatus: z.number().int().nullable(),
  /** Stable code when the gateway itself answered. */
  errorCode: z.string().nullable(),
  userId: z.string().nullable(),
  sessionId: z.string().nullable(),
  sessionPath: z.string().nullable(),
  sessionName: z.string().nullable(),
  requestName: z.string().nullable(),
  promptId: z.string().nullable(),
  promptVersion: z.string().nullable(),
  properties: z.record(z.string(), z.string()),
  timing,
  attempts: z.array(attempt),
  request: bodyFact,
  response: bodyFact,
  /** Lower-cased names; credentials replaced by `[redacted]`. */
  requestHeaders: z.record(z.string(), z.string()),
  responseHeaders: z.record(z.string(), z.string()),
  warnings: z.array(warning),
  /** null when no policy took part, and in records from before there were any. */
  policy: policyFact.nullable().default(null),
  country: z.string().nullable(),
  /** Set by the gateway when a body is omitted, so that usage survives; else the consumer reads the bodies. */
  summary: z.custom<Summary>().nullable(),
})
export type LogRecord = z.infer<typeof logRecordSchema>
