/**
 * The bench's provider, far faster than any gateway: nginx answers the fixed JSON, a Node process of
 * its own (upstream-streams.ts) latency and streams. Both are children on loopback and end with
 * `close()`. Without nginx, Node answers the JSON too, and `jsonServer` says so.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { COMPLETION_JSON } from './upstream-completion.ts'

/** Base URLs: any path may follow, such as `/v1/chat/completions`. */
export interface BenchUpstream {
  /** 1 KB of chat completion at once. */
  readonly jsonUrl: string
  /** The same after 60 ms. */
  readonly latencyUrl: string
  /** 50 chunks, the first at once, then one every 4 ms. */
  readonly streamUrl: string
  /** 2,000 chunks, each a write of its own, as fast as the reader takes them. */
  readonly longStreamUrl: string
  /** 500 with an error body, at once. */
  readonly errorUrl: string
  /** Which program answers `jsonUrl`; figures by `node` understate every gateway. */
  readonly jsonServer: 'nginx' | 'node'
  close(): Promise<void>
}

const NGINX_PATHS = [
  '/usr/sbin/nginx',
  '/usr/bin/nginx',
  '/usr/local/sbin/nginx',
  '/opt/homebrew/bin/nginx',
]

/** Starts both servers; `port` is nginx's and free when it is not given. */
export async function startUpstream(
  options: { readonly port?: number } = {},
): Promise<BenchUpstream> {
  const streams = await startStreams()
  try {
    const nginx = await startNginx(options.port)
    return {
      jsonUrl: nginx?.url ?? `${streams.url}/json`,
      latencyUrl: `${streams.url}/latency`,
      streamUrl: `${streams.url}/stream-50`,
      longStreamUrl: `${streams.url}/stream-2000`,
      errorUrl: `${streams.url}/error`,
      jsonServer: nginx === null ? 'node' : 'nginx',
      close: async () => {
        await Promise.all([nginx?.close(), streams.close()])
      },
    }
  } catch (error) {
    await streams.close()
    throw error
  }
}

interface Server {
  readonly url: string
  close(): Promise<void>
}

async function startStreams(): Promise<Server> {
  const script = fileURLToPath(new URL('./upstream-streams.ts', import.meta.url))
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  if (child.stdout === null) throw new Error('the stream server has no output')
  const lines = once(createInterface({ input: child.stdout }), 'line')
  const [line] = (await firstOf(child, lines)) as [string]
  return { url: `http://127.0.0.1:${Number(line)}`, close: () => end(child) }
}

async function startNginx(wanted: number | undefined): Promise<Server | null> {
  const program = await findNginx()
  if (program === null) return null
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-nginx-'))
  const port = wanted ?? (await freePort())
  const config = join(folder, 'nginx.conf')
  await writeFile(config, nginxConfig(folder, port))
  const child = spawn(program, ['-p', folder, '-c', config, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const onExit = (): void => void child.kill('SIGTERM')
  process.once('exit', onExit)
  const close = async (): Promise<void> => {
    process.off('exit', onExit)
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await firstOf(child, untilAnswering(url))
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function findNginx(): Promise<string | null> {
  for (const path of NGINX_PATHS) {
    const found = await access(path).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return null
}

function nginxConfig(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  return `
daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_timeout 600s;
  keepalive_requests 100000000;
  client_max_body_size 0;
  ${temporary}
  server {
    listen 127.0.0.1:${port} reuseport backlog=4096;
    location / {
      default_type application/json;
      return 200 '${COMPLETION_JSON}';
    }
  }
}
`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** nginx says nothing when it is ready, so it is asked until it answers. */
async function untilAnswering(url: string): Promise<void> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok === true) {
      await response.arrayBuffer()
      return
    }
    if (performance.now() > deadline) throw new Error(`nothing answers at ${url}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The promise's value, or an error as soon as the child ends without it. */
function firstOf<T>(child: ChildProcess, ready: Promise<T>): Promise<T> {
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`the upstream ended with ${code} before it began`)),
    )
  })
  failed.catch(() => undefined)
  return Promise.race([ready, failed])
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
