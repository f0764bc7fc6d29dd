/** Bodies at the edges of every buffer and far beyond them arrive whole, and are counted. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { keyed } from '../support/calls.ts'
import { rawCall } from '../support/raw-call.ts'
import { rowOf } from '../support/stored-rows.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { echo } from '../support/upstream-scripts.ts'

const KB = 1_024
const MB = 1_024 * KB

let upstream: Upstream
let gateway: BareGateway
beforeAll(async () => {
  upstream = await startUpstream(echo())
  gateway = await startBareGateway({ upstream: upstream.url })
})
beforeEach(() => upstream.clear())
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

/** Bytes that never repeat within a body, so that a lost or swapped piece shows. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) >>> 0, at)
  return bytes
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const SIZES = [0, 1, 64 * KB - 1, 64 * KB, 64 * KB + 1, MB - 1, MB, MB + 1, 20 * MB]

it.each(SIZES.flatMap((size) => [[size, 'with its length'] as const, [size, 'chunked'] as const]))(
  '%i bytes, %s',
  async (size, framing) => {
    const bytes = bytesOf(size)
    const length = framing === 'chunked' ? {} : { 'content-length': String(size) }
    const answer = await rawCall(gateway.url, '/oai/v1/files', {
      headers: keyed({ 'content-type': 'application/octet-stream', ...length }),
      body: Readable.from(pieces(bytes)),
    })
    const seen = await upstream.request(0)
    const { totalBytes, sha256: arrived } = await seen.body
    expect([totalBytes, arrived]).toEqual([size, sha256(bytes)])
    const isUncounted = framing === 'chunked' && size > 0
    expect(seen.header('content-length')).toBe(isUncounted ? null : String(size))
    expect(answer).toMatchObject({ status: 200, isWhole: true })
    expect([answer.body.length, sha256(answer.body)]).toEqual([size, sha256(bytes)])
    const row = await rowOf(gateway.env, answer.headers['helicone-id']?.[0] ?? '')
    expect(row).toMatchObject({ outcome: 'success', request_bytes: size, response_bytes: size })
  },
)

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}
