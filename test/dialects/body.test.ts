import { describe, expect, it } from 'vitest'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { decodeBody } from '../../src/dialects/body.ts'
import { bytesOf } from './exchange.ts'

const TEXT = Array.from({ length: 5_000 }, (_, i) => `line ${i * 7919}`).join('\n')

async function textOf(bytes: Uint8Array, encoding: string | null, limit?: number): Promise<string> {
  return new TextDecoder().decode(await decodeBody(bytes, encoding, limit))
}

describe('decodeBody', () => {
  it('undoes gzip and both kinds of deflate', async () => {
    expect(await textOf(gzipSync(TEXT), 'gzip')).toBe(TEXT)
    expect(await textOf(gzipSync(TEXT), ' GZip ')).toBe(TEXT)
    expect(await textOf(deflateSync(TEXT), 'deflate')).toBe(TEXT)
    expect(await textOf(deflateRawSync(TEXT), 'deflate')).toBe(TEXT)
    expect(await textOf(gzipSync(deflateSync(TEXT)), 'deflate, gzip')).toBe(TEXT)
  })

  it('leaves alone what it does not know', async () => {
    const plain = bytesOf('{}')
    expect(await decodeBody(plain, null)).toBe(plain)
    expect(await decodeBody(plain, 'identity')).toBe(plain)
    expect(await decodeBody(plain, 'br')).toBe(plain)
    expect(await decodeBody(plain, 'gzip')).toBe(plain)
    expect(await decodeBody(new Uint8Array(), 'gzip')).toHaveLength(0)
  })

  it('keeps what a cut body still yields', async () => {
    const zipped = gzipSync(TEXT)
    const text = await textOf(zipped.subarray(0, Math.floor(zipped.length / 2)), 'gzip')
    expect(text.length).toBeGreaterThan(TEXT.length / 4)
    expect(TEXT.startsWith(text)).toBe(true)
    const corrupt = zipped.slice()
    corrupt.fill(0, corrupt.length - 8)
    const before = await textOf(corrupt, 'gzip')
    expect(before.length).toBeGreaterThan(TEXT.length / 4)
    expect(TEXT.startsWith(before)).toBe(true)
  })

  it('stops a bomb at the limit', async () => {
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024))
    expect(await decodeBody(bomb, 'gzip', 100_000)).toHaveLength(100_000)
    expect(await decodeBody(bomb, 'gzip')).toHaveLength(16 * 1024 * 1024)
  })
})
