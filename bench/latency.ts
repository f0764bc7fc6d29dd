/**
 * P1 and P2: non-stream latency and throughput at 1, 16 and 64 connections, and the CPU time that a request costs.
 * Every trial runs the targets in random order; a figure is the median over the trials.
 */
import type { BenchUpstream } from './upstream.ts'
import { rounded, type Effort, type Figures, type Finding, type Section } from './finding.ts'
import { runLoad, type LoadResult } from './load.ts'
import { cpuMicroseconds } from './process.ts'
import { chatBody } from './request.ts'
import { median, shuffled } from './statistics.ts'
import { startTargets, TARGET_NAMES, type Target, type TargetName } from './targets.ts'
import { hasWrk } from './wrk.ts'

const CONNECTIONS = [1, 16, 64] as const
const WARM_UP_SECONDS = 2

interface Trial extends LoadResult {
  cpuMicros: number | null
}

interface Summary {
  p50Ms: number
  p99Ms: number
  requestsPerSecond: number
  cpuMicros: number | null
  errors: number
}

type Results = Map<string, Trial[]>

export async function measureLatency(
  upstream: BenchUpstream,
  effort: Effort,
  withPeer: boolean,
): Promise<Section> {
  const targets = await startTargets(upstream.jsonUrl, withPeer)
  try {
    const body = chatBody(false)
    const list = [...targets.list, targets.withoutPolicy, targets.bodiesRead]
    for (const target of list) {
      await runLoad({ ...target, body, connections: 16, seconds: WARM_UP_SECONDS })
    }
    const before = await targets.counts()
    const results = await runTrials(list, effort, body)
    const after = await targets.counts()
    const limited = total(results, 'ours')
    const sent = limited + total(results, 'ours, no policy')
    const hops = after.limiterHops - before.limiterHops
    const takes = after.limiterTakes - before.limiterTakes
    const records = after.records - before.records
    const messages = after.queueMessages - before.queueMessages
    const at = (name: TargetName, connections: number): Summary | null =>
      summary(results.get(key(name, connections)) ?? [])
    return {
      name: 'latency',
      findings: [
        ...latencyFindings(at),
        ...throughputFindings(at),
        failureFinding(list, at),
        askedFinding(limited, takes, effort),
        hopFinding(limited, hops, effort),
        recordFinding(sent, records, effort),
        commitFinding(messages, records),
      ],
      tables: [
        { title: 'Non-stream, 1 KB each way', rows: rows(at) },
        { title: 'What one rate-limit policy costs ours', rows: policyRows(at) },
      ],
      notes: hasWrk() ? [] : ['wrk is not installed: own client, whose cost is in every figure.'],
    }
  } finally {
    await targets.close()
  }
}

async function runTrials(list: Target[], effort: Effort, body: string): Promise<Results> {
  const results: Results = new Map()
  for (let trial = 0; trial < effort.trials; trial += 1) {
    for (const connections of CONNECTIONS) {
      for (const target of shuffled(list)) {
        const seconds = effort.secondsPerTrial
        const before = target.pid === null ? null : await cpuMicroseconds(target.pid)
        const result = await runLoad({ ...target, body, connections, seconds })
        const cpuMicros =
          target.pid === null || before === null
            ? null
            : ((await cpuMicroseconds(target.pid)) - before) / result.requests
        const name = key(target.name, connections)
        results.set(name, [...(results.get(name) ?? []), { ...result, cpuMicros }])
      }
    }
  }
  return results
}

function key(name: TargetName, connections: number): string {
  return `${name} ${connections}`
}

function total(results: Results, name: TargetName): number {
  return CONNECTIONS.flatMap((connections) => results.get(key(name, connections)) ?? []).reduce(
    (sum, trial) => sum + trial.requests,
    0,
  )
}

function summary(trials: Trial[]): Summary | null {
  if (trials.length === 0) return null
  const cpu = trials.map((trial) => trial.cpuMicros).filter((value) => value !== null)
  return {
    p50Ms: median(trials.map((trial) => trial.p50Ms)),
    p99Ms: median(trials.map((trial) => trial.p99Ms)),
    requestsPerSecond: median(trials.map((trial) => trial.requestsPerSecond)),
    cpuMicros: cpu.length === 0 ? null : median(cpu),
    errors: trials.reduce((sum, trial) => sum + trial.errors, 0),
  }
}

type At = (name: TargetName, connections: number) => Summary | null

function latencyFindings(at: At): Finding[] {
  const [floor, ours, peer] = [at('floor', 1), at('ours', 1), at('peer', 1)]
  if (floor === null || ours === null) return []
  const added = ours.p50Ms - floor.p50Ms
  const addedTail = ours.p99Ms - floor.p99Ms
  const beside = peer === null ? '' : ` (peer +${rounded(peer.p50Ms - floor.p50Ms)} ms)`
  return [
    {
      bar: 'P1',
      what: 'added latency p50, c=1',
      measured: `floor +${rounded(added)} ms${beside}`,
      limit: '<= floor + 0.6 ms',
      met: added <= 0.6,
    },
    {
      bar: 'P1',
      what: 'added latency p99, c=1',
      measured: `floor ${addedTail < 0 ? '' : '+'}${rounded(addedTail)} ms`,
      limit: '<= floor + 3 ms',
      met: addedTail <= 3,
    },
  ]
}

