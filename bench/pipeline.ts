/**
 * P8: the log pipeline on the real local stack (workerd with local D1, R2, queue and Durable Object): how long after a
 * request's end its row is pushed and readable, and how many rows per second the consumer stores.
 */
import { startDevGateway, LOCAL_KEY, type DevGateway } from '../test/support/gateway.ts'
import { rounded, type Effort, type Figures, type Finding, type Section } from './finding.ts'
import { measureIngest, type Ingest } from './ingest.ts'
import { percentile } from './statistics.ts'

const TRANSPORTS = ['direct', 'queue'] as const
const POLL_MS = 10
const LIMIT_MS = 15_000
const WARM_UP_CALLS = 5

interface Delays {
  /** ms from the last byte of the answer. */
  visibleMs: number[]
  pushedMs: number[]
}

export async function measurePipeline(effort: Effort): Promise<Section> {
  const direct = await measureDelays('direct', effort)
  const queue = await measureDelays('queue', effort)
  const delays = { direct, queue }
  const ingest = await measureIngest(effort.pipelineRows)
  return {
    name: 'pipeline',
    findings: [...delayFindings(delays), ingestFinding(ingest)],
    tables: [
      { title: 'From the end of a request, one at a time', rows: delayRows(delays) },
      {
        title: 'Consumer, queue to local R2 and D1',
        rows: [
          {
            rows: ingest.rows,
            seconds: rounded(ingest.seconds, 1),
            'rows/s': Math.round(ingest.rows / ingest.seconds),
            'queue messages': ingest.messages,
          },
        ],
      },
    ],
    notes: ['The local stack goes through the proxies of wrangler; one machine does all the work.'],
  }
}

async function measureDelays(
  transport: (typeof TRANSPORTS)[number],
  effort: Effort,
): Promise<Delays> {
  const gateway = await startDevGateway({ vars: { LOG_TRANSPORT: transport } })
  const viewer = await openViewer(gateway)
  const delays: Delays = { visibleMs: [], pushedMs: [] }
  try {
    for (let i = 0; i < effort.pipelineSamples + WARM_UP_CALLS; i += 1) {
      const { id, endedAt } = await callSandbox(gateway, i)
      const [pushedAt, visibleAt] = await Promise.all([
        viewer.pushed(id),
        untilVisible(gateway, id),
      ])
      if (i < WARM_UP_CALLS) continue
      delays.pushedMs.push(Math.max(0, pushedAt - endedAt))
      delays.visibleMs.push(Math.max(0, visibleAt - endedAt))
    }
  } finally {
    viewer.close()
    await gateway.close()
  }
  return delays
}

async function callSandbox(
  gateway: DevGateway,
  index: number,
): Promise<{ id: string; endedAt: number }> {
  const response = await gateway.fetch('/sandbox/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'helicone-auth': `Bearer ${LOCAL_KEY}` },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: `How far does signal ${index} reach?` }],
    }),
  })
  const text = await response.text()
  const endedAt = performance.now()
  const id = response.headers.get('helicone-id')
  if (!response.ok || id === null)
    throw new Error(`the sandbox answered ${response.status}: ${text}`)
  return { id, endedAt }
}

async function untilVisible(gateway: DevGateway, id: string): Promise<number> {
  const giveUpAt = performance.now() + LIMIT_MS
  while (performance.now() < giveUpAt) {
    const response = await gateway.fetch(`/v1/request/${id}`, {
      headers: { authorization: `Bearer ${LOCAL_KEY}` },
    })
    await response.arrayBuffer()
    if (response.ok) return performance.now()
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`${id} did not become visible within ${LIMIT_MS} ms:\n${gateway.output()}`)
}

interface Viewer {
  /** `performance.now()` at which the row with this id arrived. */
  pushed(id: string): Promise<number>
  close(): void
}

/** The dashboard's live feed, as a client that holds a key. */
async function openViewer(gateway: DevGateway): Promise<Viewer> {
  const arrivals = new Map<string, number>()
  const waiting = new Map<string, (at: number) => void>()
  const url = `${gateway.url.replace(/^http/, 'ws')}/api/live`
  // Node's WebSocket takes headers, which browsers' do not.
  const options = { headers: { authorization: `Bearer ${LOCAL_KEY}` } } as unknown as string[]
  const socket = new WebSocket(url, options)
  socket.addEventListener('message', (event) => {
    const at = performance.now()
    const message = JSON.parse(String(event.data)) as { rows?: { request_id: string }[] }
    for (const { request_id: id } of message.rows ?? []) {
      arrivals.set(id, at)
      waiting.get(id)?.(at)
    }
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('the live feed refused the viewer')))
  })
  return {
    pushed: (id) => {
      const known = arrivals.get(id)
      if (known !== undefined) return Promise.resolve(known)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${id} was not pushed`)), LIMIT_MS)
        waiting.set(id, (at) => {
          clearTimeout(timer)
          resolve(at)
        })
      })
    },
    close: () => socket.close(),
  }
}

function delayFindings(delays: Record<(typeof TRANSPORTS)[number], Delays>): Finding[] {
  return TRANSPORTS.flatMap((transport) => {
    const visible = percentile(delays[transport].visibleMs, 95)
    const pushed = percentile(delays[transport].pushedMs, 95)
    return [
      {
        bar: 'P8',
        what: `request end to visible by API, p95, ${transport}`,
        measured: `${rounded(visible, 0)} ms`,
        limit: '<= 2,000 ms',
        met: visible <= 2_000,
      },
      {
        bar: 'P8',
        what: `request end to pushed, p95, ${transport}`,
        measured: `${rounded(pushed, 0)} ms`,
        limit: '<= 500 ms',
        met: pushed <= 500,
      },
    ]
  })
}

function ingestFinding(ingest: Ingest): Finding {
  const perSecond = ingest.rows / ingest.seconds
  return {
    bar: 'P8',
    what: 'rows stored per second, local D1',
    measured: `${Math.round(perSecond)} rows/s`,
    limit: '>= 2,000 rows/s',
    met: perSecond >= 2_000,
  }
}

function delayRows(delays: Record<(typeof TRANSPORTS)[number], Delays>): Figures[] {
  return TRANSPORTS.map((transport) => {
    const { visibleMs, pushedMs } = delays[transport]
    return {
      transport,
      'visible p50 ms': rounded(percentile(visibleMs, 50), 0),
      'visible p95 ms': rounded(percentile(visibleMs, 95), 0),
      'pushed p50 ms': rounded(percentile(pushedMs, 50), 0),
      'pushed p95 ms': rounded(percentile(pushedMs, 95), 0),
      requests: visibleMs.length,
    }
  })
}
