/**
 * A call on a socket of its own, whose client can go away at any moment: the connection is reset, which the open runtime
 * notices without writing.
 */
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'

export interface LeavingCall {
  answer: Promise<IncomingMessage>
  leave: () => void
}

export function startLeaving(
  url: URL,
  headers: OutgoingHttpHeaders,
  body: string | Uint8Array,
): LeavingCall {
  const call = request(url, { method: 'POST', headers })
  const answer = new Promise<IncomingMessage>((resolve) =>
    call.once('response', (response) => resolve(response.on('error', () => undefined))),
  )
  call.on('error', () => undefined)
  call.end(typeof body === 'string' ? Buffer.from(body) : body)
  return { answer, leave: () => call.socket?.resetAndDestroy() }
}
