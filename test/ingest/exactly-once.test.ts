/**
 * The law of the ingest: whatever the batches, deliveries and failures, each record is one row in the end, its tokens
 * and money are right to the last one, and its bodies are found where the row says.
 */
import * as fc from 'fast-check'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test, vi } from 'vitest'
import { ingestPacks } from '../../src/ingest/index.ts'
import type { PackEntry } from '../../src/lib/pack.ts'
import {
  buildEntry,
  chatRequest,
  chatResponse,
  deliver,
  newOrg,
  pack,
  readPacked,
  rowsOf,
  sabotaged,
} from '../support/workers-ingest.ts'

beforeEach(() => {
  for (const level of ['error', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()
})

interface Call {
  org: number
  inputTokens: number
  outputTokens: number
  text: string
}

interface Delivery {
  /** Which calls each message holds; the same call may be in many. */
  messages: number[][]
  /** The operation at which a dependency breaks, and whether it took effect first. */
  breakAt: number | null
  moment: 'before' | 'after'
  /** From there on nothing works, or only that one operation fails. */
  isCrash: boolean
  transport: 'queue' | 'direct'
}

const call: fc.Arbitrary<Call> = fc.record({
  org: fc.nat({ max: 2 }),
  inputTokens: fc.nat({ max: 100_000 }),
  outputTokens: fc.nat({ max: 10_000 }),
  text: fc.string({ unit: 'binary', maxLength: 200 }),
})

const delivery: fc.Arbitrary<Delivery> = fc.record({
  messages: fc.array(fc.array(fc.nat({ max: 1_000 }), { maxLength: 8 }), { maxLength: 5 }),
  breakAt: fc.option(fc.nat({ max: 8 })),
  moment: fc.constantFrom('before', 'after'),
  isCrash: fc.boolean(),
  transport: fc.constantFrom('queue', 'direct'),
})

test('each record is exactly one row', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(call, { minLength: 1, maxLength: 30 }),
      fc.array(delivery, { maxLength: 6 }),
      async (calls, deliveries) => {
        const orgs = [newOrg(), newOrg(), newOrg()]
        const entries = calls.map((one) => entryOf(orgs[one.org] ?? '', one))
        for (const one of deliveries) await disturb(one, entries)
        // Nothing fails for ever: in the end all that the gateway sent comes through once.
        await deliver([pack(...entries)])
        for (const [index, org] of orgs.entries()) {
          const own = calls.flatMap((one, at) => (one.org === index ? [{ one, at }] : []))
          await expectExactly(
            org,
            own.map(({ one }) => one),
            own.map(({ at }) => entries[at]?.id ?? ''),
          )
        }
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

async function disturb(one: Delivery, entries: PackEntry[]): Promise<void> {
  let operations = 0
  const broken = sabotaged((_, moment) => {
    if (moment === 'before') operations += 1
    const reached = operations - 1
    if (one.breakAt === null || reached < one.breakAt) return
    const isHere = reached === one.breakAt && moment === one.moment
    if (isHere || (one.isCrash && reached > one.breakAt)) throw new Error('broken')
  })
  const messages = one.messages.map((picks) =>
    pack(...picks.flatMap((pick) => entries[pick % entries.length] ?? [])),
  )
  if (one.transport === 'queue') await deliver(messages, { env: broken })
  else await ingestPacks(broken, messages).catch(() => undefined)
}

async function expectExactly(org: string, calls: Call[], ids: string[]): Promise<void> {
  const rows = await rowsOf(org)
  expect(rows.map((row) => row.id)).toEqual(ids.toSorted())
  const sums = await env.LOGS.prepare(
    `select coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output,
       coalesce(sum(cost_nano), 0) as cost from requests where org_id = ?`,
  )
    .bind(org)
    .first()
  const input = calls.reduce((sum, one) => sum + one.inputTokens, 0)
  const output = calls.reduce((sum, one) => sum + one.outputTokens, 0)
  // $0.15 and $0.60 per million tokens are 150 and 600 nano-dollars each.
  expect(sums).toEqual({ input, output, cost: input * 150 + output * 600 })
  for (const row of rows) {
    const one = calls[ids.indexOf(row.id)]
    const stored = await readPacked(row)
    expect(stored.record['id']).toBe(row.id)
    expect(stored.request).toBe(chatRequest(one?.text ?? ''))
  }
}

function entryOf(org: string, { text, inputTokens, outputTokens }: Call): PackEntry {
  return buildEntry(org, {
    requestBody: chatRequest(text),
    responseBody: chatResponse(text, inputTokens, outputTokens),
  })
}
