/**
 * Big bodies are never held: when one side stops reading, the other soon cannot write any more, and the gateway has not
 * grown by what it was sent. Afterwards every byte arrives.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { keyed } from '../support/calls.ts'
import { runtimeMemory } from '../support/runtime-memory.ts'
import { rowOf } from '../support/stored-rows.ts'

const MB = 1_048_576
/** What sockets and streams on the way may hold: the body is many times as big. */
const HELD_BYTES = 24 * MB
const GROWTH_BYTES = 64 * MB

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

let gateway: BareGateway
let answer: Handler
const server = createServer((incoming, outgoing) => {
  answer(incoming, outgoing).catch(() => outgoing.destroy())
})
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  gateway = await startBareGateway({ upstream: `http://127.0.0.1:${port}` })
})
afterAll(async () => {
  await gateway.close()
  server.closeAllConnections()
  server.close()
})

const piece = Buffer.alloc(MB, 'abcdefghijklmnopqrstuvwxyz')

function hashOf(megabytes: number): string {
  const hash = createHash('sha256')
  for (let index = 0; index < megabytes; index += 1) hash.update(piece)
  return hash.digest('hex')
}

/** Writes as much as is taken, and ends. */
async function pour(into: Writable, megabytes: number): Promise<void> {
  for (let index = 0; index < megabytes; index += 1) {
    if (!into.write(piece)) await once(into, 'drain')
  }
  into.end()
}

async function drink(from: AsyncIterable<Buffer>): Promise<[bytes: number, sha256: string]> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const part of from) {
    hash.update(part)
    bytes += part.length
  }
  return [bytes, hash.digest('hex')]
}

/** Resolves to the count as soon as it has stopped growing. */
async function standstill(count: () => number): Promise<number> {
  let last = -1
  await expect
    .poll(
      () => {
        const isStill = count() === last && last > 0
        last = count()
        return isStill
      },
      { timeout: 20_000, interval: 250 },
    )
    .toBe(true)
  return last
}

it('100 MB up: a provider that does not read stops the client', async () => {
  const gate = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<[number, string]>()
  answer = async (incoming, outgoing) => {
    await gate.promise
    arrived.resolve(await drink(incoming))
    outgoing.end('{}')
  }
  const before = await runtimeMemory()
  const headers = keyed({ 'content-length': String(100 * MB) })
  const outgoing = request(new URL('/oai/v1/files', gateway.url), { method: 'POST', headers })
  const answered = once(outgoing, 'response')
  const poured = pour(outgoing, 100)
  const sent = await standstill(() => outgoing.socket?.bytesWritten ?? 0)
  expect(sent).toBeLessThan(HELD_BYTES)
  expect((await runtimeMemory()) - before).toBeLessThan(GROWTH_BYTES)

  gate.resolve()
  await poured
  expect(await arrived.promise).toEqual([100 * MB, hashOf(100)])
  const [incoming] = (await answered) as [IncomingMessage]
  incoming.resume()
  const row = await rowOf(gateway.env, String(incoming.headers['helicone-id']))
  expect(row).toMatchObject({ outcome: 'success', request_bytes: 100 * MB })
  expect(row['request_body_state']).toBe('truncated')
})

it('48 MB down: a client that does not read stops the provider', async () => {
  let written = (): number => 0
  answer = async (incoming, outgoing) => {
    incoming.resume()
    const { socket } = incoming
    const from = socket.bytesWritten
    written = () => socket.bytesWritten - from
    outgoing.writeHead(200, { 'content-type': 'application/octet-stream' })
    await pour(outgoing, 48)
  }
  const before = await runtimeMemory()
  const outgoing = request(new URL('/oai/v1/files', gateway.url), {
    method: 'POST',
    headers: keyed(),
  })
  outgoing.end()
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  expect(await standstill(() => written())).toBeLessThan(HELD_BYTES)
  expect((await runtimeMemory()) - before).toBeLessThan(GROWTH_BYTES)
  expect(await drink(incoming)).toEqual([48 * MB, hashOf(48)])
  const row = await rowOf(gateway.env, String(incoming.headers['helicone-id']))
  expect(row).toMatchObject({ outcome: 'success', response_bytes: 48 * MB })
})
