/**
 * P5: what the gateway's entry loads at start, the size of the deployed Worker, and how long a fresh workerd needs from
 * its start to its first answer, beside the floor's.
 */
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { startClosure } from '../scripts/bundle/closure.ts'
import { startTimes, total } from '../scripts/bundle/start-time.ts'
import { buildWorker, WORKER_FILE } from '../scripts/bundle/worker.ts'
import { bundleWorker, readSettings } from './build.ts'
import { rounded, type Effort, type Section } from './finding.ts'
import { gatewayVars } from './gateway.ts'
import { median, shuffled } from './statistics.ts'
import { serve, writeConfig } from './workerd.ts'

const HEAVY = /node_modules\/(zod|drizzle-orm|@hono\/zod-openapi|@pydantic\/genai-prices)\//
const STARTS = 7

export async function measureBundle(effort: Effort): Promise<Section> {
  const closure = await startClosure('src/index.ts')
  const heavy = [...new Set(closure.inputs.flatMap((input) => HEAVY.exec(input)?.[1] ?? []))]
  await buildWorker()
  const gzip = gzipSync(await readFile(WORKER_FILE)).byteLength / 1024
  const { best, medianMs } = await startTimes(WORKER_FILE)
  const starts = await coldStarts(effort)
  const added = median(starts.ours) - median(starts.floor)
  return {
    name: 'bundle',
    findings: [
      {
        bar: 'P5',
        what: 'heavy libraries loaded at start',
        measured: heavy.length === 0 ? 'none' : heavy.join(', '),
        limit: 'none',
        met: heavy.length === 0,
      },
      {
        bar: 'P5',
        what: 'Worker, gzip',
        measured: `${rounded(gzip, 0)} KB`,
        limit: '<= 400 KB',
        met: gzip <= 400,
      },
      {
        bar: 'P5',
        what: 'compile and evaluate, CPU (Node 24, best run)',
        measured: `${rounded(total(best), 1)} ms (median ${rounded(medianMs, 1)} ms)`,
        limit: '<= 30 ms',
        met: total(best) <= 30,
      },
      {
        bar: 'P5',
        what: 'fresh workerd to first answer, beyond the floor',
        measured: `${rounded(added, 1)} ms (floor ${rounded(median(starts.floor), 0)} ms)`,
        limit: '<= 30 ms',
        met: added <= 30,
      },
    ],
    tables: [
      {
        title: 'Start-up closure',
        rows: [
          {
            modules: closure.inputs.length,
            'minified KB': rounded(closure.bytes / 1024, 1),
            'gzip KB': rounded(closure.gzipBytes / 1024, 1),
            'evaluate ms': rounded(best.evaluateMs, 2),
            'compile ms': rounded(best.compileMs, 2),
          },
        ],
      },
    ],
    notes: [],
  }
}

/** ms from the start of the process to its first answer, several times each, in random order. */
async function coldStarts(effort: Effort): Promise<{ floor: number[]; ours: number[] }> {
  const settings = readSettings()
  const times = { floor: [] as number[], ours: [] as number[] }
  const floor = await bundleWorker('floor', settings)
  const ours = await bundleWorker('heliograph', settings)
  const configs = {
    floor: await writeConfig('floor', floor.path, settings, { UPSTREAM: 'http://127.0.0.1:1' }),
    ours: await writeConfig('heliograph', ours.path, settings, gatewayVars('http://127.0.0.1:1')),
  }
  for (let i = 0; i < Math.max(STARTS, effort.trials); i += 1) {
    for (const name of shuffled(['floor', 'ours'] as const)) {
      const startedAt = performance.now()
      const server = await serve(configs[name])
      // The floor cannot reach its upstream and hangs up: that is an answer too, given by its code.
      await fetch(`${server.url}/healthcheck`).catch(() => undefined)
      times[name].push(performance.now() - startedAt)
      await server.close()
    }
  }
  return times
}
