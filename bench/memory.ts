/**
 * P4: memory of the process that runs ours while 500 streams with 1 MB request bodies are open and grow slowly, and while
 * one body of 100 MB passes. Resident memory is the whole process's: isolate, buffers, sockets.
 */
import { once } from 'node:events'
import { Agent, request, type ClientRequest } from 'node:http'
import { readSettings } from './build.ts'
import { rounded, type Effort, type Figures, type Finding, type Section } from './finding.ts'
import { gatewayVars } from './gateway.ts'
import { openIsolate } from './isolate.ts'
import { freePort } from './port.ts'
import { residentBytes } from './process.ts'
import { CHAT_HEADERS, CHAT_PATH } from './request.ts'
import { startSlowProvider, type SlowProvider } from './slow-provider.ts'
import { startWorker, type Server } from './workerd.ts'

const STREAMS = 500
const BODY_BYTES = 1_000_000
const BIG_BODY_BYTES = 100_000_000
const PIECE_BYTES = 1_000_000
const SAMPLE_MS = 1_000
const MEGABYTE = 1_000_000
/** What the allocator may wander by without anything being kept. */
const FLAT_MEGABYTES = 20

export async function measureMemory(effort: Effort): Promise<Section> {
  const provider = await startSlowProvider()
  try {
    const floor = await measureOne('floor', { UPSTREAM: provider.url }, provider, effort)
    const ours = await measureOne('heliograph', gatewayVars(provider.url), provider, effort)
    return {
      name: 'memory',
      findings: findings(ours, floor, effort),
      tables: [{ title: 'Resident memory, MB', rows: [row('floor', floor), row('ours', ours)] }],
      notes: [
        'Process: all that workerd holds. Isolate: heap and buffers that JavaScript holds, garbage included.',
      ],
    }
  } finally {
    await provider.close()
  }
}

interface Memory {
  before: number
  /** When all streams were open. */
  open: number
  peak: number
  /** Mean of the first and of the last quarter of the time that they were open. */
  early: number
  late: number
  /** Growth of the isolate's own memory while they were open. */
  heap: number
  external: number
  /** Growth while the big body passed, at most. */
  bigBody: number
  bigBodyArrived: number
}

async function measureOne(
  name: string,
  vars: Record<string, string>,
  provider: SlowProvider,
  effort: Effort,
): Promise<Memory> {
  const inspector = `127.0.0.1:${await freePort()}`
  const server = await startWorker(name, readSettings(), vars, ['-i', inspector])
  const isolate = await openIsolate(inspector)
  try {
    await postBig(server, PIECE_BYTES)
    const big = await whileBigBody(server, provider)
    const before = await residentBytes(server.pid)
    const isolateBefore = await isolate.memory()
    const calls = await openStreams(server)
    const open = await residentBytes(server.pid)
    const samples = await sampleFor(server.pid, effort.openSeconds)
    const isolateAfter = await isolate.memory()
    for (const call of calls) call.destroy()
    const quarter = Math.max(1, Math.floor(samples.length / 4))
    const average = (part: number[]): number =>
      part.reduce((sum, value) => sum + value, 0) / part.length
    return {
      before,
      open,
      peak: Math.max(open, ...samples),
      early: average(samples.slice(0, quarter)),
      late: average(samples.slice(-quarter)),
      heap: isolateAfter.heap - isolateBefore.heap,
      external: isolateAfter.external - isolateBefore.external,
      ...big,
    }
  } finally {
    isolate.close()
    provider.endAll()
    await server.close()
  }
}

async function openStreams(server: Server): Promise<ClientRequest[]> {
  const body = Buffer.alloc(BODY_BYTES, 'a')
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
  const calls: ClientRequest[] = []
  // Fifty at a time: a burst of 500 MB would measure the loopback's buffers.
  for (let i = 0; i < STREAMS; i += 50) {
    const opened = Array.from({ length: 50 }, () => {
      const call = request(server.url + CHAT_PATH, {
        method: 'POST',
        agent,
        headers: { ...CHAT_HEADERS, 'content-length': String(BODY_BYTES) },
      })
      calls.push(call)
      // The end of the measurement cuts them all.
      call.on('error', () => undefined)
      const first = new Promise<void>((resolve, reject) => {
        call.once('error', reject)
        call.once('response', (response) => {
          response.on('error', () => undefined)
          response.on('data', () => resolve())
        })
      })
      call.end(body)
      return first
    })
    await Promise.all(opened)
  }
  return calls
}

