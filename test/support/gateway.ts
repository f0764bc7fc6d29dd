/**
 * Starts the real Worker for system tests, migrated and seeded with the local key. `startGateway`
 * runs it in the harness, with its bindings at hand; there an aborted download does not close the
 * upstream's socket. `startDevGateway` (dev-gateway.ts) is `wrangler dev`, where it does.
 */
import { createTestHarness } from 'wrangler'
import { LOCAL_KEY } from '../../src/env.ts'
import { seedStatements } from '../../scripts/seed.ts'
import { gatewayVars, ROOT, type GatewayOptions } from './gateway-options.ts'
import { hostFetch } from './host-fetch.ts'

export { startDevGateway, type DevGateway } from './dev-gateway.ts'
export type { GatewayOptions } from './gateway-options.ts'
export { LOCAL_KEY }

export interface Gateway {
  /** Origin of the real HTTP port, without trailing slash. */
  readonly url: string
  /** The Worker's bindings, usable from Node. */
  readonly env: Env
  /** Node's own fetch against the port; `path` may be absolute. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** A call whose host the Worker sees as given, such as `http://oai.example.com/v1/models`. */
  fetchHost(url: string, init?: RequestInit): Promise<Response>
  /** Runs the cron trigger once; resolves when the handler and its `waitUntil`s are done. */
  scheduled(): Promise<void>
  /** Every line that the Worker logged since the start or `clearLogs`. */
  logs(): readonly LogLine[]
  clearLogs(): void
  close(): Promise<void>
}

export interface LogLine {
  readonly level: string
  readonly message: string
}

export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  // Otherwise the local runtime asks the internet where it is.
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false'
  const harness = createTestHarness({
    root: ROOT,
    workers: [{ configPath: './wrangler.toml', vars: gatewayVars(options) }],
  })
  try {
    const { url } = await harness.listen()
    const worker = harness.getWorker<Env>()
    await worker.applyD1Migrations('DB')
    await worker.applyD1Migrations('LOGS')
    const env = await worker.getEnv()
    for (const statement of await seedStatements()) await env.DB.prepare(statement).run()
    return {
      url: url.origin,
      env,
      fetch: (path, init) => fetch(new URL(path, url), init),
      fetchHost: (target, init) => hostFetch(url.origin, target, init),
      scheduled: async () => {
        const { outcome } = await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() })
        if (outcome !== 'ok') throw new Error(`the scheduled run ended with '${outcome}'`)
      },
      logs: () => harness.getLogs().map(({ level, message }) => ({ level, message })),
      clearLogs: () => harness.clearLogs(),
      close: () => harness.close(),
    }
  } catch (error) {
    await harness.close()
    throw error
  }
}
