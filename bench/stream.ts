/**
 * P3: time to first token and jitter of a paced 50-chunk stream, and the CPU time that each chunk of a 2,000-chunk stream
 * costs beyond the floor's. One stream at a time, own client: it sees every chunk when it arrives.
 */
import { Agent, request } from 'node:http'
import { rounded, type Effort, type Figures, type Finding, type Section } from './finding.ts'
import { cpuMicroseconds } from './process.ts'
import { chatBody } from './request.ts'
import { median, percentile, shuffled } from './statistics.ts'
import { startTargets, TARGET_NAMES, type Target, type TargetName } from './targets.ts'
import type { BenchUpstream } from './upstream.ts'

const LONG_CHUNKS = 2_000
const WARM_UP_STREAMS = 5

interface Stream {
  /** ms from the request to the first byte of the body. */
  firstMs: number
  totalMs: number
  /** ms between reads. */
  gapsMs: number[]
  bytes: number
}

interface Short {
  firstMs: number[]
  gapsMs: number[]
}

interface Long {
  cpuMicrosPerChunk: number[]
  totalMs: number[]
}

export async function measureStreams(
  upstream: BenchUpstream,
  effort: Effort,
  withPeer: boolean,
): Promise<Section> {
  const short = await measureShort(upstream.streamUrl, effort, withPeer)
  const long = await measureLong(upstream.longStreamUrl, effort, withPeer)
  return {
    name: 'stream',
    findings: [...firstTokenFindings(short), ...chunkFindings(long)],
    tables: [
      { title: '50 chunks, one every 4 ms', rows: shortRows(short) },
      { title: '2,000 chunks, as fast as they go', rows: longRows(long) },
    ],
    notes: [],
  }
}

async function measureShort(
  url: string,
  effort: Effort,
  withPeer: boolean,
): Promise<Map<TargetName, Short>> {
  const results = new Map<TargetName, Short>()
  await eachTrial(url, effort, withPeer, async (target, agent) => {
    const into = results.get(target.name) ?? { firstMs: [], gapsMs: [] }
    results.set(target.name, into)
    for (let i = 0; i < effort.shortStreams; i += 1) {
      const stream = await readStream(target, agent)
      into.firstMs.push(stream.firstMs)
      into.gapsMs.push(...stream.gapsMs)
    }
  })
  return results
}

async function measureLong(
  url: string,
  effort: Effort,
  withPeer: boolean,
): Promise<Map<TargetName, Long>> {
  const results = new Map<TargetName, Long>()
  await eachTrial(url, effort, withPeer, async (target, agent) => {
    const into = results.get(target.name) ?? { cpuMicrosPerChunk: [], totalMs: [] }
    results.set(target.name, into)
    const before = target.pid === null ? 0 : await cpuMicroseconds(target.pid)
    for (let i = 0; i < effort.longStreams; i += 1) {
      into.totalMs.push((await readStream(target, agent)).totalMs)
    }
    if (target.pid === null) return
    const used = (await cpuMicroseconds(target.pid)) - before
    into.cpuMicrosPerChunk.push(used / (effort.longStreams * LONG_CHUNKS))
  })
  return results
}

/** Warms every target up, then runs `measure` for each of them, in random order, once per trial. */
async function eachTrial(
  url: string,
  effort: Effort,
  withPeer: boolean,
  measure: (target: Target, agent: Agent) => Promise<void>,
): Promise<void> {
  const targets = await startTargets(url, withPeer)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    for (const target of targets.list) {
      for (let i = 0; i < WARM_UP_STREAMS; i += 1) await readStream(target, agent)
    }
    for (let trial = 0; trial < effort.trials; trial += 1) {
      for (const target of shuffled(targets.list)) await measure(target, agent)
    }
  } finally {
    agent.destroy()
    await targets.close()
  }
}

function readStream(target: Target, agent: Agent): Promise<Stream> {
  const body = chatBody(true)
  const headers = { ...target.headers, 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const sentAt = performance.now()
    const call = request(target.url, { method: 'POST', agent, headers })
    call.once('error', reject)
    call.once('response', (response) => {
      const stream: Stream = { firstMs: Number.NaN, totalMs: 0, gapsMs: [], bytes: 0 }
      let lastAt = 0
      if (response.statusCode !== 200) {
        reject(new Error(`${target.name} answered ${response.statusCode} to a stream`))
      }
      response.on('data', (part: Buffer) => {
        const now = performance.now()
        if (stream.bytes === 0) stream.firstMs = now - sentAt
        else stream.gapsMs.push(now - lastAt)
        lastAt = now
        stream.bytes += part.length
      })
      response.once('error', reject)
      response.once('end', () => resolve({ ...stream, totalMs: performance.now() - sentAt }))
    })
    call.end(body)
  })
}

function firstTokenFindings(results: Map<TargetName, Short>): Finding[] {
  const ours = results.get('ours')
  const floor = results.get('floor')
  const peer = results.get('peer')
  if (ours === undefined || floor === undefined) return []
  const base = percentile(floor.firstMs, 50)
  const added = percentile(ours.firstMs, 50) - base
  const tail = percentile(ours.firstMs, 99)
  const beside =
    peer === undefined ? '' : ` (peer +${rounded(percentile(peer.firstMs, 50) - base)} ms)`
  return [
    {
      bar: 'P3',
      what: 'added time to first token, p50',
      measured: `floor +${rounded(added)} ms${beside}`,
      limit: '<= floor + 1 ms',
      met: added <= 1,
    },
    {
      bar: 'P3',
      what: 'time to first token, p99',
      measured: `${rounded(tail)} ms (floor ${rounded(percentile(floor.firstMs, 99))} ms)`,
      limit: '<= 3 ms',
      met: tail <= 3,
    },
  ]
}

function chunkFindings(results: Map<TargetName, Long>): Finding[] {
  const ours = results.get('ours')
  const floor = results.get('floor')
  if (ours === undefined || floor === undefined) return []
  const base = median(floor.cpuMicrosPerChunk)
  const added = median(ours.cpuMicrosPerChunk) - base
  return [
    {
      bar: 'P3',
      what: 'CPU added per chunk, 2,000 chunks',
      measured: `${rounded(added, 1)} us (floor ${rounded(base, 1)} us)`,
      limit: '<= 5 us',
      met: added <= 5,
    },
  ]
}

function shortRows(results: Map<TargetName, Short>): Figures[] {
  return inOrder(results).map(([target, { firstMs, gapsMs }]) => ({
    target,
    'TTFT p50 ms': rounded(percentile(firstMs, 50)),
    'TTFT p99 ms': rounded(percentile(firstMs, 99)),
    'gap p50 ms': rounded(percentile(gapsMs, 50)),
    'gap p99 ms': rounded(percentile(gapsMs, 99)),
    'reads per stream': rounded(gapsMs.length / firstMs.length + 1, 1),
    streams: firstMs.length,
  }))
}

/** Trials run in random order; tables do not. */
function inOrder<T>(results: Map<TargetName, T>): [TargetName, T][] {
  return TARGET_NAMES.flatMap((name) => {
    const result = results.get(name)
    return result === undefined ? [] : [[name, result]]
  })
}

function longRows(results: Map<TargetName, Long>): Figures[] {
  return inOrder(results).map(([target, { cpuMicrosPerChunk, totalMs }]) => ({
    target,
    'CPU us/chunk': cpuMicrosPerChunk.length === 0 ? null : rounded(median(cpuMicrosPerChunk), 1),
    'stream p50 ms': rounded(percentile(totalMs, 50), 1),
    streams: totalMs.length,
  }))
}
