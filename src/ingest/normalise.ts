/** Record, summary and cost → the row of the index. Pure; where the pack lies is filled in when it does. */
import type { CostFact } from '../contracts/api/requests.ts'
import type { LogRecord } from '../contracts/log-record.ts'
import { STATUS_CLIENT_ABORT, STATUS_STREAM_BROKEN, STATUS_TIMEOUT } from '../lib/statuses.ts'
import { EMPTY_USAGE } from '../dialects/canonical/summary.ts'
import type { Summary, Usage } from '../dialects/canonical/summary.ts'
import type { StoredRow } from '../store/logs-writer.ts'
import type { ReadBodies } from './read-bodies.ts'

/** The contract counts no tokens for an answer from the cache. */
const NO_TOKENS: Usage = { ...EMPTY_USAGE, inputTokens: 0, outputTokens: 0 }

export function normalise(
  record: LogRecord,
  summary: Summary,
  cost: CostFact,
  { request, response }: ReadBodies,
): StoredRow {
  const { timing } = record
  return {
    ...identity(record, summary),
    model: modelOf(record, summary),
    modelAsked: summary.modelAsked,
    modelAnswered: summary.modelAnswered,
    status: statusOf(record),
    outcome: record.outcome,
    errorCode: record.errorCode,
    errorMessage: summary.errorMessage,
    isStream: summary.stream ? 1 : 0,
    stopReason: summary.stopReason,
    latencyMs: Math.round(timing.totalMs),
    // Of a whole answer the first byte says nothing about the first token.
    ttftMs: summary.stream && timing.firstByteMs !== null ? Math.round(timing.firstByteMs) : null,
    ...(isReplay(record) ? NO_TOKENS : (summary.usage ?? EMPTY_USAGE)),
    toolCalls: summary.toolCalls,
    ...money(record, cost),
    requestBytes: record.request.bytes,
    responseBytes: record.response.bytes,
    requestPreview: summary.requestPreview,
    responsePreview: summary.responsePreview,
    country: record.country,
    warnings: record.warnings.length === 0 ? null : JSON.stringify(record.warnings),
    detail: JSON.stringify(detailOf(record)),
    cacheReferenceId: record.policy?.cache?.referenceId ?? null,
    cacheStatus: record.policy?.cache?.status ?? null,
    cacheKey: record.policy?.cache?.key ?? null,
    savedMs: savedMs(record),
    attempts: record.attempts.length,
    fallbackIndex: record.policy?.fallbackIndex ?? null,
    requestBodyState: request.state,
    responseBodyState: response.state,
    packKey: null,
    packOffset: null,
    recordLength: null,
    requestLength: null,
    responseLength: null,
    requestObject: request.fact.objectKey,
    responseObject: response.fact.objectKey,
  }
}

/** The answer was given before: nothing was asked of the provider for this call. */
function isReplay(record: LogRecord): boolean {
  const status = record.policy?.cache?.status
  return status === 'hit' || status === 'coalesced' || status === 'stale'
}

/** A replayed answer costs nothing; its price is what it saved (contract §2.3). */
function money(record: LogRecord, cost: CostFact) {
  if (!isReplay(record))
    return { costNano: cost.nanoUsd, cost: JSON.stringify(cost), savedNano: null }
  const cached: CostFact = { ...cost, nanoUsd: 0, source: 'cached', lines: [] }
  return { costNano: 0, cost: JSON.stringify(cached), savedNano: cost.nanoUsd }
}

function savedMs(record: LogRecord): number | null {
  const latencyMs = record.policy?.cache?.latencyMs ?? null
  return latencyMs === null ? null : Math.max(0, Math.round(latencyMs - record.timing.totalMs))
}

function detailOf({ timing, attempts, policy }: LogRecord) {
  if (policy === null) return { timing, attempts }
  return { timing, attempts, limits: policy.limits, timer: policy.timer }
}

/** What a call is filed and priced under: the caller's own word, else the provider's, else the request's. */
export function modelOf(record: LogRecord, summary: Summary): string | null {
  return record.modelOverride ?? summary.modelAnswered ?? summary.modelAsked
}

function identity(record: LogRecord, summary: Summary) {
  return {
    orgId: record.orgId,
    id: record.id,
    requestId: record.requestId === record.id ? null : record.requestId,
    createdAt: record.startedAt,
    keyId: record.keyId,
    provider: record.provider,
    dialect: record.dialect,
    method: record.method,
    path: record.path,
    targetUrl: record.targetUrl,
    userId: record.userId ?? summary.userId,
    sessionId: record.sessionId,
    sessionPath: record.sessionPath,
    sessionName: record.sessionName,
    requestName: record.requestName,
    promptId: record.promptId,
    promptVersion: record.promptVersion,
    properties: JSON.stringify(record.properties),
  }
}

/** An exchange that did not end has no HTTP status, though one may have been on its way. */
function statusOf({ outcome, status }: LogRecord): number {
  switch (outcome) {
    case 'timeout':
      return STATUS_TIMEOUT
    case 'client_abort':
      return STATUS_CLIENT_ABORT
    case 'stream_broken':
      return STATUS_STREAM_BROKEN
    case 'success':
    case 'provider_error':
    case 'gateway_error':
      return status
  }
}
