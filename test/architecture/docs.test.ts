/** The reference pages say what the code says: every name of a table in code is on its page, and nothing else is. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { API_ERRORS } from '../../src/api/errors.ts'
import { ERROR_CODES } from '../../src/gateway/errors.ts'
import { HEADERS } from '../../src/gateway/receive/headers.ts'
import type { HeaderSpec } from '../../src/gateway/receive/headers.ts'
import { answerName, generationName } from '../../src/lib/response-names.ts'
import { bodyPrefix, deadKey, packKey, SPILL_PREFIX } from '../../src/lib/object-keys.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8')

describe('docs/reference/headers.md', async () => {
  const page = await read('docs/reference/headers.md')

  test.each([
    ['Honoured', 'honoured policy'],
    ['Accepted, without effect', 'planned'],
  ])('%s lists exactly the %s headers', (title, state) => {
    const inCode = (HEADERS as readonly HeaderSpec[])
      .filter((spec) => state.split(' ').includes(spec.state))
      .flatMap((spec) => [spec.name, ...(spec.aliases ?? [])])
    expect(namesIn(rowsOf(page, title)).toSorted()).toEqual(inCode.toSorted())
  })
})

describe('docs/reference/errors.md', async () => {
  const page = await read('docs/reference/errors.md')

  test.each([
    ['Gateway', ERROR_CODES],
    ['REST API', API_ERRORS],
  ])('%s lists exactly the codes, each with its status', (title, table) => {
    const onPage = rowsOf(page, title)
      .filter((cells) => /^\d+$/.test(cells[1] ?? ''))
      .map(([code = '', status]) => [code.replaceAll('`', ''), Number(status)])
    const inCode = Object.entries(table).map(([code, { status }]) => [code, status])
    expect(Object.fromEntries(onPage)).toEqual(Object.fromEntries(inCode))
  })
})

describe('docs/reference/storage.md', async () => {
  const page = await read('docs/reference/storage.md')
  const config = await read('wrangler.toml')

  test('Bindings lists exactly the bindings of wrangler.toml', () => {
    const bindings = [...config.matchAll(/^(?:binding|name) = "([A-Z_]+)"/gm)].map(
      ([, name = '']) => name,
    )
    expect(bindings.length).toBeGreaterThan(5)
    expect(namesIn(rowsOf(page, 'Bindings')).toSorted()).toEqual(bindings.toSorted())
  })

  test('every prefix in R2 and KV is listed', async () => {
    const prefixes = [packKey('org', 0, 'x'), bodyPrefix('org'), deadKey(0, 'x'), SPILL_PREFIX].map(
      (key) => key.slice(0, key.indexOf('/') + 1),
    )
    const inR2 = namesIn(rowsOf(page, 'R2: `BODIES`')).map((key) =>
      key.slice(0, key.indexOf('/') + 1),
    )
    expect(inR2.toSorted()).toEqual(prefixes.toSorted())
    const inKv = namesIn(rowsOf(page, 'KV: `KV`')).map((key) => key.slice(0, key.indexOf(':') + 1))
    expect(inKv.toSorted()).toEqual([...new Set(await kvPrefixes())].toSorted())
  })

  test('every prefix of the response cache is listed', () => {
    const place = { orgId: 'org', space: 'space', digest: 'digest', slot: 0 }
    const names = [answerName(place), generationName('org', null), generationName('org', 'digest')]
    const shape = (name: string): string => name.replace(/<[^>]+>/g, 'x').replace(/(?<=:)\w+/g, 'x')
    const onPage = namesIn(rowsOf(page, 'KV: `RESPONSES`').map(([key = '']) => [key]))
    expect(onPage.map(shape)).toEqual(names.map(shape))
  })

  test.each(['main', 'logs'])(
    'every table and column of migrations/%s is listed, with its type',
    async (database) => {
      for (const [table, columns] of await schemaOf(database)) {
        const onPage = rowsOf(page, `\`${table}\``).map(([name = '', type = '']) => [
          name.replaceAll('`', ''),
          type,
        ])
        expect(Object.fromEntries(onPage), table).toEqual(columns)
      }
    },
  )
})

describe('docs/reference/configuration.md', async () => {
  const page = await read('docs/reference/configuration.md')

  test('lists exactly the variables that src/env.ts reads', async () => {
    const source = await read('src/env.ts')
    const variables = [...source.matchAll(/\(vars, '([A-Z_]+)'/g)].map(([, name = '']) => name)
    const listed = [...namesIn(rowsOf(page, 'Variables')), ...namesIn(rowsOf(page, 'Local only'))]
    expect([...new Set(listed)].toSorted()).toEqual([...new Set(variables)].toSorted())
  })
})

test('no page links to a file that is not there', async () => {
  const missing: string[] = []
  for (const file of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...(await pages())]) {
    const page = await read(file)
    for (const [, target = ''] of page.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      const linked = path.join(path.dirname(file), target)
      const isThere = await readdir(path.join(ROOT, path.dirname(linked)))
        .then((names) => target.endsWith('/') || names.includes(path.basename(linked)))
        .catch(() => false)
      if (!isThere) missing.push(`${file}: ${target}`)
    }
  }
  expect(missing).toEqual([])
})

async function pages(): Promise<string[]> {
  const names = await readdir(path.join(ROOT, 'docs'), { recursive: true })
  return names.filter((name) => name.endsWith('.md')).map((name) => path.posix.join('docs', name))
}

/** Cells of every table row under the heading `title`, up to the next heading of any level. */
function rowsOf(page: string, title: string): string[][] {
  const lines = page.split('\n')
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === title)
  if (start === -1) throw new Error(`no heading "${title}"`)
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => /^#+ /.test(line))
  return rest
    .slice(0, end === -1 ? rest.length : end)
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    )
}

/** Names in backticks of each row's first cell. */
function namesIn(rows: string[][]): string[] {
  return rows.flatMap(([first = '']) =>
    [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
}

/** What the code puts before the colon of a KV key. */
async function kvPrefixes(): Promise<string[]> {
  const names = await readdir(path.join(ROOT, 'src'), { recursive: true })
  const sources = await Promise.all(
    names.filter((name) => name.endsWith('.ts')).map((name) => read(path.join('src', name))),
  )
  return sources.flatMap((source) =>
    [...source.matchAll(/\b(?:kv|KV)\.(?:get|put|delete)\b[^(]*\(\s*[`'"]([a-z-]+:)/g)].map(
      ([, prefix = '']) => prefix,
    ),
  )
}

interface Snapshot {
  tables: Record<
    string,
    { name: string; columns: Record<string, { name: string; type: string; notNull: boolean }> }
  >
}

/** Tables of the newest migration: column name to type, `, null` behind what may be null. */
async function schemaOf(database: string): Promise<[string, Record<string, string>][]> {
  const folder = `migrations/${database}/meta`
  const journal = JSON.parse(await read(`${folder}/_journal.json`)) as {
    entries: { idx: number }[]
  }
  const newest = String(journal.entries.at(-1)?.idx ?? 0).padStart(4, '0')
  const snapshot = JSON.parse(await read(`${folder}/${newest}_snapshot.json`)) as Snapshot
  return Object.values(snapshot.tables).map((table) => [
    table.name,
    Object.fromEntries(
      Object.values(table.columns).map(({ name, type, notNull }) => [
        name,
        notNull ? type : `${type}, null`,
      ]),
    ),
  ])
}
