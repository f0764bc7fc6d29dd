/**
 * The two sides of every conformance test: the same client, talking to the sandbox provider directly, and through the
 * gateway to the same provider. Results must not differ but in what no two answers share: ids and moments.
 */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { startBareGateway, type BareGateway } from '../support/bare-gateway.ts'
import { startSandboxServer, type SandboxServer } from '../support/sandbox-server.ts'
import { LOCAL_KEY } from '../../src/env.ts'
import { rowOf, type LogRow } from '../support/stored-rows.ts'

export interface Sides {
  readonly sandbox: SandboxServer
  readonly gateway: BareGateway
  close(): Promise<void>
}

export async function startSides(): Promise<Sides> {
  const sandbox = await startSandboxServer()
  const gateway = await startBareGateway({ upstream: sandbox.url })
  return {
    sandbox,
    gateway,
    close: async () => {
      await gateway.close()
      await sandbox.close()
    },
  }
}

/** What an application adds to its client to be seen: everything that a row has a column for. */
export function heliconeHeaders(requestId: string): Record<string, string> {
  return {
    'Helicone-Auth': `Bearer ${LOCAL_KEY}`,
    'Helicone-Request-Id': requestId,
    'Helicone-User-Id': 'user-7',
    'Helicone-Session-Id': 'session-7',
    'Helicone-Session-Path': '/plan/step',
    'Helicone-Session-Name': 'Seven',
    'Helicone-Property-Team': 'conformance',
    'Helicone-Request-Name': 'probe',
  }
}

/** The columns that those headers fill. */
export const IDENTITY = {
  org_id: 'org-local',
  key_id: 'key-local',
  user_id: 'user-7',
  session_id: 'session-7',
  session_path: '/plan/step',
  session_name: 'Seven',
  request_name: 'probe',
  properties: '{"team":"conformance"}',
  error_code: null,
  warnings: null,
}

export interface SideRun<Client> {
  readonly name: string
  /** Answers, or throws as the client does; called once for each side. */
  readonly call: (client: Client) => Promise<unknown>
  /** Columns of the row, besides identity and timing. */
  readonly row: Readonly<Record<string, unknown>>
}

export interface Maker<Client> {
  direct(sides: Sides): Client
  through(sides: Sides, headers: Record<string, string>): Client
}

/** Runs the call on both sides, compares, and answers the one row that the gateway's side left. */
export async function expectSameOnBothSides<Client>(
  sides: Sides,
  maker: Maker<Client>,
  run: SideRun<Client>,
): Promise<LogRow> {
  const requestId = randomUUID()
  const through = maker.through(sides, heliconeHeaders(requestId))
  const [direct, passed] = [await settle(run, maker.direct(sides)), await settle(run, through)]
  expect(passed).toEqual(direct)
  const row = await rowOf(sides.gateway.env, requestId)
  expect(row).toMatchObject({ ...IDENTITY, request_id: requestId, ...run.row })
  expectTiming(row)
  const usage = usageIn(passed)
  if (usage) expect([row['input_tokens'], row['output_tokens']]).toEqual(usage)
  return row
}

/** Input and output tokens as the answer tells them, when it does so in one place. */
function usageIn(answer: unknown): [input: number, output: number] | null {
  if (typeof answer !== 'object' || answer === null) return null
  const values = Object.entries(answer).toReversed()
  for (const [name, value] of values) {
    const usage = (name === 'usage' ? value : null) as Record<string, number> | null
    const input = usage?.['prompt_tokens'] ?? usage?.['input_tokens']
    if (input === undefined) continue
    const output = usage?.['completion_tokens'] ?? usage?.['output_tokens']
    // One vendor counts what the cache served apart; a row counts all that was read.
    const cached =
      (usage?.['cache_read_input_tokens'] ?? 0) + (usage?.['cache_creation_input_tokens'] ?? 0)
    // An embedding has no output.
    return output === undefined ? null : [input + cached, output]
  }
  for (const [, value] of values) {
    const found = usageIn(value)
    if (found) return found
  }
  return null
}

async function settle<Client>(run: SideRun<Client>, client: Client): Promise<unknown> {
  try {
    return normalised({ answer: await run.call(client) })
  } catch (error) {
    return normalised({ error: factsOf(error) })
  }
}

/** What a program can see of an exception. */
export function factsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) throw new Error('what was thrown is no error', { cause: error })
  const facts = error as Error & Record<string, unknown>
  const { status, code, type, param, requestID, error: body, headers } = facts
  const retryAfter = headers instanceof Headers ? headers.get('retry-after') : null
  return {
    class: error.constructor.name,
    message: error.message,
    ...{ status, code, type, param, requestID, body, retryAfter },
  }
}

function expectTiming(row: LogRow): void {
  const { timing, attempts } = JSON.parse(String(row['detail'])) as {
    timing: { totalMs: number; gatewayMs: number; upstreamHeadersMs: number | null }
    attempts: unknown[]
  }
  expect(attempts).toHaveLength(1)
  expect(timing.gatewayMs).toBeGreaterThanOrEqual(0)
  expect(timing.totalMs).toBeGreaterThanOrEqual(timing.upstreamHeadersMs ?? 0)
  expect(Math.abs(Number(row['created_at']) - Date.now())).toBeLessThan(120_000)
}

/** A prefix and what never repeats behind it. */
const FRESH_ID = /\b([a-z]{2,9})([-_])[0-9a-f]{20,}\b/g
const MOMENTS: ReadonlySet<string> = new Set(['created', 'created_at', 'completed_at'])

/** A plain copy without ids and moments. */
export function normalised(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key: string, each: unknown) => {
      if (MOMENTS.has(key) && typeof each === 'number') return 'some moment'
      return typeof each === 'string' ? each.replaceAll(FRESH_ID, '$1$2fresh') : each
    }) ?? 'null',
  ) as unknown
}
