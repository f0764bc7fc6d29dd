/** Exchange → LogRecord: the raw facts, once, when the exchange has ended. */
import type {
  AttemptFact,
  BodyFact,
  LogRecord,
  PolicyFact,
  TimingFact,
} from '../../contracts/log-record.ts'
import type { Summary } from '../../dialects/canonical/summary.ts'
import type { Ending, Exchange, HeaderRecord, Principal } from '../exchange.ts'
import type { Capture, Captured } from '../capture.ts'
import { redactHeaders } from './redact.ts'

const MAX_TEXT_CHARACTERS = 512
const MAX_PROPERTIES = 64
/** A record has to fit into a queue message: whatever a caller can make many of is bounded. */
const MAX_WARNINGS = 32
const MAX_ATTEMPT_URL_CHARACTERS = 256
/** ISO 3166-1, and the edge's own T1 for Tor. */
const COUNTRY = /^(?!XX)[A-Z][A-Z0-9]$/

/** What of a body was kept, and where. */
export interface KeptBody extends Captured {
  omitted: boolean
  objectKey: string | null
}

export function buildRecord(
  exchange: Exchange,
  principal: Principal,
  ending: Ending,
  request: KeptBody,
  response: KeptBody,
  summary: Summary | null,
): LogRecord {
  const { headers } = exchange
  const { target } = exchange.answered ?? exchange.plan[0] ?? { target: undefined }
  return {
    v: 1,
    id: exchange.id,
    requestId: exchange.requestId,
    orgId: principal.orgId,
    keyId: principal.keyId,
    startedAt: exchange.startedAt,
    provider: target?.providerId ?? exchange.surface.provider?.id ?? 'unknown',
    dialect: exchange.dialect,
    method: exchange.request.method,
    path: target?.path ?? exchange.surface.path,
    targetUrl: target === undefined ? '' : target.origin + target.path,
    modelOverride: cut(headers.modelOverride),
    outcome: ending.outcome,
    status: ending.status,
    upstreamStatus: exchange.upstreamStatus,
    errorCode: ending.errorCode,
    userId: cut(headers.userId),
    sessionId: cut(headers.sessionId),
    sessionPath: cut(headers.sessionPath),
    sessionName: cut(headers.sessionName),
    requestName: cut(headers.requestName),
    promptId: cut(headers.promptId),
    promptVersion: cut(headers.promptVersion),
    properties: boundProperties(headers.properties),
    timing: timing(exchange, ending),
    attempts: boundAttempts(exchange.attempts),
    request: bodyFact(exchange.requestBody, exchange.requestHeaders, request),
    response: bodyFact(exchange.responseBody, exchange.responseHeaders, response),
    requestHeaders: redactHeaders(exchange.requestHeaders),
    responseHeaders: exchange.responseHeaders ? redactHeaders(exchange.responseHeaders) : {},
    warnings: exchange.warnings.slice(0, MAX_WARNINGS),
    policy: policyFact(exchange),
    country: countryOf(exchange),
    summary,
  }
}

/** null when no policy took part. */
function policyFact({ cache, limits, answered, timer }: Exchange): PolicyFact | null {
  const fallbackIndex = answered?.fallbackIndex ?? null
  const isUsed = cache !== null || limits.length > 0 || fallbackIndex !== null || timer !== null
  return isUsed ? { cache, limits, fallbackIndex, timer } : null
}

function timing(exchange: Exchange, ending: Ending): TimingFact {
  const { flow } = exchange
  const span = (flow.lastByteMs ?? 0) - (flow.firstByteMs ?? 0)
  return {
    authMs: round(exchange.authMs),
    gatewayMs: round(exchange.attempts[0]?.startedAtMs ?? ending.totalMs),
    upstreamHeadersMs: roundOrNull(exchange.upstreamHeadersMs),
    firstByteMs: roundOrNull(flow.firstByteMs),
    totalMs: round(ending.totalMs),
    chunks: flow.chunks,
    maxGapMs: roundOrNull(flow.maxGapMs),
    meanGapMs: flow.chunks > 1 ? round(span / (flow.chunks - 1)) : null,
  }
}

function bodyFact(capture: Capture, headers: HeaderRecord | null, kept: KeptBody): BodyFact {
  return {
    bytes: capture.total,
    contentType: headers?.['content-type'] ?? null,
    contentEncoding: headers?.['content-encoding'] ?? null,
    omitted: kept.omitted,
    truncatedAt: kept.truncatedAt,
    objectKey: kept.objectKey,
  }
}

/** Each of up to two hundred repeats its target. */
function boundAttempts(attempts: AttemptFact[]): AttemptFact[] {
  const most = MAX_ATTEMPT_URL_CHARACTERS
  if (attempts.every(({ targetUrl }) => targetUrl.length <= most)) return attempts
  return attempts.map((each) => ({ ...each, targetUrl: each.targetUrl.slice(0, most) }))
}

function boundProperties(properties: Record<string, string>): Record<string, string> {
  let count = 0
  let isLong = false
  for (const name in properties) {
    count += 1
    isLong ||= (properties[name]?.length ?? 0) > MAX_TEXT_CHARACTERS
  }
  if (count <= MAX_PROPERTIES && !isLong) return properties
  const entries = Object.entries(properties).slice(0, MAX_PROPERTIES)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.slice(0, MAX_TEXT_CHARACTERS)]),
  )
}

/** From the edge's header: reading all that it knows of the client for the country alone is costly. */
function countryOf({ requestHeaders, request }: Exchange): string | null {
  // What did not come through the edge has no country.
  if (requestHeaders['cf-ray'] === undefined) return null
  const country = requestHeaders['cf-ipcountry'] ?? request.cf?.country
  return typeof country === 'string' && COUNTRY.test(country) ? country : null
}

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, MAX_TEXT_CHARACTERS)
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}

function roundOrNull(ms: number | null): number | null {
  return ms === null ? null : round(ms)
}
