/**
 * `npm start` as a newcomer runs it: it prints a banner and serves, says in one sentence why it cannot, ends when asked,
 * and finds its data again.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LOCAL_KEY } from '../../src/env.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const START = ['--require', './scripts/require-node.cjs', 'scripts/start.ts']

interface Running {
  child: ChildProcess
  output: () => string
  /** Exit code. */
  ended: Promise<number | null>
}

let state = ''
let port = 0
const children: ChildProcess[] = []

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'heliograph-start-'))
  port = await freePort()
})

afterAll(async () => {
  for (const child of children) child.kill('SIGTERM')
  await rm(state, { recursive: true, force: true })
})

test('serves, keeps its data over a restart, and the second start is quick', async () => {
  const first = start(port)
  const link = await bannerOf(first)
  expect(link).toMatch(new RegExp(`^http://localhost:${port}/sign-in\\?token=[\\w-]{32}$`))
  expect(first.output()).toContain(LOCAL_KEY)

  const answer = await fetch(`http://127.0.0.1:${port}/sandbox/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer sk-sandbox',
      'helicone-auth': `Bearer ${LOCAL_KEY}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model: 'sandbox-mini', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  expect(answer.status).toBe(200)
  const id = answer.headers.get('helicone-id')
  await answer.text()
  await expect.poll(() => readRow(id), { timeout: 10_000 }).toBe(200)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)
  await expect(fetch(`http://127.0.0.1:${port}/healthcheck`)).rejects.toThrow()

  const startedAt = performance.now()
  const second = start(port)
  const newLink = await bannerOf(second)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(newLink).not.toBe(link)
  expect(await readRow(id)).toBe(200)
  second.child.kill('SIGINT')
  expect(await second.ended).toBe(0)
})

test('a taken port is said in one sentence', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const taken = portOf(holder.address())
  const { ended, output } = start(taken)
  expect(await ended).toBe(1)
  expect(output().trim().split('\n')).toHaveLength(1)
  expect(output()).toContain(`Port ${taken} is taken`)
  holder.close()
})

test('a PORT that is none is said in one sentence', async () => {
  const { ended, output } = start('eighty')
  expect(await ended).toBe(1)
  expect(output()).toContain('PORT must be a number from 1 to 65535, got "eighty".')
})

function start(onPort: number | string): Running {
  const child = spawn(process.execPath, START, {
    cwd: ROOT,
    env: { ...process.env, PORT: String(onPort), STATE_DIR: state, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve)
  })
  return { child, output: () => text, ended }
}

/** The sign-in link, once the banner is complete. */
async function bannerOf({ output, child }: Running): Promise<string> {
  await expect
    .poll(() => output().includes('Ctrl-C stops') || child.exitCode !== null, { timeout: 50_000 })
    .toBe(true)
  const link = /http:\S+\/sign-in\?token=\S+/.exec(output())?.[0]
  if (link === undefined) throw new Error(`no banner:\n${output()}`)
  return link
}

/** Status of the row, or null while there is none. */
async function readRow(id: string | null): Promise<number | null> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/request/${id}`, {
    headers: { authorization: `Bearer ${LOCAL_KEY}` },
  })
  const { data } = await answer.json<{ data: { response_status: number } | null }>()
  return data?.response_status ?? null
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const found = portOf(probe.address())
  probe.close()
  await once(probe, 'close')
  return found
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
