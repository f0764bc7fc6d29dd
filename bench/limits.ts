/**
 * P7: 1,000 requests at once against a limit of 100 an hour, on a native Durable Object with its state on disk. Every run
 * counts a segment of its own, and afterwards asks again, when the isolate knows the denial.
 */
import { randomUUID } from 'node:crypto'
import { openBurst, type Answer, type Burst } from './burst.ts'
import type { BenchUpstream } from './upstream.ts'
import { rounded, type Figures, type Finding, type Section } from './finding.ts'
import { settledCounts, startGateway } from './gateway.ts'
import { CHAT_HEADERS, chatBody } from './request.ts'
import { percentile } from './statistics.ts'
import type { Server } from './workerd.ts'

const RUNS = 5
const REQUESTS = 1_000
const QUOTA = 100
const WINDOW_SECONDS = 3_600
/** A slower run would see the quota grow while it is measured. */
const REFILL_MS = (WINDOW_SECONDS * 1_000) / QUOTA

interface Round {
  passed: number
  denied: number
  /** Neither 200 nor 429. */
  others: number
  hops: number
  records: number
  p50Ms: number
  tookMs: number
}

interface Run {
  burst: Round
  again: Round
}

export async function measureLimits(upstream: BenchUpstream): Promise<Section> {
  const server = await startGateway(upstream.jsonUrl)
  try {
    const runs: Run[] = []
    for (let i = 0; i < RUNS; i += 1) runs.push(await measureRun(server))
    return {
      name: 'limits',
      findings: findings(runs),
      tables: [
        {
          title: `${REQUESTS} requests at once against ${QUOTA};w=${WINDOW_SECONDS}, then as many again`,
          rows: runs.flatMap(({ burst, again }, index) => [
            row(index + 1, 'at once', burst),
            row(index + 1, 'again', again),
          ]),
        },
      ],
      notes: ['One isolate: each further isolate of a deployment learns of a denial by one hop.'],
    }
  } finally {
    await server.close()
  }
}

async function measureRun(server: Server): Promise<Run> {
  const burst = await openBurst(server.url, REQUESTS)
  const headers = {
    ...CHAT_HEADERS,
    'helicone-property-run': randomUUID(),
    'helicone-ratelimit-policy': `${QUOTA};w=${WINDOW_SECONDS};s=run`,
  }
  try {
    return {
      burst: await measureRound(server, burst, headers),
      again: await measureRound(server, burst, headers),
    }
  } finally {
    burst.close()
  }
}

async function measureRound(
  server: Server,
  burst: Burst,
  headers: Readonly<Record<string, string>>,
): Promise<Round> {
  const before = await settledCounts(server)
  const startedAt = performance.now()
  const answers = await burst.send({ headers, body: chatBody(false) })
  const tookMs = performance.now() - startedAt
  const after = await settledCounts(server)
  const withStatus = (status: number): Answer[] => answers.filter((one) => one.status === status)
  const passed = withStatus(200).length
  const denied = withStatus(429).length
  return {
    passed,
    denied,
    others: answers.length - passed - denied,
    hops: after.limiterHops - before.limiterHops,
    records: after.records - before.records,
    p50Ms: percentile(
      answers.map((answer) => answer.tookMs),
      50,
    ),
    tookMs,
  }
}

function findings(runs: readonly Run[]): Finding[] {
  const bursts = runs.map(({ burst }) => burst)
  const again = runs.map(({ again: round }) => round)
  const hops = Math.max(...bursts.map((round) => round.hops / REQUESTS))
  const remembered = again.reduce((sum, round) => sum + round.denied - round.hops, 0)
  const records = [...bursts, ...again].reduce((sum, round) => sum + round.records, 0)
  const slowest = Math.max(...runs.map(({ burst }) => burst.tookMs))
  return [
    {
      bar: 'P7',
      what: `calls let in of ${REQUESTS} at once, each of ${RUNS} runs`,
      measured: `${bursts.map(({ passed }) => passed).join(', ')} (slowest run ${rounded(slowest, 0)} ms)`,
      limit: `exactly ${QUOTA}, the rest 429`,
      met:
        slowest < REFILL_MS &&
        bursts.every(({ passed, others }) => passed === QUOTA && others === 0),
    },
    {
      bar: 'P7',
      what: 'limiter hops per request, worst run',
      measured: `${rounded(hops, 3)}`,
      limit: '<= 1',
      met: hops <= 1,
    },
    {
      bar: 'P7',
      what: 'asked again: denials answered from memory',
      measured: `${remembered} of ${RUNS * REQUESTS}`,
      limit: 'all',
      met: remembered === RUNS * REQUESTS,
    },
    {
      bar: 'P8',
      what: 'one record for every request, denied or not',
      measured: `${records} of ${2 * RUNS * REQUESTS}`,
      limit: 'all',
      met: records === 2 * RUNS * REQUESTS,
    },
  ]
}

function row(run: number, when: string, round: Round): Figures {
  return {
    run,
    when,
    'let in': round.passed,
    denied: round.denied,
    others: round.others,
    hops: round.hops,
    // Answered from memory, or asked for together with others.
    'without a hop': round.denied + round.passed + round.others - round.hops,
    'p50 ms': rounded(round.p50Ms, 0),
    'all ms': rounded(round.tookMs, 0),
  }
}
