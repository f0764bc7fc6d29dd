/**
 * A pack: several entries of named byte blobs in one buffer. The same bytes travel in a queue message, lie in R2 as the
 * log of record, and are range-read by the API. Layout, integers little-endian:
 *
 *   "HGPK" · u8 version · u32 index length · index (JSON) · blobs
 *
 * The index lists each entry's id and blob lengths; blobs lie in index order, an entry's blobs side by side.
 */

const MAGIC = [0x48, 0x47, 0x50, 0x4b]
const VERSION = 1
const PREFIX_BYTES = 9
/** An id and three lengths. */
const INDEX_ROW_BYTES = 70
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** One record with its two bodies. */
export interface PackEntry {
  id: string
  record: Uint8Array
  request: Uint8Array
  response: Uint8Array
}

/** Where an entry lies: `offset` is the record's first byte, counted from the pack's start. */
export interface PackSlot {
  id: string
  offset: number
  recordLength: number
  requestLength: number
  responseLength: number
}

export class PackError extends Error {}

type IndexRow = [id: string, record: number, request: number, response: number]

export function encodePack(entries: readonly PackEntry[]): {
  bytes: Uint8Array
  slots: PackSlot[]
} {
  const index: IndexRow[] = entries.map((entry) => [
    entry.id,
    entry.record.byteLength,
    entry.request.byteLength,
    entry.response.byteLength,
  ])
  const { bytes, start } = openPack(index)
  let offset = start
  const slots = entries.map((entry) => {
    const slot = slotOf(entry, offset)
    for (const blob of [entry.record, entry.request, entry.response]) {
      bytes.set(blob, offset)
      offset += blob.byteLength
    }
    return slot
  })
  return { bytes, slots }
}

/** A pack of the index's size, index written, and where its blobs begin. */
function openPack(index: readonly IndexRow[]): { bytes: Uint8Array; start: number } {
  const indexBytes = encoder.encode(JSON.stringify(index))
  const blobBytes = index.reduce((sum, row) => sum + row[1] + row[2] + row[3], 0)
  const start = PREFIX_BYTES + indexBytes.byteLength
  const bytes = new Uint8Array(start + blobBytes)
  bytes.set(MAGIC)
  bytes[4] = VERSION
  new DataView(bytes.buffer).setUint32(5, indexBytes.byteLength, true)
  bytes.set(indexBytes, PREFIX_BYTES)
  return { bytes, start }
}

/** An entry whose record is still text. */
export type TextEntry = Omit<PackEntry, 'record'> & { record: string }

/** Makes a pack entry by entry, so that nothing of an entry is kept but its bytes in one buffer. */
export class PackWriter {
  readonly #blobs: Uint8Array
  readonly #mostEntries: number
  #used = 0
  #index: IndexRow[] = []

  /** `limitBytes` holds for all blobs together, with the index reckoned in. */
  constructor(limitBytes: number, mostEntries: number) {
    this.#blobs = new Uint8Array(limitBytes)
    this.#mostEntries = mostEntries
  }

  get isEmpty(): boolean {
    return this.#index.length === 0
  }

  /** False when there is no room for it: nothing is added then. */
  add({ id, record, request, response }: TextEntry): boolean {
    if (this.#index.length >= this.#mostEntries) return false
    const end = this.#blobs.byteLength - (this.#index.length + 1) * INDEX_ROW_BYTES
    const bodies = request.byteLength + response.byteLength
    if (this.#used + record.length + bodies > end) return false
    const { read, written } = encoder.encodeInto(record, this.#blobs.subarray(this.#used, end))
    if (read < record.length || this.#used + written + bodies > end) return false
    this.#blobs.set(request, this.#used + written)
    this.#blobs.set(response, this.#used + written + request.byteLength)
    this.#index.push([id, written, request.byteLength, response.byteLength])
    this.#used += written + bodies
    return true
  }

  /** The pack and the ids in it; the writer is empty then. */
  take(): { bytes: Uint8Array; ids: string[] } {
    const { bytes, start } = openPack(this.#index)
    bytes.set(this.#blobs.subarray(0, this.#used), start)
    const ids = this.#index.map(([id]) => id)
    this.#used = 0
    this.#index = []
    return { bytes, ids }
  }
}

/** Reads a pack without copying: the blobs are views into `bytes`. Throws `PackError` on anything malformed. */
export function decodePack(bytes: Uint8Array): PackEntry[] {
  if (bytes.byteLength < PREFIX_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new PackError('not a pack')
  }
  if (bytes[4] !== VERSION) throw new PackError(`unknown pack version ${bytes[4]}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const indexEnd = PREFIX_BYTES + view.getUint32(5, true)
  if (indexEnd > bytes.byteLength) throw new PackError('index is cut off')
  let offset = indexEnd
  const take = (length: number): Uint8Array => {
    const end = offset + length
    if (end > bytes.byteLength) throw new PackError('blob is cut off')
    const blob = bytes.subarray(offset, end)
    offset = end
    return blob
  }
  return parseIndex(bytes.subarray(PREFIX_BYTES, indexEnd)).map(
    ([id, record, request, response]) => ({
      id,
      record: take(record),
      request: take(request),
      response: take(response),
    }),
  )
}

function slotOf(entry: PackEntry, offset: number): PackSlot {
  return {
    id: entry.id,
    offset,
    recordLength: entry.record.byteLength,
    requestLength: entry.request.byteLength,
    responseLength: entry.response.byteLength,
  }
}

function parseIndex(bytes: Uint8Array): IndexRow[] {
  let index: unknown
  try {
    index = JSON.parse(decoder.decode(bytes))
  } catch {
    throw new PackError('index is not JSON')
  }
  if (!Array.isArray(index) || !index.every(isIndexRow)) throw new PackError('index has a bad row')
  return index
}

function isIndexRow(row: unknown): row is IndexRow {
  return (
    Array.isArray(row) &&
    row.length === 4 &&
    typeof row[0] === 'string' &&
    row.slice(1).every((length) => Number.isInteger(length) && length >= 0)
  )
}
