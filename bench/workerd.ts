/**
 * Runs one bundled Worker in raw `workerd serve`, in a process of its own so that its CPU time and memory are its own.
 * Outbound calls may reach loopback addresses: that is where the bench's upstream is.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { bundleWorker, ROOT, SCRATCH, type Settings } from './build.ts'
import { configText, type Services } from './config.ts'

export const WORKERD = join(ROOT, 'node_modules/workerd/bin/workerd')

/** A server under test. */
export interface Server {
  /** Origin, without trailing slash. */
  readonly url: string
  /** Process that does the work. */
  readonly pid: number
  close(): Promise<void>
}

/** Bundles `bench/workers/<name>.worker.ts` and serves it on a free port; `vars` become text bindings. */
export async function startWorker(
  name: string,
  settings: Settings,
  vars: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<Server> {
  const { path } = await bundleWorker(name, settings)
  const config = await writeConfig(name, path, settings, vars)
  return await serve(config, flags)
}

/** The same with Durable Objects (binding → class) and a Cache API; nothing of their state outlives the process. */
export async function startWorkerWithServices(
  name: string,
  settings: Settings,
  vars: Readonly<Record<string, string>>,
  objects: Readonly<Record<string, string>>,
): Promise<Server> {
  const { path } = await bundleWorker(name, settings)
  const cacheApi = await bundleWorker('cache-api', settings)
  const objectsFolder = await mkdtemp(join(SCRATCH, 'objects-'))
  const services = { objects, objectsFolder, cacheApi: basename(cacheApi.path) }
  const server = await serve(await writeConfig(name, path, settings, vars, services))
  return {
    ...server,
    close: async () => {
      await server.close()
      await rm(objectsFolder, { recursive: true, force: true })
    },
  }
}

/** Starts workerd on a configuration file; resolves when it listens. */
export async function serve(config: string, flags: readonly string[] = []): Promise<Server> {
  const child = spawn(WORKERD, ['serve', '--control-fd=3', ...flags, config], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  // Also when the run itself fails: nothing of it may stay behind.
  const onExit = (): void => void child.kill('SIGKILL')
  process.once('exit', onExit)
  child.once('exit', () => process.off('exit', onExit))
  const port = await listening(child)
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, close: () => endProcess(child) }
}

/** Writes the configuration beside the bundle and answers its path. */
export async function writeConfig(
  name: string,
  bundle: string,
  settings: Settings,
  vars: Readonly<Record<string, string>>,
  services: Services | null = null,
): Promise<string> {
  const path = join(SCRATCH, `${name}.capnp`)
  await writeFile(path, configText(basename(bundle), settings, vars, services))
  return path
}

/** workerd writes one JSON line to the control pipe when the socket listens. */
function listening(child: ChildProcess): Promise<number> {
  const control = child.stdio[3] as Readable
  return new Promise((resolve, reject) => {
    let text = ''
    control.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const port = /"event":\s*"listen".*?"port":\s*(\d+)/.exec(text)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)))
  })
}

/** SIGTERM, and SIGKILL when that did not help within three seconds. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await ended
  clearTimeout(timer)
}
