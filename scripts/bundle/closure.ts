/**
 * What an entry loads before it can answer: its static imports, and theirs. An `import()` starts another chunk and does
 * not count. Bundled as the deploy bundles, except that the chunks stay apart.
 */
import { build } from 'esbuild'
import { gzipSync } from 'node:zlib'
import { ROOT } from '../local/wrangler.ts'

export interface Closure {
  /** Modules, as paths from the project's root. */
  inputs: string[]
  /** Minified size of all its chunks, and the same compressed. */
  bytes: number
  gzipBytes: number
}

export async function startClosure(entry: string): Promise<Closure> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outdir: 'out',
    write: false,
    bundle: true,
    minify: true,
    metafile: true,
    splitting: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    // Assets that wrangler bundles as modules of their own.
    loader: { '.css': 'text', '.html': 'text', '.txt': 'text', '.sql': 'text' },
    logLevel: 'silent',
  })
  const outputs = metafile.outputs
  const first = Object.keys(outputs).find((name) => outputs[name]?.entryPoint === entry)
  if (first === undefined) throw new Error(`no output for ${entry}`)
  const reached = new Set([first])
  for (const name of reached) {
    for (const { path, kind, external } of outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) reached.add(path)
    }
  }
  const texts = outputFiles
    .filter((file) => [...reached].some((name) => file.path.endsWith(`/${name}`)))
    .map((file) => file.contents)
  return {
    inputs: [...reached].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {})),
    bytes: texts.reduce((sum, text) => sum + text.byteLength, 0),
    gzipBytes: texts.reduce((sum, text) => sum + gzipSync(text).byteLength, 0),
  }
}
