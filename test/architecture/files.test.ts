/** Files stay short enough to read in one go, and have one kind of export. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
const MOST_LINES = 300
const MOST_LINES_EVER = 400

/** Files that may be longer than 300 lines, each with its reason. Never longer than 400. */
const LONGER: Readonly<Record<string, string>> = {}

/** The Worker itself: the platform wants a default export. */
const DEFAULT_EXPORTS = new Set(['src/index.ts'])

const files = await sources('src', 'dashboard/src')

test('there are sources to look at', () => {
  expect(files.length).toBeGreaterThan(10)
})

test(`no file is longer than ${MOST_LINES} lines without a stated reason`, () => {
  const tooLong = files
    .filter(({ file, lines }) => lines > (file in LONGER ? MOST_LINES_EVER : MOST_LINES))
    .map(({ file, lines }) => `${file}: ${lines}`)
  expect(tooLong).toEqual([])
})

test('every stated reason is still needed', () => {
  const long = new Set(files.filter(({ lines }) => lines > MOST_LINES).map(({ file }) => file))
  expect(Object.keys(LONGER).filter((file) => !long.has(file))).toEqual([])
})

test('nothing is exported by default, except the Worker', () => {
  const strangers = files
    .filter(
      ({ file, text }) =>
        !DEFAULT_EXPORTS.has(file) && /^export (default\b|\{[^}]*\bas default\b)/m.test(text),
    )
    .map(({ file }) => file)
  expect(strangers).toEqual([])
})

test('folders are stages or nouns, never kinds', () => {
  const dumps = files.filter(({ file }) =>
    /(^|\/)(utils?|helpers?|managers?|common|misc|types)(\/|\.tsx?$)/.test(file),
  )
  expect(dumps.map(({ file }) => file)).toEqual([])
})

async function sources(
  ...folders: string[]
): Promise<{ file: string; text: string; lines: number }[]> {
  const found: { file: string; text: string; lines: number }[] = []
  for (const folder of folders) {
    for (const entry of await readdir(path.join(ROOT, folder), { recursive: true }).catch(
      () => [],
    )) {
      const file = path.posix.join(folder, entry)
      if (!/\.tsx?$/.test(file) || /\.gen\.|\.d\.ts$/.test(file)) continue
      const text = await readFile(path.join(ROOT, file), 'utf8')
      found.push({ file, text, lines: text.trimEnd().split('\n').length })
    }
  }
  return found
}
