/** A call to a loopback port under another host name, which Node's fetch would overwrite. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Sends `target` (such as `http://oai.example.com/v1/models`) to `origin`, with the target's host. */
export async function hostFetch(
  origin: string,
  target: string,
  init: RequestInit = {},
): Promise<Response> {
  const { host, pathname, search } = new URL(target)
  // A Request works the body and its content type out, whatever kind of body it is.
  const intent = new Request(target, init)
  const bytes = intent.body === null ? null : Buffer.from(await intent.arrayBuffer())
  const outgoing = request(new URL(pathname + search, origin), {
    method: intent.method,
    headers: { ...Object.fromEntries(intent.headers), host },
    signal: intent.signal,
  })
  outgoing.end(bytes)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  const status = incoming.statusCode ?? 0
  const isEmpty = status === 204 || status === 304 || intent.method === 'HEAD'
  const body = isEmpty ? null : (Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>)
  return new Response(body, { status, headers })
}
