/** The fake provider itself: what system tests rely on when they say what a provider saw. */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  after,
  chunks,
  createGate,
  echo,
  events,
  half,
  json,
  rawBytes,
  resetAtOnce,
  silent,
  splitAt,
  sse,
} from '../support/upstream-scripts.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())
beforeEach(() => upstream.clear())

describe('the fake provider', () => {
  it('records method, path, raw headers and body', async () => {
    const outgoing = request(`${upstream.url}/v1/x?a=1`, {
      method: 'POST',
      headers: { 'X-Mixed-Case': 'Yes' },
    })
    outgoing.on('response', (response) => response.resume()).end('hello')
    const seen = await upstream.request(0)
    const body = await seen.body
    expect([seen.method, seen.url, body.text()]).toEqual(['POST', '/v1/x?a=1', 'hello'])
    expect(seen.rawHeaders).toContainEqual(['X-Mixed-Case', 'Yes'])
    expect(body.sha256).toBe(createHash('sha256').update('hello').digest('hex'))
    expect((await seen.ended).early).toBe(false)
  })

  it('releases chunks one by one, at the splits that the test chose', async () => {
    const gate = createGate()
    const whole = sse([{ text: 'é' }, '[DONE]']).join('')
    const bytes = Buffer.from(whole)
    const middle = bytes.indexOf(Buffer.from('é')) + 1
    upstream.next(events(splitAt(whole, [middle]), { gate }))
    const response = await fetch(upstream.url)
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    gate.release()
    expect((await reader.read()).value?.length).toBe(middle)
    gate.release()
    expect((await reader.read()).value?.length).toBe(bytes.length - middle)
    expect((await reader.read()).done).toBe(true)
  })

  it('tells that and when the caller went away', async () => {
    upstream.next(chunks(['first'], { end: 'stall' }))
    const abort = new AbortController()
    const response = await fetch(upstream.url, { signal: abort.signal })
    await response.body?.getReader().read()
    const leftAtMs = performance.now()
    abort.abort()
    const ending = await (await upstream.request(0)).ended
    expect(ending.early).toBe(true)
    expect(ending.atMs).toBeGreaterThanOrEqual(leftAtMs)
  })

  it('holds headers, resets, halves, speaks nonsense, and stays silent', async () => {
    const gate = createGate()
    upstream.next(after(gate, json({ late: true }, { gzip: true })))
    const late = fetch(upstream.url)
    await upstream.request(0)
    gate.open()
    expect(await (await late).json()).toEqual({ late: true })
    upstream.next(resetAtOnce(), half('0123456789'), rawBytes('SSH-2.0\r\n'), silent())
    await expect(fetch(upstream.url)).rejects.toThrow()
    await expect(fetch(upstream.url).then((response) => response.text())).rejects.toThrow()
    await expect(fetch(upstream.url)).rejects.toThrow()
    await expect(fetch(upstream.url, { signal: AbortSignal.timeout(50) })).rejects.toThrow(
      'timeout',
    )
  })

  it('echoes bodies of any size', async () => {
    upstream.next(echo())
    const body = new Uint8Array(9 * 1_048_576).fill(7)
    const response = await fetch(upstream.url, { method: 'POST', body })
    expect((await response.arrayBuffer()).byteLength).toBe(body.length)
    const seen = await (await upstream.request(0)).body
    expect([seen.totalBytes, seen.bytes.length]).toEqual([body.length, 8 * 1_048_576])
  })
})
