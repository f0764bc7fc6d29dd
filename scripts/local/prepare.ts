/**
 * What a local run needs before the Worker can start: the dashboard's files, the two databases, one organisation.
 * Each step is skipped when nothing that it reads has changed.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { seedStatements } from '../seed.ts'
import { exists, hashOf, unlessStamped } from './stamp.ts'
import { ROOT, run, wranglerQuietly } from './wrangler.ts'

/** Everything local lives here; removing the folder starts afresh. `STATE_DIR` puts it elsewhere. */
export const STATE = path.resolve(ROOT, process.env['STATE_DIR'] || '.wrangler/state')

const DASHBOARD_SOURCES = [
  'dashboard/src',
  'dashboard/public',
  'dashboard/index.html',
  'dashboard/_headers',
  'dashboard/package.json',
  'dashboard/tsconfig.json',
  'dashboard/vite.config.ts',
  'package-lock.json',
  'scripts/local/prepare.ts',
]

/** Builds `dashboard/dist` when it is absent or older than its sources. True when it built. */
export async function buildDashboard(): Promise<boolean> {
  const built = await exists(path.join(ROOT, 'dashboard/dist/index.html'))
  const stamp = path.join(ROOT, '.wrangler/stamps/dashboard')
  if (!built) await rm(stamp, { force: true })
  return await unlessStamped(stamp, await hashOf(ROOT, DASHBOARD_SOURCES), async () => {
    const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js')
    const { code, output } = await run(process.execPath, [vite, 'build'], {
      cwd: path.join(ROOT, 'dashboard'),
      // Whoever calls may have another, such as a test runner: what is built here is what is deployed.
      env: { NODE_ENV: 'production' },
    })
    if (code !== 0) throw new Error(`the dashboard does not build:\n${output.trim()}`)
  })
}

/**
 * Brings both local databases to the newest schema and puts the local organisation with its well-known key into the
 * first. Repeating it changes nothing. True when there was something to do.
 */
export async function prepareDatabases(): Promise<boolean> {
  const stamp = path.join(STATE, 'heliograph-databases')
  if (!(await exists(path.join(STATE, 'v3/d1')))) await rm(stamp, { force: true })
  const hash = await hashOf(ROOT, ['migrations', 'scripts/seed.ts', 'src/env.ts'])
  return await unlessStamped(stamp, hash, async () => {
    const seed = path.join(STATE, 'seed.sql')
    await mkdir(STATE, { recursive: true })
    await writeFile(seed, `${(await seedStatements()).join('\n')}\n`)
    const where = ['--local', '--persist-to', STATE]
    await wranglerQuietly(['d1', 'migrations', 'apply', 'DB', ...where])
    await wranglerQuietly(['d1', 'migrations', 'apply', 'LOGS', ...where])
    await wranglerQuietly(['d1', 'execute', 'DB', ...where, '--yes', '--file', seed])
  })
}
