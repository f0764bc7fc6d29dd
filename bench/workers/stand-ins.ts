/**
 * Bindings that live in the isolate itself: the key is always found, everything else is taken and counted. An unknown
 * statement throws, so that a change of the hot path cannot go unnoticed here. Rate limiters are workerd's own Durable
 * Objects; only the calls to them are counted.
 */
import { limiterNamed, UNITS_PER } from '../../src/lib/limiter-protocol.ts'
import type {
  Limiter,
  LimiterNamespace,
  TakeAnswer,
  TakeReceipt,
} from '../../src/lib/limiter-protocol.ts'
import { decodePack } from '../../src/lib/pack.ts'
import { keyValue } from './key-value.ts'

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
  /** Questions to a limiter: one may be for several calls. */
  limiterHops: number
  /** Calls that a limiter was asked for, and those that corrected or gave back what it had counted. */
  limiterTakes: number
  limiterCorrections: number
  /** Of the response cache's KV, which keeps what it is given. */
  responseReads: number
  responseWrites: number
}

const responses = { reads: 0, writes: 0 }
const counts = {
  records: 0,
  queueMessages: 0,
  queueBatches: 0,
  queueBytes: 0,
  databaseReads: 0,
  kvReads: 0,
  kvWrites: 0,
  bucketWrites: 0,
  bucketBytes: 0,
  limiterHops: 0,
  limiterTakes: 0,
  limiterCorrections: 0,
}

export function countsOf(): Counts {
  return { ...counts, responseReads: responses.reads, responseWrites: responses.writes }
}

type StandIns = Pick<Env, 'DB' | 'KV' | 'BODIES' | 'LOG_QUEUE' | 'RATE_LIMITER' | 'RESPONSES'>

/** The bindings that the request path touches. */
export function standIns(limiters: LimiterNamespace): StandIns {
  return {
    DB: { prepare: statement } as unknown as D1Database,
    KV: { get: readKv, put: writeKv } as unknown as KVNamespace,
    BODIES: { put: writeObject } as unknown as R2Bucket,
    LOG_QUEUE: { sendBatch } as unknown as Queue,
    RATE_LIMITER: counted(limiters) as unknown as Env['RATE_LIMITER'],
    RESPONSES: keyValue(responses),
  }
}

function statement(sql: string): unknown {
  if (!sql.endsWith('from api_keys k where k.hash = ?1'))
    throw new Error(`unexpected statement: ${sql}`)
  const rights = { permissions: 'rw', revoked_at: null }
  const row = { id: 'key', org_id: 'org', ...rights, rules: '[]', settings: '{}' }
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

/** Calls that were taken for ahead count as asked for; what of a loan comes back does not. */
function noteLoan(answer: TakeAnswer): TakeAnswer {
  counts.limiterTakes += answer.loan?.calls ?? 0
  return answer
}

function noteReturn({ taken }: TakeReceipt): void {
  counts.limiterHops += 1
  counts.limiterTakes -= (taken[0]?.units ?? 0) / UNITS_PER.request
}

/** Passes every call on to the object, and counts it. */
function counted(limiters: LimiterNamespace): LimiterNamespace {
  const getByName = (name: string): Limiter => {
    const limiter = limiterNamed(limiters, name)
    return {
      take: async (input) => {
        counts.limiterHops += 1
        counts.limiterTakes += 1
        return noteLoan(await limiter.take(input))
      },
      takeAll: async (inputs) => {
        counts.limiterHops += 1
        counts.limiterTakes += inputs.length
        return (await limiter.takeAll(inputs)).map(noteLoan)
      },
      settle: (receipt, actual) => {
        counts.limiterCorrections += 1
        return limiter.settle(receipt, actual)
      },
      release: (receipt) => {
        counts.limiterCorrections += 1
        if (receipt.id.endsWith(':loan')) noteReturn(receipt)
        return limiter.release(receipt)
      },
      peek: () => limiter.peek(),
    }
  }
  return { getByName }
}
