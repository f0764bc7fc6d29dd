/**
 * `LOGS.requests`: one row per accepted request, the index over the packs in R2. At most about 1 KB a row.
 * `id` is a UUIDv7, so the primary key is also the time index. The table is WITHOUT ROWID (written by hand into the
 * migration, drizzle cannot say it): a row costs one billed write instead of two.
 */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const requests = sqliteTable(
  'requests',
  {
    orgId: text().notNull(),
    id: text().notNull(),
    /** The client's own `Helicone-Request-Id`; null when it is `id`. */
    requestId: text(),
    /** Epoch ms of arrival; equals the time in `id`. */
    createdAt: integer().notNull(),
    keyId: text(),
    provider: text().notNull(),
    dialect: text().notNull(),
    method: text().notNull(),
    path: text().notNull(),
    targetUrl: text().notNull(),
    /** Override, else answered, else asked: what the row is filed under. */
    model: text(),
    modelAsked: text(),
    modelAnswered: text(),
    status: integer().notNull(),
    outcome: text().notNull(),
    errorCode: text(),
    errorMessage: text(),
    userId: text(),
    sessionId: text(),
    sessionPath: text(),
    sessionName: text(),
    requestName: text(),
    promptId: text(),
    promptVersion: text(),
    /** JSON object, string to string. */
    properties: text().notNull().default('{}'),
    isStream: integer().notNull(),
    stopReason: text(),
    latencyMs: integer().notNull(),
    ttftMs: integer(),
    inputTokens: integer(),
    outputTokens: integer(),
    cacheReadTokens: integer(),
    cacheWrite5mTokens: integer(),
    cacheWrite1hTokens: integer(),
    reasoningTokens: integer(),
    inputAudioTokens: integer(),
    outputAudioTokens: integer(),
    inputImageTokens: integer(),
    outputImageTokens: integer(),
    toolCalls: integer().notNull().default(0),
    /** Nano-dollars; null means unpriced, never free. */
    costNano: integer(),
    /** JSON `CostFact`: where the price came from and what each token class cost. */
    cost: text(),
    requestBytes: integer().notNull(),
    responseBytes: integer().notNull(),
    requestPreview: text(),
    responsePreview: text(),
    country: text(),
    /** JSON array of warnings, null when there are none. */
    warnings: text(),
    /** JSON: timing, attempts, limits and the timer that fired. */
    detail: text().notNull(),
    cacheReferenceId: text(),
    /** `hit`, `miss`, `coalesced`, `stale`, `bypass`; null when the cache was not asked for. */
    cacheStatus: text(),
    /** Name of the cached answer; null when the cache was not asked for, or none could be made. */
    cacheKey: text(),
    /** What a cached answer saved: ms of waiting, and nano-dollars (null: unpriced). */
    savedMs: integer(),
    savedNano: integer(),
    /** Provider calls; 0 when no provider was asked. The default is that of rows from before the column. */
    attempts: integer().notNull().default(1),
    fallbackIndex: integer(),
    /** `stored`, `omitted`, `truncated`, `empty` or `missing`. */
    requestBodyState: text().notNull(),
    responseBodyState: text().notNull(),
    packKey: text(),
    packOffset: integer(),
    recordLength: integer(),
    requestLength: integer(),
    responseLength: integer(),
    /** R2 object of a body that was too big for the pack, else null. */
    requestObject: text(),
    responseObject: text(),
  },
  (table) => [
    primaryKey({ columns: [table.orgId, table.id] }),
    index('requests_by_request_id')
      .on(table.orgId, table.requestId)
      .where(sql`${table.requestId} is not null`),
    // All that the cache overview reads, so that it never opens a row. Calls without the cache pay nothing for it.
    index('requests_by_cache')
      .on(
        table.orgId,
        table.createdAt,
        table.cacheStatus,
        table.cacheKey,
        table.savedMs,
        table.savedNano,
      )
      .where(sql`${table.cacheStatus} is not null`),
  ],
)

/** `LOGS.scores`: feedback and scores of a request; one value per name, the last one wins. WITHOUT ROWID too. */
export const scores = sqliteTable(
  'scores',
  {
    orgId: text().notNull(),
    /** `requests.id`. */
    id: text().notNull(),
    name: text().notNull(),
    value: real().notNull(),
    /** `number` or `boolean`. */
    kind: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.orgId, table.id, table.name] })],
)
