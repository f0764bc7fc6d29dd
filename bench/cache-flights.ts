/** P6, second half: 200 identical calls at once against a slow provider, which must see one of them. */
import { randomUUID } from 'node:crypto'
import { openBurst, type Answer } from './burst.ts'
import {
  PROVIDER_DELAY_MS,
  STREAMED_ANSWER,
  WHOLE_ANSWER,
  type CountingProvider,
} from './counting-provider.ts'
import { rounded, type Effort, type Figures, type Finding, type Section } from './finding.ts'
import { chatBody, EVERYTHING_HEADERS } from './request.ts'
import { percentile } from './statistics.ts'
import type { Server } from './workerd.ts'

const CALLS = 200

const KINDS = [
  { kind: 'whole', isStream: false, expected: WHOLE_ANSWER },
  { kind: 'streamed', isStream: true, expected: STREAMED_ANSWER },
] as const

interface Burst {
  upstreamCalls: number
  /** Answers that came whole, byte for byte. */
  complete: number
  states: Map<string, number>
  p50Ms: number
}

/** Everything on and the cache too, in a key space that nobody has used. */
export function cacheHeaders(): Record<string, string> {
  return {
    ...EVERYTHING_HEADERS,
    'helicone-cache-enabled': 'true',
    'helicone-cache-seed': randomUUID(),
  }
}

export async function measureFlights(
  ours: Server,
  provider: CountingProvider,
  effort: Effort,
): Promise<Pick<Section, 'findings' | 'tables'>> {
  const findings: Finding[] = []
  const rows: Figures[] = []
  for (const { kind, isStream, expected } of KINDS) {
    const bursts: Burst[] = []
    for (let i = 0; i < effort.trials; i += 1) {
      bursts.push(await measureBurst(ours, provider, isStream, expected))
    }
    findings.push(finding(kind, bursts))
    rows.push(...bursts.map((burst, index) => row(kind, index + 1, burst)))
  }
  const title = `${CALLS} identical calls at once, provider answers after ${PROVIDER_DELAY_MS} ms`
  return { findings, tables: [{ title, rows }] }
}

async function measureBurst(
  ours: Server,
  provider: CountingProvider,
  isStream: boolean,
  expected: string,
): Promise<Burst> {
  const connections = await openBurst(ours.url, CALLS)
  const before = provider.calls()
  try {
    const answers = await connections.send({ headers: cacheHeaders(), body: chatBody(isStream) })
    return {
      upstreamCalls: provider.calls() - before,
      complete: answers.filter(({ status, body }) => status === 200 && body === expected).length,
      states: statesOf(answers),
      p50Ms: percentile(
        answers.map(({ tookMs }) => tookMs),
        50,
      ),
    }
  } finally {
    connections.close()
  }
}

function statesOf(answers: readonly Answer[]): Map<string, number> {
  const states = new Map<string, number>()
  for (const { headers } of answers) {
    const state = String(headers['helicone-cache'] ?? 'none')
    states.set(state, (states.get(state) ?? 0) + 1)
  }
  return states
}

function finding(kind: string, bursts: readonly Burst[]): Finding {
  const complete = bursts.reduce((sum, burst) => sum + burst.complete, 0)
  const sent = bursts.length * CALLS
  return {
    bar: 'P6',
    what: `upstream calls of ${CALLS} identical at once, ${kind}`,
    measured: `${bursts.map((burst) => burst.upstreamCalls).join(', ')}; ${complete} of ${sent} answers complete`,
    limit: '1 each, all complete',
    met: complete === sent && bursts.every((burst) => burst.upstreamCalls === 1),
  }
}

function row(
  kind: string,
  burst: number,
  { upstreamCalls, complete, states, p50Ms }: Burst,
): Figures {
  return {
    body: kind,
    burst,
    'upstream calls': upstreamCalls,
    complete,
    states: [...states].map(([state, count]) => `${state} ${count}`).join(', '),
    'p50 ms': rounded(p50Ms, 0),
  }
}
