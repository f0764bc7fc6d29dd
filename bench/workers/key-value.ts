/** A KV namespace in the isolate's memory: what was put is there for as long as its life lasts, and can be listed. */

interface Entry {
  bytes: Uint8Array
  metadata: unknown
  /** Epoch ms; null never ends. */
  expiresAt: number | null
}

type ReadType = 'text' | 'json' | 'arrayBuffer'
type Listed = KVNamespaceListResult<unknown>

export interface KeyValueCounts {
  reads: number
  writes: number
}

const MOST_LISTED = 1_000
const SHORTEST_LIFE_SECONDS = 60

/** Reads and writes are counted into `counts`. */
export function keyValue(counts: KeyValueCounts): KVNamespace {
  const store = new MemoryStore(counts)
  return {
    get: (name: string, as?: unknown) => store.get(name, as),
    getWithMetadata: (name: string, as?: unknown) => store.getWithMetadata(name, as),
    put: (name: string, value: unknown, options?: KVNamespacePutOptions) =>
      store.put(name, value, options ?? {}),
    delete: (name: string) => store.delete(name),
    list: (options?: KVNamespaceListOptions) => store.list(options ?? {}),
  } as unknown as KVNamespace
}

class MemoryStore {
  readonly #counts: KeyValueCounts
  readonly #entries = new Map<string, Entry>()

  constructor(counts: KeyValueCounts) {
    this.#counts = counts
  }

  async get(name: string, as: unknown): Promise<unknown> {
    return (await this.getWithMetadata(name, as)).value
  }

  async getWithMetadata(name: string, as: unknown): Promise<{ value: unknown; metadata: unknown }> {
    this.#counts.reads += 1
    const entry = this.#alive(name)
    if (entry === null) return { value: null, metadata: null }
    return { value: shown(entry.bytes, typeOf(as)), metadata: entry.metadata }
  }

  async put(name: string, value: unknown, options: KVNamespacePutOptions): Promise<void> {
    this.#counts.writes += 1
    const { expiration, expirationTtl, metadata } = options
    if (expirationTtl !== undefined && expirationTtl < SHORTEST_LIFE_SECONDS) {
      throw new Error(`KV PUT failed: expirationTtl of ${expirationTtl} is below 60`)
    }
    const ttlEnd = expirationTtl === undefined ? null : Date.now() + expirationTtl * 1_000
    const expiresAt = expiration === undefined ? ttlEnd : expiration * 1_000
    this.#entries.set(name, { bytes: bytesOf(value), metadata: metadata ?? null, expiresAt })
  }

  async delete(name: string): Promise<void> {
    this.#counts.writes += 1
    this.#entries.delete(name)
  }

  /** In order of names; the cursor is the last name of the page before. */
  async list({ prefix, limit, cursor }: KVNamespaceListOptions): Promise<Listed> {
    this.#counts.reads += 1
    const after = cursor ?? ''
    const names = [...this.#entries.keys()]
      .filter((name) => name.startsWith(prefix ?? '') && name > after && this.#alive(name) !== null)
      .toSorted()
    const page = names.slice(0, limit ?? MOST_LISTED)
    const keys = page.map((name) => ({ name, metadata: this.#alive(name)?.metadata }))
    const last = page.at(-1)
    if (names.length === page.length || last === undefined) {
      return { keys, list_complete: true, cacheStatus: null }
    }
    return { keys, list_complete: false, cursor: last, cacheStatus: null }
  }

  #alive(name: string): Entry | null {
    const entry = this.#entries.get(name)
    if (entry === undefined) return null
    if (entry.expiresAt === null || entry.expiresAt > Date.now()) return entry
    this.#entries.delete(name)
    return null
  }
}

function typeOf(as: unknown): ReadType {
  const type = typeof as === 'object' && as !== null ? (as as { type?: unknown }).type : as
  if (type === undefined || type === 'text') return 'text'
  if (type === 'json' || type === 'arrayBuffer') return type
  throw new Error(`this KV reads no ${String(type)}`)
}

function shown(bytes: Uint8Array, type: ReadType): unknown {
  if (type === 'arrayBuffer') return bytes.slice().buffer
  const text = new TextDecoder().decode(bytes)
  return type === 'json' ? JSON.parse(text) : text
}

function bytesOf(value: unknown): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0))
  if (value instanceof Uint8Array) return value.slice()
  throw new Error('this KV takes text and bytes')
}
