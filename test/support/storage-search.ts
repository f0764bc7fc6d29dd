/** Everything that a deployment keeps, as text to search in: databases, bucket, key-value store. */
import { constants, gunzipSync } from 'node:zlib'

export interface Stored {
  /** Table and row, object key or KV key. */
  readonly where: string
  readonly bytes: Buffer
}

export async function everythingStored(env: Env): Promise<Stored[]> {
  const parts = [
    tables(env.DB, 'DB'),
    tables(env.LOGS, 'LOGS'),
    objects(env.BODIES),
    values(env.KV),
  ]
  return (await Promise.all(parts)).flat()
}

/** Places where `text` lies: as it is, inside gzip, or as base64. */
export function placesOf(text: string, stored: readonly Stored[]): string[] {
  const needles = [text, ...base64Of(text)].map((needle) => Buffer.from(needle))
  return stored
    .filter(({ bytes }) =>
      [bytes, ...unzipped(bytes)].some((each) => needles.some((needle) => each.includes(needle))),
    )
    .map(({ where }) => where)
}

/** The three forms that a text can take inside longer base64, without the letters that its neighbours share. */
function base64Of(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('\0'.repeat(shift) + text).toString('base64url')
    return encoded.slice(shift === 0 ? 0 : shift + 1, -3)
  })
}

/** Every gzip stream in the bytes, as far as it can be read. */
function unzipped(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  const magic = Buffer.from([0x1f, 0x8b, 0x08])
  for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    try {
      found.push(gunzipSync(bytes.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH }))
    } catch {
      // Three bytes that only look like it.
    }
  }
  return found
}

async function tables(database: D1Database, name: string): Promise<Stored[]> {
  const { results } = await database
    .prepare(
      "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\'",
    )
    .all<{ name: string }>()
  const rows = await Promise.all(
    results.map(async (table) => {
      const all = await database.prepare(`select * from "${table.name}"`).all()
      return all.results.map((row, index) => ({
        where: `${name}.${table.name}[${index}]`,
        bytes: Buffer.from(JSON.stringify(row)),
      }))
    }),
  )
  return rows.flat()
}

async function objects(bucket: R2Bucket): Promise<Stored[]> {
  const found: Stored[] = []
  let cursor: string | undefined
  do {
    const page = await bucket.list(cursor === undefined ? {} : { cursor })
    for (const { key } of page.objects) {
      const object = await bucket.get(key)
      // The sweep may have been faster.
      if (!object) continue
      const metadata = JSON.stringify([key, object.customMetadata, object.httpMetadata])
      const bytes = Buffer.from(await object.arrayBuffer())
      found.push({ where: `R2 ${key}`, bytes: Buffer.concat([Buffer.from(metadata), bytes]) })
    }
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined)
  return found
}

async function values(store: KVNamespace): Promise<Stored[]> {
  const found: Stored[] = []
  const { keys } = await store.list()
  for (const { name, metadata } of keys) {
    const value = await store.get(name, 'arrayBuffer')
    const head = Buffer.from(JSON.stringify([name, metadata]))
    found.push({ where: `KV ${name}`, bytes: Buffer.concat([head, Buffer.from(value ?? [])]) })
  }
  return found
}
