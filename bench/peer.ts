/**
 * The gateway that is measured beside ours: Portkey's, on Node, as its own start script runs it. Its versions are pinned
 * in peer/package.json, and it is installed at first use. It checks no keys, limits nothing and logs nothing.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './port.ts'
import { endProcess, type Server } from './workerd.ts'

const FOLDER = join(import.meta.dirname, 'peer')
const PROGRAM = join(FOLDER, 'node_modules/@portkey-ai/gateway/build/start-server.js')
const START_LIMIT_MS = 20_000

export const PEER_NAME = '@portkey-ai/gateway 1.15.2 on Node'

/** Installs it when it is missing; throws with npm's words when that fails. */
export async function installPeer(): Promise<void> {
  if (existsSync(PROGRAM)) return
  const child = spawn('npm', ['ci', '--prefix', FOLDER, '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: FOLDER,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`npm ci ended with ${code}: ${output.trim().slice(-300)}`)
}

export async function startPeer(): Promise<Server> {
  const port = await freePort()
  const child = spawn(process.execPath, [PROGRAM, `--port=${port}`, '--headless'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const onExit = (): void => void child.kill('SIGKILL')
  process.once('exit', onExit)
  child.once('exit', () => process.off('exit', onExit))
  const url = `http://127.0.0.1:${port}`
  await untilAnswering(url)
  return { url, pid: child.pid ?? 0, close: () => endProcess(child) }
}

/** It takes the provider, and where that is, from headers. */
export function peerHeaders(upstream: string): Record<string, string> {
  return { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstream}/v1` }
}

async function untilAnswering(url: string): Promise<void> {
  const giveUpAt = performance.now() + START_LIMIT_MS
  while (performance.now() < giveUpAt) {
    const response = await fetch(url).catch(() => null)
    if (response !== null) {
      await response.arrayBuffer()
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the peer did not answer within ${START_LIMIT_MS} ms`)
}
