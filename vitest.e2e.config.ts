import { defineConfig } from 'vitest/config'

/** The browser tests: a real Chromium against the whole of Heliograph as `npm start` runs it. */
export default defineConfig({
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    // On a shared machine a browser now and then loses a race that no user could. What fails twice has failed.
    retry: process.env['CI'] === undefined ? 0 : 1,
    globalSetup: './test/e2e/support/build.ts',
    // Machines that run tests are slow, and pages are not done at once.
    expect: { poll: { timeout: 10_000, interval: 20 } },
  },
})
