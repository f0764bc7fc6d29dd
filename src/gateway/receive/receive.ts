/** The first room: a request becomes an exchange. Pure, and it never fails. */
import type { Config } from '../../env.ts'
import type { Warning } from '../../contracts/log-record.ts'
import { detectDialect } from '../../dialects/detect.ts'
import { uuidv7At } from '../../lib/ids.ts'
import type { Exchange, HeaderRecord } from '../exchange.ts'
import { Capture } from '../capture.ts'
import { parseHeaders } from './headers.ts'
import type { Surface } from './surface.ts'

export function receive(request: Request, url: URL, surface: Surface, config: Config): Exchange {
  const startedAt = Date.now()
  const startedClock = performance.now()
  const warnings: Warning[] = []
  const requestHeaders: HeaderRecord = {}
  // An iterator would be one more object for the runtime to finalise.
  request.headers.forEach((value, name) => {
    requestHeaders[name] = value
  })
  const headers = parseHeaders(requestHeaders, warnings)
  const id = uuidv7At(startedAt)
  return {
    request,
    url,
    surface,
    requestHeaders,
    headers,
    id,
    requestId: headers.requestId ?? id,
    startedAt,
    startedClock,
    warnings,
    dialect: detectDialect(surface.provider?.id ?? 'unknown', request.method, surface.path),
    principal: null,
    authMs: 0,
    time: {
      headersMs: config.upstreamTimeoutMs,
      firstTokenMs: null,
      idleMs: config.idleTimeoutMs,
      totalMs: null,
    },
    plan: [],
    attempts: [],
    timer: null,
    watch: null,
    answered: null,
    upstreamStatus: null,
    upstreamHeadersMs: null,
    responseHeaders: null,
    requestBody: new Capture(config.bodyLimitBytes),
    held: null,
    isUploadCut: false,
    responseBody: new Capture(config.bodyLimitBytes),
    flow: { firstByteMs: null, lastByteMs: null, chunks: 0, maxGapMs: null },
    limits: [],
    limit: null,
    limitMs: null,
    cache: null,
    cacheSlot: 0,
    cacheMs: null,
    lead: null,
    answeredStatus: null,
    ending: null,
  }
}
