/**
 * A call that reports what really arrived: Node's http client neither follows, nor decodes, nor hides a broken end.
 * Header names are lower-cased; bodies are bytes.
 */
import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: Buffer
  /** False when the connection was cut before the answer was whole. */
  readonly isWhole: boolean
}

export interface RawCall {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  /** A stream is sent chunked unless the headers say its length. */
  readonly body?: string | Uint8Array | Readable
  readonly agent?: Agent
}

const sharedAgent = new Agent({ keepAlive: true, maxSockets: 32 })

/** `target` goes onto the request line as it is; rejects when no answer came at all. */
export function rawCall(origin: string, target: string, call: RawCall = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        path: target,
        method: call.method ?? 'POST',
        headers: call.headers ?? {},
        agent: call.agent ?? sharedAgent,
      },
      (incoming) => resolve(collect(incoming)),
    )
    outgoing.once('error', reject)
    const { body } = call
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      // Never as a string: Node would then write the headers in its encoding too.
      outgoing.end(typeof body === 'string' ? Buffer.from(body) : body)
    } else {
      body.once('error', (error) => outgoing.destroy(error))
      body.pipe(outgoing)
    }
  })
}

async function collect(incoming: IncomingMessage): Promise<RawAnswer> {
  const parts: Buffer[] = []
  let isWhole = true
  try {
    for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part)
  } catch {
    isWhole = false
  }
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headersDistinct as Record<string, readonly string[]>,
    body: Buffer.concat(parts),
    isWhole: isWhole && incoming.complete,
  }
}
