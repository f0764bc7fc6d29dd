/** What an exchange said, and what that makes of its end. Pure. */
import type { LogRecord, Outcome } from '../contracts/log-record.ts'
import type { Dialect, Summary } from '../dialects/canonical/summary.ts'
import { summarize } from '../dialects/summary.ts'
import type { ReadBodies } from './read-bodies.ts'

export interface Reading {
  summary: Summary
  outcome: Outcome
}

/** The gateway's own summary when it left a body out, else read from the bodies. Of an omitted body, no text is kept. */
export function summarise(record: LogRecord, bodies: ReadBodies): Reading {
  const summary = record.summary ?? read(record, bodies)
  return {
    outcome: outcomeOf(record, summary),
    summary: {
      ...summary,
      requestPreview: record.request.omitted ? null : summary.requestPreview,
      responsePreview: record.response.omitted ? null : summary.responsePreview,
      errorMessage: record.response.omitted ? null : summary.errorMessage,
    },
  }
}

/** The gateway sees a good status and a whole body; that it carries an error is known only to who reads it. */
function outcomeOf({ outcome }: LogRecord, { errorMessage }: Summary): Outcome {
  return outcome === 'success' && errorMessage !== null ? 'provider_error' : outcome
}

function read(record: LogRecord, { request, response }: ReadBodies): Summary {
  return summarize({
    dialect: record.dialect as Dialect,
    path: record.path,
    // A client that left saw a negative status; what the provider said is still worth reading.
    status: record.upstreamStatus ?? record.status,
    request: request.readable,
    requestContentType: record.request.contentType,
    response: response.readable,
    responseContentType: record.response.contentType,
  })
}
