/**
 * The ingest: packs of records on their way from the gateway to R2 and D1. Its three front doors are the queue, the
 * `direct` transport and the sweep of spilled packs; behind them there is one way in, and it is idempotent.
 */
export { ingestBatch, ingestPacks } from './consume.ts'
