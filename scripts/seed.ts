/**
 * SQL that puts one organisation and the well-known local key into `DB`. Only local runs and tests
 * use it: a deployed Worker refuses that key. Run by itself it prints the statements.
 */
import { createHash } from 'node:crypto'
import { LOCAL_KEY } from '../src/env.ts'

export const LOCAL_ORG_ID = 'org-local'
export const LOCAL_KEY_ID = 'key-local'

/** Statements in order, each complete; running them again changes nothing. */
export async function seedStatements(): Promise<string[]> {
  const now = Date.now()
  const hash = createHash('sha256').update(LOCAL_KEY).digest('hex')
  const hint = `${LOCAL_KEY.slice(0, 13)}…${LOCAL_KEY.slice(-4)}`
  return [
    `INSERT OR IGNORE INTO organizations (id, name, settings, created_at) VALUES ('${LOCAL_ORG_ID}', 'Local', '{}', ${now});`,
    `INSERT OR IGNORE INTO api_keys (id, org_id, name, hash, hint, permissions, created_at) VALUES ('${LOCAL_KEY_ID}', '${LOCAL_ORG_ID}', 'Local', '${hash}', '${hint}', 'rw', ${now});`,
  ]
}

if (import.meta.main) {
  process.stdout.write(`${(await seedStatements()).join('\n')}\n`)
}
