import { expect, test } from 'vitest'
import { askForUsage } from '../../src/gateway/stream-usage.ts'
import type { Dialect } from '../../src/dialects/canonical/summary.ts'

const asked = (dialect: Dialect, text: string): string =>
  new TextDecoder().decode(askForUsage(dialect, new TextEncoder().encode(text)))

test.each<[string, Dialect, string, object]>([
  ['a chat', 'openai-chat', '{"stream":true}', { include_usage: true }],
  ['a completion', 'openai-completions', '{"stream":true}', { include_usage: true }],
  [
    'a stream with other options',
    'openai-chat',
    '{"stream":true,"stream_options":{"include_obfuscation":false}}',
    { include_obfuscation: false, include_usage: true },
  ],
])('%s is asked', (_, dialect, text, options) => {
  expect(JSON.parse(asked(dialect, text))).toEqual({ stream: true, stream_options: options })
})

test.each<[string, Dialect, string]>([
  ['a whole answer', 'openai-chat', '{"stream": false}'],
  [
    'a caller who said no',
    'openai-chat',
    '{"stream":true,"stream_options":{"include_usage":false}}',
  ],
  ['another dialect', 'anthropic-messages', '{"stream": true}'],
  ['no JSON', 'openai-chat', '{"stream":true'],
  ['no object', 'openai-chat', '[true]'],
])('%s passes byte for byte', (_, dialect, text) => {
  expect(asked(dialect, text)).toBe(text)
})
