/** Reads one request's record and bodies from R2: one range of its pack, and an object for each body too big for it. */
import type { IndexRow } from './analytics.ts'

export interface StoredBodies {
  /** JSON of the log record. */
  record: Uint8Array
  request: Uint8Array
  response: Uint8Array
}

/** Null when nothing was kept, or the pack is gone (expired, deleted). */
export async function readStoredBodies(
  bucket: R2Bucket,
  row: IndexRow,
): Promise<StoredBodies | null> {
  const { packKey, packOffset, recordLength, requestLength, responseLength } = row
  if (packKey === null || packOffset === null || recordLength === null) return null
  const requestBytes = requestLength ?? 0
  const length = recordLength + requestBytes + (responseLength ?? 0)
  const [pack, request, response] = await Promise.all([
    readRange(bucket, packKey, packOffset, length),
    readObject(bucket, row.requestObject),
    readObject(bucket, row.responseObject),
  ])
  if (pack === null) return null
  return {
    record: pack.subarray(0, recordLength),
    request: request ?? pack.subarray(recordLength, recordLength + requestBytes),
    response: response ?? pack.subarray(recordLength + requestBytes),
  }
}

async function readRange(
  bucket: R2Bucket,
  key: string,
  offset: number,
  length: number,
): Promise<Uint8Array | null> {
  const object = await bucket.get(key, { range: { offset, length } })
  return object === null ? null : new Uint8Array(await object.arrayBuffer())
}

async function readObject(bucket: R2Bucket, key: string | null): Promise<Uint8Array | null> {
  const object = key === null ? null : await bucket.get(key)
  return object === null ? null : new Uint8Array(await object.arrayBuffer())
}
