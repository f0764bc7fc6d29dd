/**
 * The Worker in workerd with nothing in front of it: its port speaks the gateway's own bytes (the harness and
 * `wrangler dev` recompress answers on the way), a client that leaves is noticed, and outbound calls are direct.
 * Bindings are those of wrangler.toml, in memory, and at hand in Node. The dashboard's files are left out.
 */
import { build } from 'esbuild'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions } from 'wrangler'
import { seedStatements } from '../../scripts/seed.ts'
import { gatewayVars, ROOT, type GatewayOptions } from './gateway-options.ts'
import { hostFetch } from './host-fetch.ts'

export interface BareGateway {
  /** Origin of the Worker's own port, without trailing slash. */
  readonly url: string
  /** The Worker's bindings, usable from Node. */
  readonly env: Env
  /** Node's own fetch against the port; `path` may be absolute. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** A call whose host the Worker sees as given, such as `http://oai.example.com/v1/models`. */
  fetchHost(url: string, init?: RequestInit): Promise<Response>
  /** Runs the cron trigger once; resolves when the handler and its `waitUntil`s are done. */
  scheduled(): Promise<void>
  /** Every line that the Worker logged since the start. */
  logs(): readonly string[]
  close(): Promise<void>
}

export interface BareOptions extends GatewayOptions {
  /** Module of the Worker, relative to the root; `src/index.ts` unless given. */
  readonly entry?: string
  /** Consumer settings over those of wrangler.toml, by queue. */
  readonly queues?: Readonly<Record<string, Partial<QueueSettings>>>
}

export interface QueueSettings {
  maxBatchSize: number
  maxBatchTimeout: number
  maxRetries: number
  /** Seconds before a batch comes again whose consumer failed. */
  retryDelay: number
}

const WORKER = 'heliograph'

/** wrangler's type leaves these open. */
interface ConfiguredBindings {
  readonly bindings: Record<string, string>
  readonly queueConsumers: Record<string, QueueSettings>
}

export async function startBareGateway(options: BareOptions = {}): Promise<BareGateway> {
  const lines: string[] = []
  const script = await bundle(options.entry ?? 'src/index.ts')
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, 'wrangler.toml'))
  const { assets: _, modulesRules: __, rootPath: ___, ...configured } = workerOptions
  const { bindings, queueConsumers } = workerOptions as unknown as ConfiguredBindings
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      // Otherwise the runtime asks the internet where it is.
      cf: false,
      handleStructuredLogs: ({ message }: { message: string }) => lines.push(message),
      workers: [
        {
          ...configured,
          name: WORKER,
          modules: [{ type: 'ESModule', path: 'worker.mjs', contents: script }],
          bindings: { ...bindings, ...gatewayVars(options) },
          queueConsumers: withOverrides(queueConsumers, options.queues ?? {}),
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
        },
      ],
    }),
  )
  try {
    const url = (await miniflare.unsafeGetDirectURL(WORKER)).origin
    const env = await miniflare.getBindings<Env>(WORKER)
    await migrate(env.DB, join(ROOT, 'migrations/main'))
    await migrate(env.LOGS, join(ROOT, 'migrations/logs'))
    for (const statement of await seedStatements()) await env.DB.prepare(statement).run()
    return {
      url,
      env,
      fetch: (path, init) => fetch(new URL(path, url), init),
      fetchHost: (target, init) => hostFetch(url, target, init),
      scheduled: async () => {
        const worker = await miniflare.getWorker(WORKER)
        const { outcome } = await worker.scheduled({ cron: '* * * * *' })
        if (outcome !== 'ok') throw new Error(`the scheduled run ended with '${outcome}'`)
      },
      logs: () => lines,
      close: () => miniflare.dispose(),
    }
  } catch (error) {
    await miniflare.dispose()
    throw error
  }
}

function withOverrides(
  configured: ConfiguredBindings['queueConsumers'],
  overrides: Readonly<Record<string, Partial<QueueSettings>>>,
): ConfiguredBindings['queueConsumers'] {
  return Object.fromEntries(
    Object.entries(configured).map(([queue, settings]) => [
      queue,
      { ...settings, ...overrides[queue] },
    ]),
  )
}

/** One module, as `wrangler deploy` makes it: `import()` stays late. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.txt': 'text', '.html': 'text', '.sql': 'text' },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  const [output] = outputFiles
  if (!output) throw new Error(`${entry} was bundled to nothing`)
  return output.text
}

async function migrate(database: D1Database, folder: string): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  for (const name of files) {
    const sql = await readFile(join(folder, name), 'utf8')
    const statements = sql.split('--> statement-breakpoint').filter((each) => each.trim() !== '')
    await database.batch(statements.map((statement) => database.prepare(statement)))
  }
}
