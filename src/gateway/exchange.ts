/**
 * The value that walks through the rooms: frozen facts of the request, and one slot that each room fills.
 * Rooms know each other only through it, so any of them can be tested by building one and looking at one slot.
 */
import type {
  AttemptFact,
  CacheFact,
  LimitFact,
  Outcome,
  Warning,
} from '../contracts/log-record.ts'
import type { Dialect } from '../dialects/canonical/summary.ts'
import type { JsonObject } from '../dialects/canonical/json.ts'
import type { OrgSettings } from '../lib/org-settings.ts'
import type { TimePolicy, TimerName } from './dispatch/time-policy.ts'
import type { CallWatch } from './dispatch/watch.ts'
import type { ErrorCode } from './errors.ts'
import type { LimitVerdict } from './policy/limit-check.ts'
import type { LimitRule } from './policy/limit-rules.ts'
import type { HeliconeHeaders } from './receive/headers.ts'
import type { HeldBytes } from './receive/held-bytes.ts'
import type { Surface } from './receive/surface.ts'
import type { Capture } from './capture.ts'

/** Who is calling. */
export interface Principal {
  orgId: string
  keyId: string
  /** `rw` or `w`; both may call the gateway. */
  permissions: string
  /** The organisation's own rate limit rules. */
  rules: readonly LimitRule[]
  /** What the organisation decided for all of its calls, defaults filled in. */
  settings: OrgSettings
}

/** Where a provider is called. */
export interface Target {
  providerId: string
  /** Where to call: origin, path and query, as a URL writes itself. */
  url: string
  origin: string
  /** Without the query. */
  path: string
  kind: 'network' | 'sandbox'
}

/** One step of a plan, in order. */
export interface PlannedStep {
  target: Target
  /** Position in the caller's fallbacks; null is the request's own target. */
  fallbackIndex: number | null
  /** Headers instead of the request's, still to be filtered as any; null keeps the request's. */
  headers: Headers | null
  /** To merge into a JSON body; null sends the body as it came. */
  override: JsonObject | null
  /** Whether the next step is tried after this status; null is no answer at all. */
  movesOn: (status: number | null) => boolean
}

export interface Exchange {
  readonly request: Request
  readonly url: URL
  readonly surface: Surface
  /** The request's headers: asking the runtime's own for each of them in each room is costly. */
  readonly requestHeaders: HeaderRecord
  readonly headers: HeliconeHeaders
  /** Row id, UUIDv7 of `startedAt`. */
  readonly id: string
  /** What the client knows the request by. */
  readonly requestId: string
  /** Epoch ms of arrival. */
  readonly startedAt: number
  /** `performance.now()` at arrival; every timing is relative to it. */
  readonly startedClock: number
  readonly warnings: Warning[]
  /** How long each part may take. */
  time: TimePolicy

  dialect: Dialect
  /** auth */
  principal: Principal | null
  authMs: number
  /** route */
  plan: PlannedStep[]
  /** dispatch */
  attempts: AttemptFact[]
  /** The timer that ended the call or its last attempt. */
  timer: TimerName | null
  /** Of the attempt that answered, for who reads its answer. */
  watch: CallWatch | null
  /** The step whose answer the client gets. */
  answered: PlannedStep | null
  upstreamStatus: number | null
  upstreamHeadersMs: number | null
  /** Of the answer that is passed on, whoever gave it. */
  answeredStatus: number | null
  responseHeaders: HeaderRecord | null
  /** tap */
  requestBody: Capture
  /** What of it is held for the policies; null when none wants it whole. */
  held: HeldBytes | null
  /** The request's body stopped before its end. */
  isUploadCut: boolean
  responseBody: Capture
  flow: Flow
  /** policy: what the rate limits said. */
  limits: LimitFact[]
  limit: LimitVerdict | null
  limitMs: number | null
  /** cache: where the answer came from; null when the cache was not asked for. */
  cache: CacheFact | null
  /** Slot of a bucket that the answer lay in. */
  cacheSlot: number
  cacheMs: number | null
  /** Set while others may wait for the same provider call. */
  lead: SharedCall | null
  /** Set once, by whoever ends the exchange. */
  ending: Ending | null
}

/** A provider call that other calls may wait for: it does not end with its own client. */
export interface SharedCall {
  /** Fires when nobody waits any more. */
  signal: AbortSignal
  /** Settles when the provider's last byte was read; null while it has not answered. Never rejects. */
  bytesRead: Promise<void> | null
  /** Its bytes are being read, for whoever is still there. */
  isReading: boolean
}

/** Names in lower case; values of one name joined, as the Fetch API joins them. Far cheaper than the runtime's own. */
export type HeaderRecord = Record<string, string>

/** When the bytes of the answer passed, in ms since arrival. */
export interface Flow {
  firstByteMs: number | null
  lastByteMs: number | null
  chunks: number
  maxGapMs: number | null
}

export interface Ending {
  outcome: Outcome
  /** HTTP status that the client saw, or a negative contract status. */
  status: number
  errorCode: ErrorCode | null
  totalMs: number
}

/** ms since the request arrived. */
export function elapsed(exchange: Exchange): number {
  return performance.now() - exchange.startedClock
}

/**
 * Fires when nobody waits for the provider any more. The request's own signal is costly, a fifth of a forwarded call: ask
 * only when it is needed.
 */
export function waiting({ lead, request }: Exchange): AbortSignal {
  return lead?.signal ?? request.signal
}
