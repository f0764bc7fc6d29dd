/** The last room: bodies to their places, the record built, and both handed to the group commit. Never fails a call. */
import type { Summary } from '../../dialects/canonical/summary.ts'
import { within } from '../../lib/within.ts'
import type { Exchange, Ending, Principal } from '../exchange.ts'
import type { Captured } from '../capture.ts'
import { owesSettlement, settle } from '../limits.ts'
import type { Platform } from '../platform.ts'
import { buildRecord } from './build.ts'
import { keepBody, keepBoth } from './keep.ts'
import { commit } from './send.ts'

/** Of the 30 seconds that a request lives behind its client, the rest is for storing. */
const LAST_BYTES_MS = 20_000

/** Resolves when the record is on its way to storage. */
export async function recordExchange(
  exchange: Exchange,
  principal: Principal,
  ending: Ending,
  platform: Platform,
): Promise<void> {
  const { bodies, sink } = platform
  if (exchange.lead !== null) await lastBytes(exchange)
  const { omitRequest, omitResponse } = exchange.headers
  const isOmitted = omitRequest || omitResponse
  const owes = owesSettlement(exchange)
  const request = exchange.requestBody.finish()
  const response = exchange.responseBody.finish()
  try {
    // An omitted body must not leave the gateway, so its usage is read here; all others are read by the consumer.
    const summary =
      isOmitted || owes ? await readSummary(exchange, ending, request, response) : null
    if (owes) platform.background('limits_settle', settle(exchange, summary, platform))
    const [keptRequest, keptResponse] =
      keepBoth(exchange, request, response) ??
      (await Promise.all([
        keepBody(exchange, principal, 'request', request, bodies),
        keepBody(exchange, principal, 'response', response, bodies),
      ]))
    const record = buildRecord(
      exchange,
      principal,
      ending,
      keptRequest.body,
      keptResponse.body,
      isOmitted && summary !== null ? withoutText(summary, exchange) : null,
    )
    await commit(
      {
        id: record.id,
        record: JSON.stringify(record),
        request: keptRequest.inline,
        response: keptResponse.inline,
      },
      sink,
    )
  } finally {
    exchange.requestBody.release()
    exchange.responseBody.release()
  }
}

/**
 * A call that others wait for goes on behind its own client: what it cost is known when its last byte was read. Bounded,
 * because the runtime ends a request some time after its client has gone.
 */
async function lastBytes({ lead }: Exchange): Promise<void> {
  const bytesRead = lead?.bytesRead ?? null
  if (bytesRead === null) return
  await within(LAST_BYTES_MS, bytesRead).catch(() => undefined)
}

async function readSummary(
  exchange: Exchange,
  ending: Ending,
  request: Captured,
  response: Captured,
): Promise<Summary> {
  const [{ summarize }, { decodeBody }] = await Promise.all([
    import('../../dialects/summary.ts'),
    import('../../dialects/body.ts'),
  ])
  const [requestBytes, responseBytes] = await Promise.all([
    decodeBody(request.bytes, exchange.requestHeaders['content-encoding'] ?? null),
    decodeBody(response.bytes, exchange.responseHeaders?.['content-encoding'] ?? null),
  ])
  return summarize({
    dialect: exchange.dialect,
    path: exchange.plan[0]?.target.path ?? exchange.surface.path,
    status: ending.status,
    request: requestBytes,
    requestContentType: exchange.requestHeaders['content-type'] ?? null,
    response: responseBytes,
    responseContentType: exchange.responseHeaders?.['content-type'] ?? null,
  })
}

/** Of an omitted body no text is kept. */
function withoutText(summary: Summary, { headers }: Exchange): Summary {
  return {
    ...summary,
    requestPreview: headers.omitRequest ? null : summary.requestPreview,
    responsePreview: headers.omitResponse ? null : summary.responsePreview,
    errorMessage: headers.omitResponse ? null : summary.errorMessage,
  }
}
