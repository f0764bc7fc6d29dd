/** A provider whose streams never end by themselves: for measuring what open streams hold. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const GROWTH_PERIOD_MS = 1_000

export interface SlowProvider {
  url: string
  lastBodyBytes(): number
  endAll(): void
  close(): Promise<void>
}

/** Takes the body, answers at once, and then a chunk of 1 KB each second for as long as anyone listens. */
export async function startSlowProvider(): Promise<SlowProvider> {
  const open = new Set<ServerResponse>()
  const chunk = `data: {"choices":[{"delta":{"content":"${'c'.repeat(960)}"}}]}\n\n`
  let lastBodyBytes = 0
  const server = createServer((call, response) => {
    let bytes = 0
    call.on('data', (part: Buffer) => {
      bytes += part.length
    })
    call.once('end', () => {
      lastBodyBytes = bytes
      if (call.headers['x-bench'] === 'once') {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk)
      open.add(response)
      response.once('close', () => open.delete(response))
    })
  })
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const timer = setInterval(() => {
    for (const response of open) response.write(chunk)
  }, GROWTH_PERIOD_MS)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lastBodyBytes: () => lastBodyBytes,
    endAll: () => {
      for (const response of open) response.destroy()
    },
    close: async () => {
      clearInterval(timer)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