function throughputFindings(at: At): Finding[] {
  return [16, 64].flatMap((connections) => {
    const floor = at('floor', connections)
    const ours = at('ours', connections)
    const peer = at('peer', connections)
    if (floor === null || ours === null) return []
    const toFloor = ours.requestsPerSecond / floor.requestsPerSecond
    const findings: Finding[] = [
      {
        bar: 'P2',
        what: `throughput against floor, c=${connections}`,
        measured: `${rounded(toFloor)} x`,
        limit: '>= 0.65 x',
        met: toFloor >= 0.65,
      },
    ]
    if (peer !== null) {
      const toPeer = ours.requestsPerSecond / peer.requestsPerSecond
      findings.push({
        bar: 'P2',
        what: `throughput against peer, c=${connections}`,
        measured: `${rounded(toPeer)} x`,
        limit: '>= 2 x',
        met: toPeer >= 2,
      })
    }
    return findings
  })
}

/** A gateway that only answers errors is quick: without this its figures would look fine. */
function failureFinding(list: readonly Target[], at: At): Finding {
  const failed = list.map(({ name }) => ({
    name,
    errors: CONNECTIONS.reduce((sum, connections) => sum + (at(name, connections)?.errors ?? 0), 0),
  }))
  const broken = failed.filter(({ errors }) => errors > 0)
  return {
    bar: 'P1',
    what: 'failed calls, all targets',
    measured: broken.map(({ name, errors }) => `${name} ${errors}`).join(', ') || 'none',
    limit: 'none, or no figure counts',
    met: broken.length === 0,
  }
}

/** wrk cuts the calls that are open when a trial ends; those may or may not have reached the limiter and the log. */
function mostCut(effort: Effort): number {
  return effort.trials * CONNECTIONS.reduce((sum, connections) => sum + connections, 0)
}

/** Fewer than calls would mean that the policy was not in force. */
function askedFinding(limited: number, takes: number, effort: Effort): Finding {
  return {
    bar: 'P7',
    what: 'calls that the limiter was asked for under load',
    measured: `${takes} of ${limited} (up to ${mostCut(effort)} cut by the client)`,
    limit: 'all',
    met: takes >= limited && takes <= limited + mostCut(effort),
  }
}

/** Calls that come together are asked for together. */
function hopFinding(limited: number, hops: number, effort: Effort): Finding {
  return {
    bar: 'P7',
    what: 'limiter hops per request under load',
    measured: String(rounded(hops / limited)),
    limit: '<= 1',
    met: hops <= limited + mostCut(effort),
  }
}

function recordFinding(sent: number, records: number, effort: Effort): Finding {
  // Both loads of ours cut their calls.
  const cut = 2 * mostCut(effort)
  return {
    bar: 'P8',
    what: 'one record for every request',
    measured: `${records} of ${sent} (up to ${cut} cut by the client)`,
    limit: 'all',
    met: records >= sent && records <= sent + cut,
  }
}

function commitFinding(messages: number, records: number): Finding {
  const each = messages / records
  return {
    bar: 'P8',
    what: 'queue messages per request under load',
    measured: String(rounded(each, 3)),
    limit: '<= 0.2',
    met: each <= 0.2,
  }
}

function rows(at: At): Figures[] {
  return CONNECTIONS.flatMap((connections) =>
    TARGET_NAMES.flatMap((name) => {
      const figures = at(name, connections)
      if (figures === null) return []
      return {
        c: connections,
        target: name,
        'p50 ms': rounded(figures.p50Ms, 3),
        'p99 ms': rounded(figures.p99Ms),
        'req/s': Math.round(figures.requestsPerSecond),
        'CPU us/req': figures.cpuMicros === null ? null : Math.round(figures.cpuMicros),
        errors: figures.errors,
      }
    }),
  )
}

function policyRows(at: At): Figures[] {
  return CONNECTIONS.flatMap((connections) => {
    const floor = at('floor', connections)
    const ours = at('ours', connections)
    const without = at('ours, no policy', connections)
    if (floor === null || ours === null || without === null) return []
    return {
      c: connections,
      'p50 ms +': rounded(ours.p50Ms - without.p50Ms, 3),
      'CPU us/req +': Math.round((ours.cpuMicros ?? 0) - (without.cpuMicros ?? 0)),
      'req/s, x without': rounded(ours.requestsPerSecond / without.requestsPerSecond),
      'x floor with': rounded(ours.requestsPerSecond / floor.requestsPerSecond),
      'x floor without': rounded(without.requestsPerSecond / floor.requestsPerSecond),
    }
  })
}
