/**
 * The Node half of the bench's upstream, a program of its own: fixed latency and streams by path
 * prefix. Writes its port as one line to stdout. Bytes are made once, before it listens.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { COMPLETION_JSON, completionEvents } from './upstream-completion.ts'

const LATENCY_MS = 60
const CHUNK_GAP_MS = 4

const completion = Buffer.from(COMPLETION_JSON)
const failure = Buffer.from(
  '{"error":{"message":"The server had an error.","type":"server_error","param":null,"code":null}}',
)
const shortStream = completionEvents(50).map((event) => Buffer.from(event))
const longStream = completionEvents(2_000).map((event) => Buffer.from(event))

function sendJson(response: ServerResponse, status: number, body: Buffer): void {
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
  response.writeHead(status, headers).end(body)
}

/** One write for each chunk; `gapMs` null yields to the event loop instead of waiting. */
async function sendEvents(
  response: ServerResponse,
  events: readonly Buffer[],
  gapMs: number | null,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const [index, event] of events.entries()) {
    if (index > 0) {
      await new Promise((resolve) => {
        if (gapMs === null) setImmediate(resolve)
        else setTimeout(resolve, gapMs)
      })
    }
    if (response.destroyed) return
    if (!response.write(event)) {
      await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
  }
  response.end()
}

const server = createServer((request, response) => {
  request.resume()
  const kind = /^\/([\w-]+)/.exec(request.url ?? '')?.[1]
  if (kind === 'latency') setTimeout(() => sendJson(response, 200, completion), LATENCY_MS)
  else if (kind === 'stream-50') void sendEvents(response, shortStream, CHUNK_GAP_MS)
  else if (kind === 'stream-2000') void sendEvents(response, longStream, null)
  else if (kind === 'error') sendJson(response, 500, failure)
  else sendJson(response, 200, completion)
})
server.keepAliveTimeout = 600_000
server.requestTimeout = 0
server.listen(0, '127.0.0.1', 4_096, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
// Without its parent nobody would end it.
process.once('disconnect', () => process.exit(0))
