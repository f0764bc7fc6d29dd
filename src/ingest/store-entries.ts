/**
 * The way of an entry: what is stored already is dropped, bodies are read, priced and packed into R2, then the rows go
 * in. Any step may fail or be repeated in any order, also half of it: the next delivery does what is left, and a row is
 * never doubled.
 */
import { reasonOf } from '../lib/log.ts'
import { mapLimited } from '../lib/pool.ts'
import { findStored, insertRows } from '../store/logs-writer.ts'
import type { RowKey, StoredRow } from '../store/logs-writer.ts'
import type { LogEntry } from './decode.ts'
import { normalise } from './normalise.ts'
import { shelve } from './persist.ts'
import type { Prepared } from './persist.ts'
import { loadPricer } from './price.ts'
import type { Pricer } from './price.ts'
import { readBodies } from './read-bodies.ts'
import { summarise } from './summarise.ts'

const CONCURRENT_ORGS = 4
const CONCURRENT_READS = 4
const encoder = new TextEncoder()

/** What became of the entries, by `keyOf`; an entry that is in neither map is stored. */
export interface Outcome {
  /** Must come again: key → why. */
  failed: Map<string, string>
  /** Will never be storable: key → why. */
  poison: Map<string, string>
  rows: StoredRow[]
}

export function keyOf({ orgId, id }: RowKey): string {
  return `${id} ${orgId}`
}

/** Never throws. */
export async function storeEntries(env: Env, entries: readonly LogEntry[]): Promise<Outcome> {
  const outcome: Outcome = { failed: new Map(), poison: new Map(), rows: [] }
  const fresh = new Map(entries.map((entry) => [keyOf(entry.record), entry]))
  if (fresh.size === 0) return outcome
  try {
    const known = await findStored(
      env.LOGS,
      [...fresh.values()].map(({ record: { orgId, id } }) => ({ orgId, id })),
    )
    for (const row of known) fresh.delete(keyOf(row))
    await storeFresh(env, [...fresh.values()], outcome)
  } catch (error) {
    for (const key of fresh.keys()) outcome.failed.set(key, reasonOf(error))
  }
  return outcome
}

async function storeFresh(env: Env, entries: LogEntry[], outcome: Outcome): Promise<void> {
  if (entries.length === 0) return
  const pricer = await loadPricer()
  // In order, so that the same entries make the same pack whatever order they came in.
  entries.sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
  const byOrg = Map.groupBy(entries, ({ record }) => record.orgId)
  const shelves = await mapLimited([...byOrg], CONCURRENT_ORGS, ([orgId, own]) =>
    shelve(env.BODIES, orgId, prepareAll(env.BODIES, own, pricer, outcome)),
  )
  for (const { row, reason } of shelves.flatMap((shelf) => shelf.failed)) {
    outcome.failed.set(keyOf(row), reason)
  }
  const inserted = await insertRows(
    env.LOGS,
    shelves.flatMap((shelf) => shelf.rows),
  )
  for (const { rows, error, isFinal } of inserted) {
    if (error === null) outcome.rows.push(...rows)
    else {
      const fate = isFinal ? outcome.poison : outcome.failed
      for (const row of rows) fate.set(keyOf(row), reasonOf(error))
    }
  }
}

async function* prepareAll(
  bucket: R2Bucket,
  entries: readonly LogEntry[],
  pricer: Pricer,
  outcome: Outcome,
): AsyncGenerator<Prepared[]> {
  for (let start = 0; start < entries.length; start += CONCURRENT_READS) {
    const part = entries.slice(start, start + CONCURRENT_READS)
    const prepared = await mapLimited(part, CONCURRENT_READS, (entry) =>
      prepare(bucket, entry, pricer, outcome),
    )
    yield prepared.filter((one) => one !== null)
  }
}

/** R2 failing is a reason to come again; an entry that cannot be read or priced never will be. */
async function prepare(
  bucket: R2Bucket,
  entry: LogEntry,
  pricer: Pricer,
  outcome: Outcome,
): Promise<Prepared | null> {
  const key = keyOf(entry.record)
  let bodies
  try {
    bodies = await readBodies(bucket, entry)
  } catch (error) {
    outcome.failed.set(key, reasonOf(error))
    return null
  }
  const { request, response } = bodies
  try {
    const { summary, outcome: ended } = summarise(entry.record, bodies)
    const record = { ...entry.record, outcome: ended }
    const cost = pricer(record, summary)
    const stored = { ...record, request: request.fact, response: response.fact, summary, cost }
    return {
      row: normalise(record, summary, cost, bodies),
      packed: {
        id: record.id,
        record: encoder.encode(JSON.stringify(stored)),
        request: request.packed,
        response: response.packed,
      },
    }
  } catch (error) {
    outcome.poison.set(key, reasonOf(error))
    return null
  }
}
