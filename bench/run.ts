/**
 * `npm run bench`: measures ours beside the upstream alone, a Worker that only forwards, and another gateway, and holds
 * the figures against the project's bars. bench/README.md says how to read them.
 *
 *   --quick            three to four minutes, for development: figures are noisy
 *   --long             streams of the memory section stay open for ten minutes
 *   --only=a,b         latency, stream, cache, limits, memory, bundle, pipeline
 */
import { parseArgs } from 'node:util'
import { measureBundle } from './bundle.ts'
import { measureCache } from './cache.ts'
import type { Effort, Section } from './finding.ts'
import { measureLatency } from './latency.ts'
import { measureLimits } from './limits.ts'
import { describeMachine } from './machine.ts'
import { measureMemory } from './memory.ts'
import { installPeer, PEER_NAME } from './peer.ts'
import { measurePipeline } from './pipeline.ts'
import { keepRun, printFindings, printSection, type Run } from './report.ts'
import { measureStreams } from './stream.ts'
import { startUpstream, type BenchUpstream } from './upstream.ts'

const FULL: Effort = {
  trials: 5,
  secondsPerTrial: 5,
  shortStreams: 40,
  longStreams: 20,
  openSeconds: 60,
  pipelineSamples: 40,
  pipelineRows: 20_000,
}
const QUICK: Effort = {
  trials: 2,
  secondsPerTrial: 1,
  shortStreams: 8,
  longStreams: 6,
  openSeconds: 8,
  pipelineSamples: 8,
  pipelineRows: 4_000,
}
const LONG_OPEN_SECONDS = 600

type Measure = (upstream: BenchUpstream, effort: Effort, withPeer: boolean) => Promise<Section>

const SECTIONS: Record<string, Measure> = {
  latency: measureLatency,
  stream: measureStreams,
  cache: (_upstream, effort) => measureCache(effort),
  limits: (upstream) => measureLimits(upstream),
  memory: (_upstream, effort) => measureMemory(effort),
  bundle: (_upstream, effort) => measureBundle(effort),
  pipeline: (_upstream, effort) => measurePipeline(effort),
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const chosen = values.only?.split(',') ?? Object.keys(SECTIONS)
const unknown = chosen.filter((name) => SECTIONS[name] === undefined)
if (unknown.length > 0) {
  console.error(`--only knows ${Object.keys(SECTIONS).join(', ')}; not ${unknown.join(', ')}`)
  process.exit(2)
}

const started = new Date()
const notes: string[] = []
const effort = {
  ...(values.quick ? QUICK : FULL),
  ...(values.long ? { openSeconds: LONG_OPEN_SECONDS } : {}),
}
const machine = describeMachine()
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.workerd}, Node ${machine.node}`)
if (machine.loadAtStart > machine.cores / 4) {
  notes.push(`The machine was busy when the run began (load ${machine.loadAtStart}).`)
}
const isComparing = chosen.includes('latency') || chosen.includes('stream')
const withPeer = isComparing && (await peerIsThere(notes))
const upstream = await startUpstream()
if (upstream.jsonServer === 'node') {
  notes.push('nginx is not installed: the upstream is slower, and every gateway looks slower.')
}
const sections: Section[] = []
try {
  for (const name of chosen) {
    console.log(`\n== ${name}`)
    const section = await SECTIONS[name]?.(upstream, effort, withPeer)
    if (section === undefined) continue
    printSection(section)
    sections.push(section)
  }
} finally {
  await upstream.close()
}
const run: Run = {
  startedAt: started.toISOString(),
  seconds: Math.round((Date.now() - started.getTime()) / 1000),
  quick: values.quick,
  machine,
  upstream: upstream.jsonServer,
  peer: withPeer ? PEER_NAME : null,
  effort,
  notes,
  sections,
}
printFindings(run)
console.log(`kept in ${await keepRun(run)}`)

async function peerIsThere(into: string[]): Promise<boolean> {
  try {
    await installPeer()
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    into.push(`Measured without the peer, which could not be installed: ${reason}`)
    return false
  }
}
