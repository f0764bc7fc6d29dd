/**
 * The sandbox provider on a loopback port of its own: the same provider for a client that calls it directly and for the
 * gateway, so that both must get the same answer.
 */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { answerSandbox } from '../../src/providers/sandbox/index.ts'

export interface SandboxServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Requests so far, how many of their callers went away before the answer was whole, the last one's headers. */
  readonly seen: { total: number; left: number; headers: IncomingHttpHeaders }
  close(): Promise<void>
}

export async function startSandboxServer(): Promise<SandboxServer> {
  const seen: SandboxServer['seen'] = { total: 0, left: 0, headers: {} }
  const server = createServer((request, response) => {
    seen.total += 1
    seen.headers = request.headers
    response.once('close', () => {
      if (!response.writableFinished) seen.left += 1
    })
    // A broken answer is what some models are for: the socket ends as the answer does.
    answer(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const url = new URL(incoming.url ?? '/', 'http://sandbox.test')
  const left = new AbortController()
  outgoing.once('close', () => left.abort())
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
  const request = new Request(url, {
    method: incoming.method ?? 'GET',
    headers,
    body: hasBody ? (Readable.toWeb(incoming) as unknown as BodyInit) : null,
    duplex: 'half',
    signal: left.signal,
  } as RequestInit)
  const response = await answerSandbox(request, url.pathname)
  outgoing.writeHead(response.status, [...response.headers].flat())
  if (response.body === null) outgoing.end()
  else await pipeline(Readable.fromWeb(response.body as never), outgoing)
}
