/**
 * One load trial: the same request over and over on so many connections, closed loop. `wrk` where it is installed; this
 * client otherwise, whose own cost is part of what it sees, so that only its ratios mean something.
 */
import { Agent, request } from 'node:http'
import { percentile } from './statistics.ts'
import { hasWrk, runWrk } from './wrk.ts'

export interface Load {
  url: string
  headers: Readonly<Record<string, string>>
  body: string
  connections: number
  seconds: number
}

export interface LoadResult {
  requests: number
  /** Statuses of 400 and above, and whatever broke. */
  errors: number
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
}

export async function runLoad(load: Load): Promise<LoadResult> {
  return hasWrk() ? await runWrk(load) : await runOwnClient(load)
}

async function runOwnClient(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
  const times: number[] = []
  let errors = 0
  const startedAt = performance.now()
  const endAt = startedAt + load.seconds * 1000
  const worker = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const sentAt = performance.now()
      const isFine = await post(load, agent).catch(() => false)
      if (!isFine) errors += 1
      times.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: load.connections }, worker))
  const seconds = (performance.now() - startedAt) / 1000
  agent.destroy()
  return {
    requests: times.length,
    errors,
    requestsPerSecond: times.length / seconds,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
  }
}

function post(load: Load, agent: Agent): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(load.body)) }
    const call = request(load.url, {
      method: 'POST',
      agent,
      headers: { ...load.headers, ...length },
    })
    call.once('error', reject)
    call.once('response', (response) => {
      response.resume()
      response.once('end', () => resolve((response.statusCode ?? 500) < 400))
      response.once('error', reject)
    })
    call.end(load.body)
  })
}
