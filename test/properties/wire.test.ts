/**
 * The identity path changes no byte: whatever method, query, headers, body and chunks a client sends arrive at the provider
 * as they were, and its answer arrives at the client as it was. Only our own and hop-by-hop headers stay behind.
 */
import fc from 'fast-check'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LOCAL_KEY } from '../../src/env.ts'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { keyed } from '../support/calls.ts'
import { rawCall, type RawAnswer } from '../support/raw-call.ts'
import { startUpstream, type Call, type SeenRequest, type Upstream } from '../support/upstream.ts'
import { chunks, createGate, reply, splitAt } from '../support/upstream-scripts.ts'
import {
  exchange,
  noise,
  type Field,
  type WireExchange,
  type WireMessage,
} from './wire-exchanges.ts'

const CHAT = '/oai/v1/chat/completions'

let upstream: Upstream
let gateway: BareGateway
beforeAll(async () => {
  upstream = await startUpstream()
  gateway = await startBareGateway({ upstream: upstream.url })
})
beforeEach(() => upstream.clear())
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

/** What the next hop adds by itself: the connection's framing, the runtime's mark, what we ask of every provider. */
const ADDED_UPSTREAM = ['host', 'connection', 'accept-encoding', 'cf-worker']
const ADDED_DOWNSTREAM = [
  'date',
  'connection',
  'keep-alive',
  'helicone-id',
  'server-timing',
  'helicone-status',
  'helicone-warnings',
  'x-content-type-options',
]

function partsOf({ body, cuts }: WireMessage): Uint8Array[] {
  return splitAt(body, cuts).filter((part) => part.length > 0)
}

async function send(planned: WireExchange, extra: readonly Field[]): Promise<RawAnswer> {
  const { method, target, request: message } = planned
  const own: Field[] = [['helicone-auth', `Bearer ${LOCAL_KEY}`]]
  const length: Field = message.isLengthKnown
    ? ['content-length', String(message.body.length)]
    : ['transfer-encoding', 'chunked']
  const fields = [...message.fields, ...extra, ...own]
  if (message.body.length > 0) fields.push(length)
  const body = message.body.length === 0 ? {} : { body: Readable.from(partsOf(message)) }
  return await rawCall(gateway.url, `/oai${target}`, { method, headers: grouped(fields), ...body })
}

/** The fake provider's side of the exchange. */
async function respond(call: Call, planned: WireMessage, status: number): Promise<void> {
  const { seen, response } = call
  await seen.body
  const length = planned.isLengthKnown ? [['content-length', String(planned.body.length)]] : []
  response.writeHead(status, [...planned.fields, ...length].flat())
  for (const part of partsOf(planned)) {
    response.write(part)
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}

/** Values by lower-cased name, in the one form that a list of values has (RFC 9110 §5.3). */
function grouped(fields: readonly Field[]): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    joined[key] = key in joined ? `${joined[key]}, ${value}` : value
  }
  return joined
}

function expectUpstream(planned: WireExchange, seen: SeenRequest, extra: readonly Field[]): void {
  const { request: message } = planned
  expect(`${seen.method} ${seen.url}`).toBe(`${planned.method} ${planned.target}`)
  const arrived = grouped(seen.rawHeaders)
  const length = framing(message, arrived)
  for (const name of ADDED_UPSTREAM) delete arrived[name]
  expect(arrived).toEqual({ ...grouped(message.fields), ...length })
  expect(seen.header('accept-encoding')).toBe('identity')
  expect(extra.map(([name]) => name).filter((name) => name.toLowerCase() in arrived)).toEqual([])
}

/** A length that was announced stays announced; nothing is invented. */
function framing(message: WireMessage, arrived: Record<string, string>): Record<string, string> {
  if (message.body.length === 0) {
    delete arrived['content-length']
    delete arrived['transfer-encoding']
    return {}
  }
  return message.isLengthKnown
    ? { 'content-length': String(message.body.length) }
    : { 'transfer-encoding': 'chunked' }
}

