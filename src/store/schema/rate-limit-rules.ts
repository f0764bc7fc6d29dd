/** `DB.rate_limit_rules`: limits of a whole organisation, for calls that carry no policy of their own. Times are epoch ms. */
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const rateLimitRules = sqliteTable(
  'rate_limit_rules',
  {
    id: text().primaryKey(),
    orgId: text().notNull(),
    name: text().notNull(),
    /** Requests, cents or tokens per window; may have decimals. */
    quota: real().notNull(),
    windowSeconds: integer().notNull(),
    /** `request`, `cents` or `tokens`. */
    unit: text().notNull(),
    /** `user`, `key`, or the name of a property; null limits the organisation as a whole. */
    segment: text(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [index('rate_limit_rules_by_org').on(table.orgId)],
)
