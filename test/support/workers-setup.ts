import { applyD1Migrations } from 'cloudflare:test'
import type { D1Migration } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

const bindings = env as unknown as Env & {
  MAIN_MIGRATIONS: D1Migration[]
  LOGS_MIGRATIONS: D1Migration[]
}

await applyD1Migrations(bindings.DB, bindings.MAIN_MIGRATIONS)
await applyD1Migrations(bindings.LOGS, bindings.LOGS_MIGRATIONS)
