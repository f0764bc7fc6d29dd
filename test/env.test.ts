import { expect, test } from 'vitest'
import { readConfig } from '../src/env.ts'

/** A new object each time, because the result is kept for each. */
function overridden(base: unknown): () => string | undefined {
  const env = { UPSTREAM_OVERRIDES: JSON.stringify({ openai: base }) } as unknown as Env
  return () => readConfig(env).upstreamOverrides['openai']
}

test.each([
  ['https://llm.internal.example', 'https://llm.internal.example'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
  ['https://HOST.example/openai//', 'https://host.example/openai'],
])('the base URL %s is used as %s', (base, used) => {
  expect(overridden(base)()).toBe(used)
})

test.each([
  'https://user:secret@proxy.example/v1',
  'https://proxy.example/v1?key=secret',
  'https://proxy.example/v1#part',
  7,
])('%s is refused, and not repeated: it would stand in every row', (base) => {
  expect(overridden(base)).toThrow('UPSTREAM_OVERRIDES.openai')
  expect(overridden(base)).not.toThrow('secret')
})
