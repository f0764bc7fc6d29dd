/** Many calls at the same moment: every connection is open before the first call is sent. */
import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import { CHAT_PATH } from './request.ts'

export interface Call {
  headers: Readonly<Record<string, string>>
  body: string
}

export interface Answer {
  /** 0: the connection broke. */
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** From the sending to the last byte. */
  tookMs: number
}

export interface Burst {
  /** The same call on every connection at once. */
  send(call: Call): Promise<Answer[]>
  close(): void
}

/** Opens `count` connections to a gateway of the bench. */
export async function openBurst(url: string, count: number): Promise<Burst> {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: count })
  // Sent in one go, so that none waits for another's connection.
  const opening = Array.from({ length: count }, () =>
    exchange(url, '/__counts', 'GET', agent, { headers: {}, body: '' }),
  )
  await Promise.all(opening)
  return {
    send: (call) => {
      const calls = Array.from({ length: count }, () =>
        exchange(url, CHAT_PATH, 'POST', agent, call),
      )
      return Promise.all(calls)
    },
    close: () => agent.destroy(),
  }
}

/** One call; what breaks is an answer too. */
export async function callOnce(url: string, call: Call): Promise<Answer> {
  const agent = new Agent()
  try {
    return await exchange(url, CHAT_PATH, 'POST', agent, call)
  } finally {
    agent.destroy()
  }
}

function exchange(
  url: string,
  path: string,
  method: 'GET' | 'POST',
  agent: Agent,
  { headers, body }: Call,
): Promise<Answer> {
  return new Promise((resolve) => {
    const sentAt = performance.now()
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const call = request(url + path, { method, agent, headers: { ...headers, ...length } })
    const end = (status: number, answered: IncomingHttpHeaders, text: string): void =>
      resolve({ status, headers: answered, body: text, tookMs: performance.now() - sentAt })
    call.once('error', () => end(0, {}, ''))
    call.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.once('error', () => end(0, response.headers, text))
      response.once('end', () => end(response.statusCode ?? 0, response.headers, text))
    })
    call.end(body)
  })
}
