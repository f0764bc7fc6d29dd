/**
 * P6: what a stored answer costs beside a Worker that answers the same bytes by itself, and how many of 200 identical calls
 * at once reach the provider. Every trial runs the targets in random order; a figure is the median over the trials.
 */
import { readSettings } from './build.ts'
import { callOnce } from './burst.ts'
import { cacheHeaders, measureFlights } from './cache-flights.ts'
import { startCountingProvider, WHOLE_ANSWER, type CountingProvider } from './counting-provider.ts'
import { rounded, type Effort, type Figures, type Finding, type Section } from './finding.ts'
import { settledCounts, startGateway } from './gateway.ts'
import { runLoad, type Load, type LoadResult } from './load.ts'
import { cpuMicroseconds } from './process.ts'
import { CHAT_PATH, chatBody, EVERYTHING_HEADERS } from './request.ts'
import { median, shuffled } from './statistics.ts'
import { startWorker, type Server } from './workerd.ts'

const CONNECTIONS = [1, 16] as const
/** Longer than an answer lingers in memory after it was stored: what is measured comes from the store. */
const WARM_UP_SECONDS = 3
const PRIMING_TRIES = 20
const PRIMING_GAP_MS = 100

const NAMES = ['floor (no upstream)', 'hit'] as const
type Name = (typeof NAMES)[number]

interface Trial extends LoadResult {
  cpuMicros: number
}

interface Target {
  name: Name
  server: Server
  headers: Readonly<Record<string, string>>
}

type Results = Map<string, Trial[]>

export async function measureCache(effort: Effort): Promise<Section> {
  const provider = await startCountingProvider()
  const ours = await startGateway(provider.url)
  const floor = await startWorker('answer', readSettings(), { ANSWER: WHOLE_ANSWER })
  try {
    const headers = cacheHeaders()
    const hasAnswered = await prime(ours, headers)
    const hits = hasAnswered ? await measureHits(ours, floor, headers, provider, effort) : NO_ANSWER
    const flights = await measureFlights(ours, provider, effort)
    return {
      name: 'cache',
      findings: [...hits.findings, ...flights.findings],
      tables: [...hits.tables, ...flights.tables],
      notes: hits.notes,
    }
  } finally {
    await Promise.all([ours.close(), floor.close()])
    await provider.close()
  }
}

type Part = Omit<Section, 'name'>

const NO_ANSWER: Part = {
  findings: [
    {
      bar: 'P6',
      what: 'stored answer p50, c=1',
      measured: 'the cache did not answer',
      limit: '<= floor (no upstream) + 0.6 ms',
      met: false,
    },
  ],
  tables: [],
  notes: [`No answer came from the cache within ${PRIMING_TRIES} identical calls.`],
}

/** Calls until the answer is a stored one, byte for byte the provider's; false when that never happens. */
async function prime(server: Server, headers: Readonly<Record<string, string>>): Promise<boolean> {
  for (let i = 0; i < PRIMING_TRIES; i += 1) {
    const answer = await callOnce(server.url, { headers, body: chatBody(false) })
    const isHit = answer.headers['helicone-cache'] === 'HIT'
    if (isHit && answer.body === WHOLE_ANSWER) return true
    await new Promise((resolve) => setTimeout(resolve, PRIMING_GAP_MS))
  }
  return false
}

