/**
 * What answers for `caches.default` in raw workerd, which sends it GET to match, PUT with a whole HTTP response to store,
 * and PURGE to delete, as it does to miniflare and to Cloudflare's own cache. In memory; fresh by `max-age` alone.
 */

interface Kept {
  status: number
  headers: Headers
  body: Uint8Array<ArrayBuffer>
  /** Epoch ms. */
  expiresAt: number
}

const kept = new Map<string, Kept>()

export default {
  async fetch(request): Promise<Response> {
    switch (request.method) {
      case 'GET':
        return match(request.url)
      case 'PUT':
        kept.set(request.url, parseResponse(new Uint8Array(await request.arrayBuffer())))
        return new Response(null, { status: 204 })
      case 'PURGE':
        return new Response(null, { status: kept.delete(request.url) ? 200 : 404 })
      default:
        return new Response(null, { status: 405 })
    }
  },
} satisfies ExportedHandler

function match(url: string): Response {
  const found = kept.get(url)
  if (found === undefined || found.expiresAt <= Date.now()) {
    kept.delete(url)
    return new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } })
  }
  return new Response(found.body, { status: found.status, headers: found.headers })
}

/** Status line, headers, an empty line, body. */
function parseResponse(bytes: Uint8Array<ArrayBuffer>): Kept {
  const bodyAt = endOfHead(bytes)
  const [statusLine = '', ...lines] = new TextDecoder()
    .decode(bytes.subarray(0, bodyAt))
    .split('\r\n')
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  headers.set('cf-cache-status', 'HIT')
  const maxAge = /max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1]
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: bytes.slice(bodyAt),
    expiresAt: Date.now() + Number(maxAge ?? 0) * 1_000,
  }
}

function endOfHead(bytes: Uint8Array): number {
  for (let at = 3; at < bytes.length; at += 1) {
    const isEmptyLine = bytes[at] === 10 && bytes[at - 1] === 13 && bytes[at - 2] === 10
    if (isEmptyLine && bytes[at - 3] === 13) return at + 1
  }
  throw new Error('a stored response has no end of its headers')
}
