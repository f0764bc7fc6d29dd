/**
 * What the first request has to wait for: everything that the Worker's entry loads without an `import()`.
 * esbuild, the bundler of the deploy, says what that is. Heavy things belong behind an `import()`.
 */
import { expect, test } from 'vitest'
import { startClosure } from '../../scripts/bundle/closure.ts'

const HEAVY = [
  'zod',
  'drizzle-orm',
  '@hono/zod-openapi',
  '@asteasolutions/zod-to-openapi',
  '@pydantic/genai-prices',
  'swagger-ui-dist',
]
/** Ours, and loaded lazily by decision: not needed before a provider answers. */
const LATE = [
  'src/dialects/summary.ts',
  'src/providers/sandbox/',
  'src/ingest/',
  'src/services/',
  'src/api/',
]

test.each(['src/gateway/index.ts', 'src/index.ts'])(
  '%s loads nothing heavy at start',
  async (entry) => {
    const { inputs } = await startClosure(entry)
    expect(inputs).toContain(entry)
    expect(
      inputs.filter((input) => HEAVY.some((name) => input.includes(`node_modules/${name}/`))),
    ).toEqual([])
    expect(inputs.filter((input) => LATE.some((start) => input.startsWith(start)))).toEqual([])
  },
)

test('the check can fail: a schema, loaded directly, is heavy', async () => {
  const { inputs } = await startClosure('src/contracts/log-record.ts')
  expect(inputs.some((input) => input.includes('node_modules/zod/'))).toBe(true)
})
