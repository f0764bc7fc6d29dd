/**
 * How long a cold isolate is busy before the Worker can take a request: compiling the bundle, evaluating its top level.
 * Processor time, as the platform counts it, in fresh Node processes, which have the same engine; the platform's own
 * modules are replaced by empty classes.
 */
import { run } from '../local/wrangler.ts'

const RUNS = 9

const PROBE = `
import { readFileSync } from 'node:fs'
import vm from 'node:vm'
const text = readFileSync(process.argv.at(-1), 'utf8')
const busy = (since) => {
  const { user, system } = process.threadCpuUsage(since)
  return (user + system) / 1000
}
const names = ['DurableObject', 'WorkerEntrypoint', 'RpcTarget', 'WorkflowEntrypoint', 'env', 'default']
const platform = new vm.SyntheticModule(names, function () {
  for (const name of names) this.setExport(name, class {})
})
const atStart = process.threadCpuUsage()
const module = new vm.SourceTextModule(text)
const compileMs = busy(atStart)
await module.link(() => platform)
const beforeEvaluation = process.threadCpuUsage()
await module.evaluate()
console.log(JSON.stringify({ compileMs, evaluateMs: busy(beforeEvaluation) }))
process.exit(0)
`

export interface StartTime {
  compileMs: number
  evaluateMs: number
}

/** The quickest of several runs, because what a busy machine adds is not the bundle's; and the median of their sums. */
export async function startTimes(bundle: string): Promise<{ best: StartTime; medianMs: number }> {
  const times: StartTime[] = []
  for (let i = 0; i < RUNS; i++) {
    const flags = ['--no-warnings', '--experimental-vm-modules', '--input-type=module']
    const { code, output } = await run(process.execPath, [...flags, '--eval', PROBE, bundle])
    if (code !== 0) throw new Error(`the bundle does not load:\n${output.trim()}`)
    times.push(JSON.parse(output) as StartTime)
  }
  const sorted = times.toSorted((a, b) => total(a) - total(b))
  const [best] = sorted
  const median = sorted[Math.floor(RUNS / 2)]
  if (best === undefined || median === undefined) throw new Error('nothing was measured')
  return { best, medianMs: total(median) }
}

export function total(time: StartTime): number {
  return time.compileMs + time.evaluateMs
}
