/**
 * Message body → records. Never throws: what cannot be read comes out as poison, with its raw bytes, beside what can.
 */
import { logRecordSchema } from '../contracts/log-record.ts'
import type { LogRecord } from '../contracts/log-record.ts'
import { reasonOf } from '../lib/log.ts'
import { decodePack } from '../lib/pack.ts'
import type { PackEntry } from '../lib/pack.ts'
import { summarySchema } from './summary-schema.ts'

/** One record with the two bodies that travelled with it, as they passed on the wire. */
export interface LogEntry {
  record: LogRecord
  /** What it was read from. */
  raw: PackEntry
}

/** An entry that will never be readable. */
export interface Poison {
  raw: PackEntry
  reason: string
}

export interface OpenedPack {
  entries: LogEntry[]
  poison: Poison[]
  /** The whole message, when it is no pack at all. */
  unreadable: { bytes: Uint8Array; reason: string } | null
}

/** Last moment that a UUIDv7 can hold. */
const LATEST_MS = 2 ** 48 - 1
/** A row of D1 holds 2 MB. The gateway's records have a few KB. */
const MAX_RECORD_BYTES = 512 * 1024
const recordSchema = logRecordSchema.extend({ summary: summarySchema.nullable() })
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function openPack(body: unknown): OpenedPack {
  const bytes = bytesOf(body)
  const entries: LogEntry[] = []
  const poison: Poison[] = []
  let packed: PackEntry[]
  try {
    packed = decodePack(bytes)
  } catch (error) {
    return { entries, poison, unreadable: { bytes, reason: reasonOf(error) } }
  }
  for (const raw of packed) {
    try {
      entries.push({ record: readRecord(raw), raw })
    } catch (error) {
      poison.push({ raw, reason: reasonOf(error) })
    }
  }
  return { entries, poison, unreadable: null }
}

/** Whatever a queue message can hold, as bytes. */
export function bytesOf(body: unknown): Uint8Array {
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body ?? null))
}

function readRecord(raw: PackEntry): LogRecord {
  if (raw.record.byteLength > MAX_RECORD_BYTES) throw new Error('bad record: too big')
  const parsed = recordSchema.safeParse(JSON.parse(decoder.decode(raw.record)))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`bad record: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const record = parsed.data
  if (record.id !== raw.id) throw new Error('bad record: id is not the one in the index')
  if (record.startedAt < 0 || record.startedAt > LATEST_MS) {
    throw new Error('bad record: startedAt is no time')
  }
  return record
}
