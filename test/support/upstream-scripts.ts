/**
 * What the fake provider can do: fixed bytes, chunks under a gate, slow headers, resets, stalls,
 * halves, echoes. Every function answers a `Script`; bytes go out exactly as they are given.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import type { Call, Script } from './upstream.ts'

export type Bytes = string | Uint8Array

export interface Answer {
  /** 200 unless given. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
}

/** Holds a script until the test lets it go on. */
export interface Gate {
  /** Lets `count` waiters (1 unless given) pass, now or when they come. */
  release(count?: number): void
  /** Lets everyone pass from now on. */
  open(): void
  /** Resolves when it is the caller's turn. */
  pass(): Promise<void>
}

export function createGate(): Gate {
  const waiting: (() => void)[] = []
  let permits = 0
  return {
    release: (count = 1) => {
      permits += count
      while (permits > 0 && waiting.length > 0) {
        permits--
        waiting.shift()?.()
      }
    },
    open: () => {
      permits = Infinity
      for (const resolve of waiting.splice(0)) resolve()
    },
    pass: () => {
      if (permits > 0) {
        permits--
        return Promise.resolve()
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}

/** A whole answer after the whole request arrived. `content-length` is set. */
export function reply(body: Bytes, answer: Answer & { readonly gzip?: boolean } = {}): Script {
  const bytes = answer.gzip === true ? gzipSync(body) : Buffer.from(body)
  const encoding = answer.gzip === true ? { 'content-encoding': 'gzip' } : {}
  return async ({ seen, response }) => {
    await seen.body
    const headers = { ...encoding, 'content-length': String(bytes.length), ...answer.headers }
    response.writeHead(answer.status ?? 200, headers).end(bytes)
  }
}

/** A JSON answer. */
export function json(value: unknown, answer: Answer & { readonly gzip?: boolean } = {}): Script {
  const headers = { 'content-type': 'application/json', ...answer.headers }
  return reply(JSON.stringify(value), { ...answer, headers })
}

/** A provider's refusal in OpenAI's shape: 429, 500, 503 … with what it says about trying again. */
export function refusal(status: number, headers: Answer['headers'] = {}): Script {
  const type = status === 429 ? 'rate_limit_exceeded' : 'server_error'
  return json(
    { error: { message: `refused with ${status}`, type, code: null } },
    { status, headers },
  )
}

/** Fails `rate` (0 to 1) of all requests by one of `failures`, as `random` has it; else answers. */
export function sometimes(
  random: () => number,
  rate: number,
  failures: readonly Script[],
  good: Script,
): Script {
  return (call) => {
    if (random() >= rate) return good(call)
    return failures[Math.floor(random() * failures.length)]?.(call)
  }
}

/**
 * A chunked answer; each part is one write. With a gate every part waits for its turn, headers do
 * not. `end` says what follows the last part: a proper end, a reset, or silence.
 */
export function chunks(
  parts: readonly Bytes[],
  options: Answer & { readonly gate?: Gate; readonly end?: 'close' | 'reset' | 'stall' } = {},
): Script {
  return async (call) => {
    const { response, seen } = call
    await seen.body
    await flushHeaders(response, options)
    for (const part of parts) {
      await options.gate?.pass()
      if (response.destroyed) return
      await write(response, part)
    }
    if (options.end === 'reset') reset(call)
    else if (options.end !== 'stall') response.end()
  }
}

/** Server-sent events: `chunks` with the right type, one event for each part unless split by the test. */
export function events(
  parts: readonly Bytes[],
  options: Parameters<typeof chunks>[1] = {},
): Script {
  return chunks(parts, {
    ...options,
    headers: { 'content-type': 'text/event-stream', ...options.headers },
  })
}

/** One event's bytes for each value: `data: <json>`, strings as they are; `name` adds an event line. */
export function sse(values: readonly (object | string)[], named = false): string[] {
  return values.map((value) => {
    const data = typeof value === 'string' ? value : JSON.stringify(value)
    const name =
      named && typeof value === 'object' && 'type' in value ? `event: ${String(value.type)}\n` : ''
    return `${name}data: ${data}\n\n`
  })
}

/** Cuts bytes at the given offsets: for splits inside events, lines and characters. */
export function splitAt(bytes: Bytes, offsets: readonly number[]): Uint8Array[] {
  const whole = Buffer.from(bytes)
  const edges = [0, ...offsets.toSorted((a, b) => a - b), whole.length]
  return edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge))
}

/** Runs the script after the gate lets it: headers as slow as the test wants. */
export function after(gate: Gate, script: Script): Script {
  return async (call) => {
    await gate.pass()
    await script(call)
  }
}

/** Runs the script so many ms later: what a provider does that thinks. */
export function late(ms: number, script: Script): Script {
  return async (call) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    await script(call)
  }
}

/** Accepts the request and never answers. */
export function silent(): Script {
  return () => undefined
}

/** Resets the connection (RST) once the request arrived, before the first byte. */
export function resetAtOnce(): Script {
  return async (call) => {
    await call.seen.body
    reset(call)
  }
}

/** Resets the connection while the request is still being sent. */
export function resetUpload(): Script {
  return reset
}

/** Announces the whole length, sends the first half, then resets. */
export function half(body: Bytes, answer: Answer = {}): Script {
  const bytes = Buffer.from(body)
  const headers = { ...answer.headers, 'content-length': String(bytes.length) }
  const first = bytes.subarray(0, Math.floor(bytes.length / 2))
  return chunks([first], { ...answer, headers, end: 'reset' })
}

/** Bytes straight onto the socket, for answers that are not HTTP at all. */
export function rawBytes(bytes: Bytes): Script {
  return async ({ seen, socket }) => {
    await seen.body
    socket.end(bytes)
  }
}

/** Sends the request's body back as it comes, with its content type and encoding. */
export function echo(answer: Answer = {}): Script {
  return async ({ request, response }) => {
    const type = request.headers['content-type'] ?? 'application/octet-stream'
    const encoding = request.headers['content-encoding']
    response.writeHead(answer.status ?? 200, {
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      ...answer.headers,
    })
    await pipeline(request, response)
  }
}

async function flushHeaders(response: ServerResponse, answer: Answer): Promise<void> {
  response.writeHead(answer.status ?? 200, answer.headers)
  response.flushHeaders()
  // One turn of the loop puts the headers into a packet of their own.
  await new Promise((resolve) => setImmediate(resolve))
}

async function write(response: ServerResponse, part: Bytes): Promise<void> {
  if (!response.write(part)) {
    const settled = new AbortController()
    const { signal } = settled
    const either = [once(response, 'drain', { signal }), once(response, 'close', { signal })]
    await Promise.race(either)
    // Otherwise each slow write would leave a listener behind.
    settled.abort()
    await Promise.allSettled(either)
  }
  await new Promise((resolve) => setImmediate(resolve))
}

function reset({ socket }: Call): void {
  socket.resetAndDestroy()
}
