/** A slow provider that counts the calls which reach it: for measuring what a cache keeps away from one. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { COMPLETION_JSON, completionEvents } from './upstream-completion.ts'

export const PROVIDER_DELAY_MS = 300
const CHUNKS = 50
const CHUNK_GAP_MS = 4

const EVENTS = completionEvents(CHUNKS)
/** Its answers in full. */
export const WHOLE_ANSWER = COMPLETION_JSON
export const STREAMED_ANSWER = EVENTS.join('')

export interface CountingProvider {
  url: string
  calls(): number
  close(): Promise<void>
}

/** Answers after 300 ms: whole, or in 50 chunks when the request asks to stream. */
export async function startCountingProvider(): Promise<CountingProvider> {
  let calls = 0
  const server = createServer((call, response) => {
    calls += 1
    let body = ''
    call.setEncoding('utf8').on('data', (part: string) => {
      body += part
    })
    call.once('end', () => {
      const isStream = /"stream":\s*true/.test(body)
      setTimeout(
        () => void (isStream ? sendEvents(response) : sendWhole(response)),
        PROVIDER_DELAY_MS,
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function sendWhole(response: ServerResponse): void {
  const length = { 'content-length': String(Buffer.byteLength(WHOLE_ANSWER)) }
  response.writeHead(200, { 'content-type': 'application/json', ...length }).end(WHOLE_ANSWER)
}

async function sendEvents(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const event of EVENTS) {
    if (response.destroyed) return
    response.write(event)
    await new Promise((resolve) => setTimeout(resolve, CHUNK_GAP_MS))
  }
  response.end()
}
