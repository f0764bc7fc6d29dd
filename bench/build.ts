/**
 * Bundles a Worker as `npm run deploy` does it: one module, `import()` evaluated late, names kept or not as wrangler.toml
 * says, no white space. The bundle stays where workerd's configuration can embed it.
 */
import { build, type Metafile } from 'esbuild'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { UPLOADED_FORM } from '../scripts/bundle/worker.ts'

export const ROOT = join(import.meta.dirname, '..')
/** Everything that a run writes and that nobody keeps. */
export const SCRATCH = join(import.meta.dirname, '.tmp')

export interface Bundle {
  /** Absolute path of the module. */
  path: string
  metafile: Metafile
}

/** The parts of wrangler.toml that change how the Worker runs. */
export interface Settings {
  compatibilityDate: string
  compatibilityFlags: string[]
  keepNames: boolean
}

export function readSettings(): Settings {
  const config = unstable_readConfig(
    { config: join(ROOT, 'wrangler.toml') },
    { hideWarnings: true },
  )
  return {
    compatibilityDate: config.compatibility_date ?? '',
    compatibilityFlags: config.compatibility_flags,
    keepNames: config.keep_names ?? true,
  }
}

/** Bundles `bench/workers/<name>.worker.ts`. */
export async function bundleWorker(name: string, settings: Settings): Promise<Bundle> {
  const path = join(SCRATCH, `${name}.mjs`)
  await mkdir(SCRATCH, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(import.meta.dirname, 'workers', `${name}.worker.ts`)],
    outfile: path,
    bundle: true,
    metafile: true,
    format: 'esm',
    target: 'es2024',
    supported: { 'import-source': true, using: true },
    conditions: ['workerd', 'worker', 'browser'],
    platform: 'browser',
    external: ['cloudflare:*', 'node:*'],
    loader: { '.css': 'text', '.html': 'text' },
    define: {
      'navigator.userAgent': '"Cloudflare-Workers"',
      'process.env.NODE_ENV': '"production"',
    },
    keepNames: settings.keepNames,
    ...UPLOADED_FORM,
    logLevel: 'silent',
  })
  return { path, metafile }
}