async function measureHits(
  ours: Server,
  floor: Server,
  headers: Readonly<Record<string, string>>,
  provider: CountingProvider,
  effort: Effort,
): Promise<Part> {
  const targets: Target[] = [
    { name: 'floor (no upstream)', server: floor, headers: EVERYTHING_HEADERS },
    { name: 'hit', server: ours, headers },
  ]
  for (const target of targets) await runLoad(loadOf(target, 16, WARM_UP_SECONDS))
  const callsBefore = provider.calls()
  const before = await settledCounts(ours)
  const results = await runTrials(targets, effort)
  const after = await settledCounts(ours)
  const hits = CONNECTIONS.flatMap((connections) => results.get(`hit ${connections}`) ?? [])
  const sent = hits.reduce((sum, { requests }) => sum + requests, 0)
  return {
    findings: [
      latencyFinding(results),
      failureFinding(results),
      callsFinding(provider.calls() - callsBefore, sent),
      recordFinding(after.records - before.records, sent, effort),
    ],
    tables: [{ title: 'A stored answer of 1 KB', rows: hitRows(results) }],
    notes: [
      `For ${sent} hits: ${after.responseReads - before.responseReads} reads of KV, ` +
        `${after.limiterHops - before.limiterHops} calls of the limiter.`,
    ],
  }
}

async function runTrials(targets: readonly Target[], effort: Effort): Promise<Results> {
  const results: Results = new Map()
  for (let trial = 0; trial < effort.trials; trial += 1) {
    for (const connections of CONNECTIONS) {
      for (const target of shuffled(targets)) {
        const { pid } = target.server
        const before = await cpuMicroseconds(pid)
        const result = await runLoad(loadOf(target, connections, effort.secondsPerTrial))
        const cpuMicros = ((await cpuMicroseconds(pid)) - before) / result.requests
        const key = `${target.name} ${connections}`
        results.set(key, [...(results.get(key) ?? []), { ...result, cpuMicros }])
      }
    }
  }
  return results
}

function loadOf({ server, headers }: Target, connections: number, seconds: number): Load {
  return { url: server.url + CHAT_PATH, headers, body: chatBody(false), connections, seconds }
}

function latencyFinding(results: Results): Finding {
  const p50 = (name: Name): number =>
    median((results.get(`${name} 1`) ?? []).map((trial) => trial.p50Ms))
  const added = p50('hit') - p50('floor (no upstream)')
  return {
    bar: 'P6',
    what: 'stored answer p50, c=1',
    measured: `floor (no upstream) +${rounded(added)} ms`,
    limit: '<= floor (no upstream) + 0.6 ms',
    met: added <= 0.6,
  }
}

function failureFinding(results: Results): Finding {
  const errors = [...results.values()].flat().reduce((sum, trial) => sum + trial.errors, 0)
  return {
    bar: 'P6',
    what: 'failed calls, hits and floor',
    measured: errors === 0 ? 'none' : String(errors),
    limit: 'none, or no figure counts',
    met: errors === 0,
  }
}

/** A hit that calls the provider is none. */
function callsFinding(calls: number, sent: number): Finding {
  return {
    bar: 'P6',
    what: 'upstream calls while stored answers were asked for',
    measured: `${calls} for ${sent} requests`,
    limit: 'none, or no figure counts',
    met: calls === 0,
  }
}

/** wrk cuts the calls that are open when a trial ends; those may or may not have left a record. */
function recordFinding(records: number, sent: number, effort: Effort): Finding {
  const cut = effort.trials * CONNECTIONS.reduce<number>((sum, connections) => sum + connections, 0)
  return {
    bar: 'P8',
    what: 'one record for every stored answer',
    measured: `${records} of ${sent} (up to ${cut} cut by the client)`,
    limit: 'all',
    met: records >= sent && records <= sent + cut,
  }
}

function hitRows(results: Results): Figures[] {
  return CONNECTIONS.flatMap((connections) =>
    NAMES.map((name) => {
      const trials = results.get(`${name} ${connections}`) ?? []
      const of = (pick: (trial: Trial) => number): number => median(trials.map(pick))
      return {
        c: connections,
        target: name,
        'p50 ms': rounded(
          of((trial) => trial.p50Ms),
          3,
        ),
        'p99 ms': rounded(of((trial) => trial.p99Ms)),
        'req/s': Math.round(of((trial) => trial.requestsPerSecond)),
        'CPU us/req': Math.round(of((trial) => trial.cpuMicros)),
      }
    }),
  )
}
