/**
 * Wrangler as a child process: always the pinned one, always on this Node, never talking to anyone by itself.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '../..')
const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js')

/** Settings for work that needs no account: no telemetry, no network, no log files outside the project. */
const LOCAL_ENVIRONMENT = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_WRITE_LOGS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  // The explorer would show the local data to whoever reaches the port; the trace store would only grow.
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
}

export interface Finished {
  code: number
  /** Standard output and error, as they came. */
  output: string
}

/** Starts Wrangler in its own process group, so that a Ctrl-C reaches it only through us. */
export function startWrangler(args: readonly string[], stdio: 'inherit' | 'pipe'): ChildProcess {
  return spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...LOCAL_ENVIRONMENT },
    stdio: ['ignore', stdio, stdio],
    detached: process.platform !== 'win32',
  })
}

/** Runs a program to its end and keeps what it said. */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** Runs a Wrangler command quietly and throws, with its words, when it fails. */
export async function wranglerQuietly(args: readonly string[]): Promise<string> {
  const { code, output } = await run(process.execPath, [WRANGLER, ...args], {
    env: LOCAL_ENVIRONMENT,
  })
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed:\n${output.trim()}`)
  return output
}

/** Runs a Wrangler command against the account. `ask` lets Wrangler talk to the person at the terminal. */
export async function wranglerOnAccount(
  args: readonly string[],
  options: { ask?: boolean; env?: Record<string, string> } = {},
): Promise<void> {
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', ...options.env },
    stdio: [options.ask ? 'inherit' : 'ignore', 'inherit', 'inherit'],
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`wrangler ${args.slice(0, 3).join(' ')} failed.`)
}

/** Runs SQL on `DB` and answers the rows of its last statement. */
export async function queryMain(where: '--remote' | '--local', sql: string): Promise<unknown[]> {
  const output = await wranglerQuietly([
    'd1',
    'execute',
    'DB',
    where,
    '--yes',
    '--json',
    '--command',
    sql,
  ])
  const start = output.indexOf('[')
  const answers = JSON.parse(output.slice(start)) as { results?: unknown[] }[]
  return answers.at(-1)?.results ?? []
}
