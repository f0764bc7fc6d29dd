/** The local server: `wrangler dev` bound to loopback, with the settings of a laptop. */
import type { ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { STATE } from './prepare.ts'
import { startWrangler } from './wrangler.ts'

export const HOST = '127.0.0.1'

/** Settings that may be given in the environment; what is not given keeps the value of `wrangler.toml` or of `LOCAL`. */
const PASSED_THROUGH = [
  'LOG_TRANSPORT',
  'UPSTREAM_OVERRIDES',
  'ALLOW_PRIVATE_TARGETS',
  'ANONYMOUS_PROXY',
  'SANDBOX_PROVIDER',
  'PUBLIC_URL',
  'LOG_BODY_LIMIT_BYTES',
  'UPSTREAM_TIMEOUT_MS',
  'UPSTREAM_IDLE_TIMEOUT_MS',
]

// The local queue lives in memory, so records go straight to storage.
const LOCAL: Readonly<Record<string, string>> = { ENVIRONMENT: 'local', LOG_TRANSPORT: 'direct' }

export function startServer(port: number, signInToken: string): ChildProcess {
  const settings: Record<string, string> = { ...LOCAL, LOCAL_SIGN_IN_TOKEN: signInToken }
  for (const name of PASSED_THROUGH) {
    const value = process.env[name]
    if (value !== undefined && value !== '') settings[name] = value
  }
  return startWrangler(
    [
      'dev',
      '--local',
      ...['--ip', HOST, '--port', String(port), '--inspector-port', '0'],
      ...['--persist-to', STATE],
      // Without it every request would seem to come to the first route of the configuration.
      '--infer-origin-from-routes=false',
      '--show-interactive-dev-session=false',
      ...['--log-level', 'error'],
      ...Object.entries(settings).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ],
    'inherit',
  )
}

/** Null when the port can be taken, else why not, as one sentence. */
export async function whyNot(port: number): Promise<string | null> {
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const probe = createServer()
    probe.once('error', resolve)
    probe.listen(port, HOST, () => probe.close(() => resolve(null)))
  })
  if (error === null) return null
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} is taken: stop what uses it, or choose another with PORT=${port + 1} npm start.`
  }
  if (error.code === 'EACCES') {
    return `Port ${port} needs more rights than this user has: choose one above 1023, such as PORT=8787 npm start.`
  }
  return `Port ${port} cannot be used: ${error.message}.`
}

/** Resolves once the Worker answers `GET /healthcheck`; rejects when the server ended before. */
export async function answers(port: number, server: ChildProcess): Promise<void> {
  while (isAlive(server)) {
    const response = await fetch(`http://${HOST}:${port}/healthcheck`).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok === true) return
    await setTimeout(50)
  }
  throw new Error('the local server ended before it was ready; its message is above.')
}

/** `wrangler dev` fires no cron by itself; this does, as `wrangler.toml` says: every minute. */
export function tickCron(port: number): void {
  setInterval(() => {
    void fetch(`http://${HOST}:${port}/cdn-cgi/local/scheduled`)
      .then((response) => response.body?.cancel())
      .catch(() => undefined)
  }, 60_000).unref()
}

/** Ends the server and everything that it started. */
export function stopServer(server: ChildProcess): void {
  if (server.pid === undefined || !isAlive(server)) return
  try {
    process.kill(process.platform === 'win32' ? server.pid : -server.pid, 'SIGTERM')
  } catch {
    // It ended by itself between the check and the signal.
  }
}

function isAlive(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null
}
