/** One load trial by `wrk`, whose own cost is far below what it measures. Latencies in ms. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SCRATCH } from './build.ts'
import type { Load, LoadResult } from './load.ts'

const WRK = '/usr/bin/wrk'

export function hasWrk(): boolean {
  return existsSync(WRK)
}

export async function runWrk(load: Load): Promise<LoadResult> {
  const script = await writeScript(load)
  const flags = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s']
  const output = await run([...flags, '-s', script, load.url])
  const line = /^RESULT (.*)$/m.exec(output)?.[1]
  if (line === undefined) throw new Error(`wrk gave no result:\n${output}`)
  const result = JSON.parse(line) as Omit<LoadResult, 'requestsPerSecond'> & { micros: number }
  return {
    requests: result.requests,
    errors: result.errors,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    requestsPerSecond: result.requests / (result.micros / 1e6),
  }
}

/** wrk speaks Lua: the request is data, the summary one JSON line. */
async function writeScript(load: Load): Promise<string> {
  const path = join(SCRATCH, 'load.lua')
  const headers = Object.entries(load.headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  )
  await mkdir(SCRATCH, { recursive: true })
  await writeFile(
    path,
    `wrk.method = "POST"
wrk.body = [==[${load.body}]==]
${headers.join('\n')}
done = function(summary, latency, requests)
  local e = summary.errors
  print(string.format('RESULT {"requests":%d,"errors":%d,"p50Ms":%.4f,"p99Ms":%.4f,"micros":%d}',
    summary.requests, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.duration))
end
`,
  )
  return path
}

function run(flags: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(WRK, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code === 0) resolve(output)
      else reject(new Error(`wrk ended with ${code}:\n${output}`))
    })
  })
}
