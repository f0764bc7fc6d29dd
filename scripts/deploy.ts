/**
 * `npm run deploy`: build, upload, migrate, and offer the set-up of a deployment that has no organisation yet.
 * Wrangler creates the databases, buckets and queues that `wrangler.toml` names. `--dry-run` does what needs no account
 * and says what it would run.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { offerSetup, setupStatement } from './account/links.ts'
import { buildWorker, UPLOAD } from './bundle/worker.ts'
import { buildDashboard } from './local/prepare.ts'
import { wranglerOnAccount, wranglerQuietly } from './local/wrangler.ts'

// The databases do not exist before the first upload, so the migrations come after it; they only ever add.
const MIGRATIONS = ['DB', 'LOGS'].map((name) => ['d1', 'migrations', 'apply', name, '--remote'])

try {
  if (process.argv.includes('--dry-run')) await rehearse()
  else await deploy()
} catch (error) {
  console.error(`Not deployed: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}

async function deploy(): Promise<void> {
  await buildDashboard()
  await buildWorker()
  const origin = await upload()
  for (const args of MIGRATIONS) await wranglerOnAccount(args)
  const token = await offerSetup('--remote')
  console.log(`\nHeliograph is deployed${origin === null ? '' : ` at ${origin}`}.`)
  if (token === null) {
    console.log('It was set up before. A new sign-in link: npm run sign-in-link')
    return
  }
  console.log('\nSet it up now; the link works once and is shown only here:\n')
  console.log(`  ${origin ?? 'https://<your Worker>'}/setup?token=${token}\n`)
}

async function rehearse(): Promise<void> {
  await buildDashboard()
  await buildWorker()
  console.log(await wranglerQuietly([...UPLOAD, '--dry-run']))
  console.log('With an account, these would follow:\n')
  console.log(`  wrangler ${UPLOAD.join(' ')}`)
  for (const args of MIGRATIONS) console.log(`  wrangler ${args.join(' ')}`)
  console.log('  wrangler d1 execute DB --remote --command')
  console.log(`    "${setupStatement('<SHA-256 of a new token>')}"`)
  console.log('\nand the set-up link would be printed. Nothing was sent.')
}

/** Uploads, and answers the address of the Worker when Wrangler names one. */
async function upload(): Promise<string | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'heliograph-deploy-'))
  const report = path.join(folder, 'report.ndjson')
  try {
    await wranglerOnAccount(UPLOAD, { ask: true, env: { WRANGLER_OUTPUT_FILE_PATH: report } })
    return addressIn(await readFile(report, 'utf8').catch(() => ''))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function addressIn(report: string): string | null {
  for (const line of report.split('\n').filter((text) => text !== '')) {
    const entry = JSON.parse(line) as { type?: string; targets?: string[] }
    const target = entry.type === 'deploy' ? entry.targets?.[0] : undefined
    if (target !== undefined) return target.startsWith('http') ? target : `https://${target}`
  }
  return null
}
