/**
 * The Worker as one file, `dist/index.js`. Wrangler bundles; esbuild then takes the white space out. Names stay: short
 * ones save 40 KB more, but make the engine compile a third longer at every cold start. Decision 9.
 */
import { transform } from 'esbuild'
import type { CommonOptions } from 'esbuild'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ROOT, wranglerQuietly } from '../local/wrangler.ts'

const FOLDER = path.join(ROOT, 'dist')
export const WORKER_FILE = path.join(FOLDER, 'index.js')

/** Wrangler's arguments that upload what `buildWorker` made. */
export const UPLOAD = ['deploy', 'dist/index.js', '--no-bundle']

/**
 * How the uploaded file is written. In ASCII, because an isolate keeps its source: one character beyond Latin-1 anywhere
 * in it, and the engine keeps two bytes for each.
 */
export const UPLOADED_FORM = {
  minifyWhitespace: true,
  legalComments: 'inline',
  charset: 'ascii',
} as const satisfies CommonOptions

/** Writes `dist/index.js` and answers it as it was before the white space went, with its modules named. */
export async function buildWorker(): Promise<string> {
  await rm(FOLDER, { recursive: true, force: true })
  await wranglerQuietly(['deploy', '--dry-run', '--outdir', 'dist'])
  const readable = await readFile(WORKER_FILE, 'utf8')
  const { code } = await transform(readable, {
    format: 'esm',
    target: 'es2024',
    ...UPLOADED_FORM,
  })
  await writeFile(WORKER_FILE, code)
  await rm(`${WORKER_FILE}.map`, { force: true })
  return readable
}
