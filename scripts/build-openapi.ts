/** Writes docs/reference/openapi.json from the API's routes. `--check` only says whether it is up to date. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { api } from '../src/api/index.ts'
import { describeApi } from '../src/api/openapi.ts'

const FILE = new URL('../docs/reference/openapi.json', import.meta.url)
const text = `${JSON.stringify(describeApi(api), null, 2)}\n`

if (process.argv.includes('--check')) {
  const written = await readFile(FILE, 'utf8').catch(() => null)
  if (written !== text) {
    console.error('docs/reference/openapi.json is out of date: run node scripts/build-openapi.ts')
    process.exitCode = 1
  }
} else {
  await mkdir(new URL('.', FILE), { recursive: true })
  await writeFile(FILE, text)
}
