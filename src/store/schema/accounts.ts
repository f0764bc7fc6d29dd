/** `DB`: who may use the deployment. Times are epoch ms; every secret is stored as its SHA-256 in hex. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const organizations = sqliteTable('organizations', {
  id: text().primaryKey(),
  name: text().notNull(),
  /** JSON object of organisation settings. */
  settings: text().notNull().default('{}'),
  createdAt: integer().notNull(),
})

export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text().primaryKey(),
    orgId: text().notNull(),
    name: text().notNull(),
    /** SHA-256 of the whole key. */
    hash: text().notNull().unique(),
    /** First and last characters, for people to recognise the key by. */
    hint: text().notNull(),
    /** `rw` for sk- keys, `w` for pk- keys. */
    permissions: text().notNull(),
    createdAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [index('api_keys_by_org').on(table.orgId)],
)

/** One-time links: created by the set-up, by `npm start`, or by a signed-in person. */
export const signInLinks = sqliteTable('sign_in_links', {
  tokenHash: text().primaryKey(),
  orgId: text().notNull(),
  createdAt: integer().notNull(),
  expiresAt: integer().notNull(),
  usedAt: integer(),
})

/** Dashboard sessions, by the hash of the cookie's token. */
export const sessions = sqliteTable(
  'sessions',
  {
    tokenHash: text().primaryKey(),
    orgId: text().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    lastSeenAt: integer().notNull(),
  },
  (table) => [index('sessions_by_org').on(table.orgId)],
)

/** Deployment-wide values that are made at first use, such as the key that signs body links. */
export const settings = sqliteTable('settings', {
  key: text().primaryKey(),
  value: text().notNull(),
})
