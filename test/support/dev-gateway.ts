/**
 * `wrangler dev --local` as a child process on a free loopback port: the truest local run, in which
 * a client that goes away closes the upstream's socket. State lives in a directory of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getPlatformProxy, unstable_readConfig } from 'wrangler'
import { seedStatements } from '../../scripts/seed.ts'
import { gatewayVars, ROOT, type GatewayOptions } from './gateway-options.ts'
import { hostFetch } from './host-fetch.ts'

export interface DevGateway {
  /** Origin of the port, without trailing slash. */
  readonly url: string
  /** Where D1, R2, KV and queues are kept; a later start may be given the same. */
  readonly persistTo: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** A call whose host the Worker sees as given, such as `http://oai.example.com/v1/models`. */
  fetchHost(url: string, init?: RequestInit): Promise<Response>
  /** Runs the cron trigger once. */
  scheduled(): Promise<void>
  /** Everything the process wrote, both streams. */
  output(): string
  /** Ends the process group; removes the state unless `persistTo` was given. */
  close(): Promise<void>
}

const READY = /Ready on (http:\/\/[\d.:]+)/
const START_LIMIT_MS = 90_000

/** Migrates, seeds and starts; rejects with the process's output when it does not come up. */
export async function startDevGateway(
  options: GatewayOptions & { readonly persistTo?: string } = {},
): Promise<DevGateway> {
  const persistTo = options.persistTo ?? (await mkdtemp(join(tmpdir(), 'heliograph-dev-')))
  const removeState = (): Promise<void> =>
    options.persistTo === undefined
      ? rm(persistTo, { recursive: true, force: true })
      : Promise.resolve()
  try {
    await prepareState(persistTo)
    const child = spawnWrangler(persistTo, gatewayVars(options))
    const log = collectOutput(child)
    const close = async (): Promise<void> => {
      await endGroup(child)
      await removeState()
    }
    try {
      const url = await untilReady(child, log)
      return {
        url,
        persistTo,
        fetch: (path, init) => fetch(new URL(path, url), init),
        fetchHost: (target, init) => hostFetch(url, target, init),
        scheduled: () => runCron(url),
        output: () => log.text,
        close,
      }
    } catch (error) {
      await endGroup(child)
      throw error
    }
  } catch (error) {
    await removeState()
    throw error
  }
}

/** Applies migrations and seed through the same local D1 files that `wrangler dev` will open. */
async function prepareState(persistTo: string): Promise<void> {
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'
  const configPath = await writeDatabaseConfig(persistTo)
  const persist = { path: join(persistTo, 'v3') }
  const proxy = await getPlatformProxy<Env>({ configPath, persist, remoteBindings: false })
  try {
    await migrate(proxy.env.DB, join(ROOT, 'migrations/main'))
    await migrate(proxy.env.LOGS, join(ROOT, 'migrations/logs'))
    for (const statement of await seedStatements()) await proxy.env.DB.prepare(statement).run()
  } finally {
    await proxy.dispose()
  }
}

/** The databases of wrangler.toml alone: the proxy cannot host the Worker's Durable Objects. */
async function writeDatabaseConfig(persistTo: string): Promise<string> {
  const { d1_databases, compatibility_date } = unstable_readConfig({
    config: join(ROOT, 'wrangler.toml'),
  })
  const configPath = join(persistTo, 'databases.json')
  const config = { name: 'heliograph', compatibility_date, d1_databases }
  await mkdir(persistTo, { recursive: true })
  await writeFile(configPath, JSON.stringify(config))
  return configPath
}

/** As `wrangler d1 migrations apply` does it, its table included, without two more processes. */
async function migrate(database: D1Database, folder: string): Promise<void> {
  await database
    .prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run()
  const { results } = await database
    .prepare('SELECT name FROM d1_migrations')
    .all<{ name: string }>()
  const applied = new Set(results.map((row) => row.name))
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  for (const name of files.filter((each) => !applied.has(each))) {
    const sql = await readFile(join(folder, name), 'utf8')
    const statements = sql.split('--> statement-breakpoint').filter((each) => each.trim() !== '')
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
}

function spawnWrangler(persistTo: string, vars: Record<string, string>): ChildProcess {
  const flags = ['--local', '--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0']
  const state = [
    '--persist-to',
    persistTo,
    '--show-interactive-dev-session=false',
    '--test-scheduled',
  ]
  const bindings = Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
  const child = spawn(process.execPath, [wrangler, 'dev', ...flags, ...state, ...bindings], {
    cwd: ROOT,
    // A group of its own, so that closing reaches workerd and esbuild too.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: '1', NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' },
  })
  // A test process that ends without closing must not leave its group behind.
  const { pid } = child
  const onExit = (): void => {
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
  }
  process.once('exit', onExit)
  child.once('exit', () => process.off('exit', onExit))
  return child
}

interface Output {
  text: string
}

function collectOutput(child: ChildProcess): Output {
  const output: Output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output.text += text
    })
  }
  return output
}

function untilReady(child: ChildProcess, output: Output): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`wrangler dev ${why}:\n${output.text}`))
    const timer = setTimeout(() => fail(`was not ready in ${START_LIMIT_MS} ms`), START_LIMIT_MS)
    const check = (): void => {
      const url = READY.exec(output.text)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve(url)
    }
    child.stdout?.on('data', check)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
  })
}

async function runCron(url: string): Promise<void> {
  const response = await fetch(new URL('/cdn-cgi/local/scheduled?cron=*+*+*+*+*', url))
  const text = await response.text()
  if (!response.ok) throw new Error(`the scheduled run answered ${response.status}: ${text}`)
}

/** SIGTERM to the whole group, SIGKILL to what is left of it after three seconds. */
async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  const ended = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
  signalGroup(pid, 'SIGTERM')
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), 3_000)
  await ended
  clearTimeout(timer)
  signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
