/**
 * Bindings that live in the isolate itself: the key is always found, everything else is taken and counted. An unknown
 * statement throws, so that a change of the hot path cannot go unnoticed here.
 */
import { decodePack } from '../../src/lib/pack.ts'

/** What reached the stand-ins since the isolate began. */
export interface Counts {
  /** Log records that left through the queue. */
  records: number
  queueMessages: number
  queueBatches: number
  queueBytes: number
  databaseReads: number
  kvReads: number
  kvWrites: number
  bucketWrites: number
  bucketBytes: number
}

const counts: Counts = {
  records: 0,
  queueMessages: 0,
  queueBatches: 0,
  queueBytes: 0,
  databaseReads: 0,
  kvReads: 0,
  kvWrites: 0,
  bucketWrites: 0,
  bucketBytes: 0,
}

export function countsOf(): Counts {
  return counts
}

/** The bindings that the request path touches. */
export function standIns(): Pick<Env, 'DB' | 'KV' | 'BODIES' | 'LOG_QUEUE'> {
  return {
    DB: { prepare: statement } as unknown as D1Database,
    KV: { get: readKv, put: writeKv } as unknown as KVNamespace,
    BODIES: { put: writeObject } as unknown as R2Bucket,
    LOG_QUEUE: { sendBatch } as unknown as Queue,
  }
}

function statement(sql: string): unknown {
  if (!sql.endsWith('from api_keys k where k.hash = ?1'))
    throw new Error(`unexpected statement: ${sql}`)
  const row = { id: 'key', org_id: 'org', permissions: 'rw', revoked_at: null, rules: '[]' }
  const bound = {
    bind: () => bound,
    first: () => {
      counts.databaseReads += 1
      return Promise.resolve(row)
    },
  }
  return bound
}

function readKv(): Promise<null> {
  counts.kvReads += 1
  return Promise.resolve(null)
}

function writeKv(): Promise<void> {
  counts.kvWrites += 1
  return Promise.resolve()
}

function writeObject(_key: string, bytes: Uint8Array): Promise<void> {
  counts.bucketWrites += 1
  counts.bucketBytes += bytes.byteLength
  return Promise.resolve()
}

function sendBatch(messages: Iterable<{ body: Uint8Array }>): Promise<void> {
  counts.queueBatches += 1
  for (const { body } of messages) {
    counts.queueMessages += 1
    counts.queueBytes += body.byteLength
    counts.records += decodePack(body).length
  }
  return Promise.resolve()
}