function expectDownstream(planned: WireExchange, answer: RawAnswer): void {
  const { response } = planned
  expect(answer.status).toBe(planned.status)
  expect(answer.isWhole).toBe(true)
  expect(answer.body.equals(response.body)).toBe(true)
  const arrived = Object.fromEntries(
    Object.entries(answer.headers).map(([name, values]) => [name, values.join(', ')]),
  )
  const length = framing(response, arrived)
  for (const name of ADDED_DOWNSTREAM) delete arrived[name]
  expect(arrived).toEqual({ ...grouped(response.fields), ...length })
}

describe('the identity path', () => {
  it('any exchange arrives byte-equal, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(exchange, noise, async (planned, extra) => {
        upstream.clear()
        upstream.next((call) => respond(call, planned.response, planned.status))
        const answer = await send(planned, extra)
        const seen = await upstream.request(0)
        expectUpstream(planned, seen, extra)
        const { bytes } = await seen.body
        expect(bytes.equals(planned.request.body)).toBe(true)
        expectDownstream(planned, answer)
      }),
      { numRuns: 250 },
    )
  })

  it('every status from 200 to 599 arrives, and the words beside it', async () => {
    upstream.answer(async ({ seen, response }) => {
      const { status } = (await seen.body).json() as { status: number }
      response.writeHead(status, `Status ${status}`).end()
    })
    const statuses = Array.from({ length: 400 }, (_, index) => 200 + index)
    const seen = await Promise.all(statuses.map((status) => statusLine(JSON.stringify({ status }))))
    expect(seen).toEqual(statuses.map((status) => `${status} Status ${status}`))
  })

  it('a compressed answer that nobody asked for stays compressed', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(5_000) })
    upstream.next(reply(body, { gzip: true, headers: { 'content-type': 'application/json' } }))
    const answer = await rawCall(gateway.url, CHAT, {
      headers: keyed({ 'accept-encoding': 'identity' }),
      body: '{}',
    })
    expect(answer.headers['content-encoding']).toEqual(['gzip'])
    expect(answer.body.equals(gzipSync(body))).toBe(true)
  })

  it('no chunk waits for the next one, wherever the cuts are', async () => {
    const text = 'data: {"text":"zwölf € 語"}\n\n'.repeat(3)
    const bytes = Buffer.from(text)
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 8 })
    const type = fc.constantFrom('text/event-stream', 'application/octet-stream')
    await fc.assert(
      fc.asyncProperty(cuts, type, async (at, contentType) => {
        const parts = splitAt(bytes, at)
        const gate = createGate()
        upstream.next(chunks(parts, { gate, headers: { 'content-type': contentType } }))
        const { answer, arrived } = open()
        let expected = 0
        for (const part of parts) {
          gate.release()
          expected += part.length
          // The next chunk is not even written before this one is here.
          await arrived(expected)
        }
        expect((await answer).equals(bytes)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})

/** `200 OK` of the answer to a call. */
function statusLine(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const url = new URL('/oai/v1/status', gateway.url)
    const outgoing = request(url, { method: 'POST', headers: keyed() }, (incoming) => {
      incoming.resume().once('end', () => {
        resolve(`${incoming.statusCode} ${incoming.statusMessage}`)
      })
    })
    outgoing.once('error', reject).end(Buffer.from(body))
  })
}

/** A call whose answer is watched while it comes. */
function open(): { answer: Promise<Buffer>; arrived: (bytes: number) => Promise<void> } {
  let received = Buffer.alloc(0)
  let watcher: { bytes: number; resolve: () => void } | null = null
  const look = (): void => {
    if (watcher && received.length >= watcher.bytes) watcher.resolve()
  }
  const answer = new Promise<Buffer>((resolve, reject) => {
    const url = new URL(CHAT, gateway.url)
    const outgoing = request(url, { method: 'POST', headers: keyed() }, (incoming) => {
      incoming.on('data', (part: Buffer) => {
        received = Buffer.concat([received, part])
        look()
      })
      incoming.once('end', () => resolve(received)).once('error', reject)
    })
    outgoing.once('error', reject).end(Buffer.from('{"stream":true}'))
  })
  const arrived = (bytes: number): Promise<void> =>
    new Promise((resolve) => {
      watcher = { bytes, resolve }
      look()
    })
  return { answer, arrived }
}
