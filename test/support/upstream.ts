/**
 * A fake provider on a loopback port. It records every request as raw bytes and answers by script
 * (upstream-scripts.ts): nothing in it sleeps, a test holds gates and releases them. Times are
 * `performance.now()` ms.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { finished } from 'node:stream/promises'

/** Bytes of one request body that are kept; the rest is counted and hashed. */
const KEPT_BODY_BYTES = 8 * 1_048_576

/** How the exchange's connection ended, as the provider saw it. */
export interface Ending {
  /** True when the caller went away before the answer was complete. */
  readonly early: boolean
  readonly atMs: number
}

/** One request as it arrived. */
export interface SeenRequest {
  readonly method: string
  /** Path and query, as on the request line. */
  readonly url: string
  /** Names and values in wire order, case kept. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[]
  readonly arrivedAtMs: number
  /** Resolves once the whole body arrived; rejects when the caller broke it off. */
  readonly body: Promise<SeenBody>
  /** Resolves when the answer was sent whole, or the caller (or a script) cut the connection. */
  readonly ended: Promise<Ending>
  /** The header's value, or null. */
  header(name: string): string | null
}

export interface SeenBody {
  /** The first 8 MiB. */
  readonly bytes: Buffer
  readonly totalBytes: number
  readonly sha256: string
  text(): string
  json(): unknown
}

/** What a script may use to answer one request. */
export interface Call {
  readonly seen: SeenRequest
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
}

/** Answers one request. A rejection destroys the connection and is rethrown by `close()`. */
export type Script = (call: Call) => void | Promise<void>

export interface Upstream {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly port: number
  /** Every request since the start or the last `clear()`, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** The script for every request that no `next` was given for. */
  answer(script: Script): void
  /** Queues a script for one request; queued ones come before `answer`'s. */
  next(...scripts: Script[]): void
  /** The request with this index (0 is the first), as soon as it arrived. */
  request(index: number): Promise<SeenRequest>
  /** Forgets requests and queued scripts. */
  clear(): void
  close(): Promise<void>
}

/** Starts a fake provider; until told otherwise it answers 200 `{}`. */
export async function startUpstream(script?: Script): Promise<Upstream> {
  const state: State = {
    requests: [],
    queued: [],
    waiting: [],
    fallback: script ?? answerEmpty,
    failures: [],
  }
  const server = createServer((request, response) => receive(state, request, response))
  server.requestTimeout = 0
  server.headersTimeout = 0
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get requests() {
      return state.requests
    },
    answer: (next) => {
      state.fallback = next
    },
    next: (...scripts) => {
      state.queued.push(...scripts)
    },
    request: (index) => arrival(state, index),
    clear: () => {
      state.requests = []
      state.queued = []
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      if (state.failures.length > 0) throw new AggregateError(state.failures, 'a script failed')
    },
  }
}

interface State {
  requests: SeenRequest[]
  queued: Script[]
  waiting: { readonly index: number; readonly resolve: (seen: SeenRequest) => void }[]
  fallback: Script
  failures: unknown[]
}

function answerEmpty({ response }: Call): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}

function arrival(state: State, index: number): Promise<SeenRequest> {
  const seen = state.requests[index]
  if (seen) return Promise.resolve(seen)
  return new Promise((resolve) => state.waiting.push({ index, resolve }))
}

function receive(state: State, request: IncomingMessage, response: ServerResponse): void {
  const seen = record(request, response)
  const index = state.requests.push(seen) - 1
  for (const waiter of state.waiting.filter((each) => each.index === index)) waiter.resolve(seen)
  state.waiting = state.waiting.filter((each) => each.index !== index)
  const script = state.queued.shift() ?? state.fallback
  const run = async (): Promise<void> => script({ seen, request, response, socket: request.socket })
  run().catch((error: unknown) => {
    // Writing to a caller that went away is what some tests are about, not a failure of the script.
    if (!response.destroyed && !request.socket.destroyed) state.failures.push(error)
    request.socket.destroy()
  })
}

function record(request: IncomingMessage, response: ServerResponse): SeenRequest {
  const raw = request.rawHeaders
  const rawHeaders = raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : [],
  )
  const body = collect(request)
  // Most tests never look at the body; an aborted upload must not become an unhandled rejection.
  body.catch(() => undefined)
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    rawHeaders,
    arrivedAtMs: performance.now(),
    body,
    ended: new Promise((resolve) => {
      response.once('close', () => {
        resolve({ early: !response.writableFinished, atMs: performance.now() })
      })
    }),
    header: (name) => {
      const found = rawHeaders.filter(([each]) => each.toLowerCase() === name.toLowerCase())
      return found.length === 0 ? null : found.map(([, value]) => value).join(', ')
    },
  }
}

/** Listens rather than iterates, so that a script may read the same request beside it. */
async function collect(request: IncomingMessage): Promise<SeenBody> {
  const hash = createHash('sha256')
  const kept: Buffer[] = []
  let totalBytes = 0
  let keptBytes = 0
  request.on('data', (chunk: Buffer) => {
    hash.update(chunk)
    totalBytes += chunk.length
    const part = chunk.subarray(0, KEPT_BODY_BYTES - keptBytes)
    if (part.length > 0) kept.push(part)
    keptBytes += part.length
  })
  await finished(request, { writable: false })
  const bytes = Buffer.concat(kept)
  return {
    bytes,
    totalBytes,
    sha256: hash.digest('hex'),
    text: () => bytes.toString('utf8'),
    json: () => JSON.parse(bytes.toString('utf8')) as unknown,
  }
}
