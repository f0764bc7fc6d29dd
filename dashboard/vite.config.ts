/**
 * Builds the dashboard to `dist` with every asset under /assets/, and copies what the API reference page needs there
 * under fixed names. `HELIOGRAPH_FIXTURES=1` serves made-up rows in `vite` and `vite preview`; never part of a build.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import { fixtureServer } from './dev/fixture-server.ts'

const WORKER = 'http://localhost:8787'
const useFixtures = process.env.HELIOGRAPH_FIXTURES === '1'

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  publicDir: false,
  plugins: [
    react(),
    tailwindcss(),
    themeInit(),
    apiReference(),
    responseHeaders(),
    ...(useFixtures ? [fixtureServer()] : []),
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    // Inlined assets would be data: URLs, which a strict policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: useFixtures
      ? {}
      : {
          '/api': { target: WORKER, ws: true },
          '/v1': WORKER,
          '/docs': WORKER,
        },
  },
})

/** The theme script as a blocking, hashed file in the head. */
function themeInit(): Plugin {
  const source = readFileSync(join(import.meta.dirname, 'src/styles/theme-init.js'), 'utf8')
  const hash = createHash('sha256').update(source).digest('base64url').slice(0, 8)
  const fileName = `assets/theme-${hash}.js`
  return {
    name: 'heliograph:theme-init',
    configureServer(server) {
      server.middlewares.use(`/${fileName}`, (_request, response) => {
        response.setHeader('content-type', 'text/javascript')
        response.end(source)
      })
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source })
    },
    transformIndexHtml: () => [
      { tag: 'script', attrs: { src: `/${fileName}` }, injectTo: 'head-prepend' },
    ],
  }
}

/** Swagger UI's two files, for the page at /docs that the Worker serves. */
function apiReference(): Plugin {
  return {
    name: 'heliograph:api-reference',
    apply: 'build',
    generateBundle() {
      const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
      for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
        this.emitFile({
          type: 'asset',
          fileName: `assets/api-reference/${name}`,
          source: readFileSync(join(folder, name)),
        })
      }
    },
  }
}

/** Headers of the static files, under the name by which Cloudflare knows them. */
function responseHeaders(): Plugin {
  return {
    name: 'heliograph:response-headers',
    apply: 'build',
    generateBundle() {
      const source = readFileSync(join(import.meta.dirname, '_headers'), 'utf8')
      this.emitFile({ type: 'asset', fileName: '_headers', source })
    },
  }
}
