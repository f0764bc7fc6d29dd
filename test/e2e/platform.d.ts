/**
 * Browser tests know the browser's types instead of the Worker's. This is what they and the test support name of the
 * latter.
 */
import type * as workers from '@cloudflare/workers-types'

declare global {
  type D1Database = workers.D1Database
  type D1PreparedStatement = workers.D1PreparedStatement

  interface Env {
    readonly DB: D1Database
    readonly LOGS: D1Database
  }
}
