import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/**
 * Three projects: `unit` is pure code in Node, `workers` runs inside workerd with real local bindings,
 * `system` drives a built Worker over sockets. The browser tests are apart (vitest.e2e.config.ts).
 */
export default defineConfig({
  test: {
    // Most system tests wait for timers and sockets: two at a time keep a small machine busy.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'test/*.test.ts',
            'test/{lib,dialects,catalog,providers,gateway,contracts,dashboard,architecture}/**/*.test.ts',
          ],
          exclude: ['**/*.workers.test.ts'],
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                ENVIRONMENT: 'local',
                MAIN_MIGRATIONS: await readD1Migrations('migrations/main'),
                LOGS_MIGRATIONS: await readD1Migrations('migrations/logs'),
              },
            },
          })),
        ],
        test: {
          name: 'workers',
          include: [
            'test/{objects,ingest,store,services,api,jobs}/**/*.test.ts',
            'test/gateway/**/*.workers.test.ts',
          ],
          setupFiles: ['./test/support/workers-setup.ts'],
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/{conformance,system,properties}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Their timers are real, and a shared machine may stand still for longer than one. What fails twice has failed.
          retry: process.env['CI'] === undefined ? 0 : 1,
        },
      },
    ],
  },
})