async function sampleFor(pid: number, seconds: number): Promise<number[]> {
  const samples: number[] = []
  const endAt = performance.now() + seconds * 1000
  while (performance.now() < endAt) {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
    samples.push(await residentBytes(pid))
  }
  return samples
}

async function whileBigBody(
  server: Server,
  provider: SlowProvider,
): Promise<Pick<Memory, 'bigBody' | 'bigBodyArrived'>> {
  const before = await residentBytes(server.pid)
  let peak = before
  let isDone = false
  const watch = async (): Promise<void> => {
    while (!isDone) {
      peak = Math.max(peak, await residentBytes(server.pid))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const watching = watch()
  await postBig(server, BIG_BODY_BYTES)
  isDone = true
  await watching
  return { bigBody: peak - before, bigBodyArrived: provider.lastBodyBytes() }
}

/** Posts a body of known length in pieces; the provider answers its size at once. */
async function postBig(server: Server, bytes: number): Promise<void> {
  const piece = Buffer.alloc(PIECE_BYTES, 'b')
  const call = request(server.url + CHAT_PATH, {
    method: 'POST',
    headers: { ...CHAT_HEADERS, 'content-length': String(bytes), 'x-bench': 'once' },
  })
  const answered = once(call, 'response')
  for (let sent = 0; sent < bytes; sent += PIECE_BYTES) {
    if (!call.write(piece)) await once(call, 'drain')
  }
  call.end()
  const [response] = (await answered) as [NodeJS.ReadableStream]
  response.resume()
  await once(response, 'end')
}

function findings(ours: Memory, floor: Memory, effort: Effort): Finding[] {
  const growth = (ours.peak - ours.before) / MEGABYTE
  const drift = (ours.late - ours.early) / MEGABYTE
  const big = ours.bigBody / MEGABYTE
  const isolate = (ours.heap + ours.external) / MEGABYTE
  const least = (floor.peak - floor.before) / MEGABYTE
  return [
    {
      bar: 'P4',
      what: `process, ${STREAMS} open streams of 1 MB bodies`,
      measured: `+${rounded(growth, 0)} MB (floor +${rounded(least, 0)} MB)`,
      limit: '<= 100 MB',
      met: growth <= 100,
    },
    {
      bar: 'P4',
      what: `isolate, ${STREAMS} open streams of 1 MB bodies`,
      measured: `+${rounded(isolate, 0)} MB`,
      limit: '<= 100 MB',
      met: isolate <= 100,
    },
    {
      bar: 'P4',
      what: `drift while open for ${effort.openSeconds} s`,
      measured: `${rounded(drift, 0)} MB`,
      limit: `flat (<= ${FLAT_MEGABYTES} MB)`,
      met: drift <= FLAT_MEGABYTES,
    },
    {
      bar: 'P4',
      what: 'growth while one body of 100 MB passes',
      measured: `${rounded(big, 0)} MB, ${rounded(ours.bigBodyArrived / MEGABYTE, 0)} MB arrived`,
      limit: '<= 50 MB, never whole',
      met: big <= 50 && ours.bigBodyArrived === BIG_BODY_BYTES,
    },
  ]
}

function row(target: string, memory: Memory): Figures {
  const megabytes = (bytes: number): number => rounded(bytes / MEGABYTE, 0)
  return {
    target,
    before: megabytes(memory.before),
    'all open': megabytes(memory.open),
    peak: megabytes(memory.peak),
    early: megabytes(memory.early),
    late: megabytes(memory.late),
    'heap +': megabytes(memory.heap),
    'external +': megabytes(memory.external),
    'big body +': megabytes(memory.bigBody),
  }
}
