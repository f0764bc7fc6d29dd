/**
 * `npm run check:bundle`: what would be deployed stays small, starts fast, and makes no code from text.
 * Sizes and code are judged. Time is only shown: on a busy machine it says nothing, so the bench is its judge.
 */
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { startClosure } from './bundle/closure.ts'
import { madeCode } from './bundle/made-code.ts'
import { startTimes, total } from './bundle/start-time.ts'
import { buildWorker, WORKER_FILE } from './bundle/worker.ts'
import { buildDashboard } from './local/prepare.ts'

const WORKER_KILOBYTES_GZIP = 400

const misses: string[] = []

await buildDashboard()
const readable = await buildWorker()
const bundle = await readFile(WORKER_FILE)
const worker = gzipSync(bundle).byteLength / 1024
report(
  'Worker, gzip',
  `${worker.toFixed(0)} KB`,
  `<= ${WORKER_KILOBYTES_GZIP} KB`,
  worker <= WORKER_KILOBYTES_GZIP,
)

const beyondAscii = bundle.filter((byte) => byte > 0x7f).byteLength
report(
  'bytes beyond ASCII',
  beyondAscii === 0 ? 'none' : String(beyondAscii),
  'none',
  beyondAscii === 0,
)

const closure = await startClosure('src/gateway/index.ts')
report('hot path, minified', `${kilobytes(closure.bytes)}, gzip ${kilobytes(closure.gzipBytes)}`)

const { best, medianMs } = await startTimes(WORKER_FILE)
report(
  'start-up',
  `${total(best).toFixed(1)} ms (compile ${best.compileMs.toFixed(1)}, evaluate ${best.evaluateMs.toFixed(1)}; median ${medianMs.toFixed(1)})`,
)

const made = madeCode(readable)
report(
  'code from text',
  made.length === 0 ? 'none reachable' : made.join(', '),
  'none',
  made.length === 0,
)

if (misses.length > 0) {
  console.error(`\nmissed: ${misses.join(', ')}`)
  process.exit(1)
}

function report(name: string, value: string, bar = '', met = true): void {
  console.log(`${met ? 'ok  ' : 'MISS'} ${name.padEnd(20)} ${value.padEnd(28)} ${bar}`.trimEnd())
  if (!met) misses.push(name)
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KB`
}
