/**
 * `npm start`: the whole of Heliograph on this machine. No account, no internet; bound to loopback.
 * Settings of `wrangler.toml` that are set in the environment are passed on, and `PORT` chooses the port.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { styleText } from 'node:util'
import { banner } from './local/banner.ts'
import { buildDashboard, prepareDatabases, STATE } from './local/prepare.ts'
import { answers, startServer, stopServer, tickCron, whyNot } from './local/server.ts'

const startedAt = performance.now()

try {
  await start(readPort(process.env['PORT']))
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  console.error(styleText('red', `Heliograph did not start: ${message}`))
  process.exit(1)
}

async function start(port: number): Promise<void> {
  const reason = await whyNot(port)
  if (reason !== null) throw new Error(reason)
  if (await buildDashboard()) say('The dashboard is built.')
  if (await prepareDatabases()) say('The local databases are ready.')

  const signInToken = randomBytes(24).toString('base64url')
  const server = startServer(port, signInToken)
  const ended = once(server, 'exit')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stopServer(server))
  }
  process.on('exit', () => stopServer(server))

  await answers(port, server)
  const state = path.relative(process.cwd(), STATE)
  const readyInMs = performance.now() - startedAt
  console.log(banner(`http://localhost:${port}`, signInToken, state, readyInMs))
  tickCron(port)
  await ended
  process.exit(0)
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return 8787
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new Error(`PORT must be a number from 1 to 65535, got "${text}".`)
}

function say(text: string): void {
  console.log(styleText('dim', `  ${text}`))
}
