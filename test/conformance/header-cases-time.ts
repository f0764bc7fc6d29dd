/** Long prompts and timers by header: good and bad values, and what comes of each. */
import { expect } from 'vitest'
import { chatEvents, chatRequest } from '../support/calls.ts'
import type { Script } from '../support/upstream.ts'
import { chunks, events, silent } from '../support/upstream-scripts.ts'
import {
  badNumbers,
  BAD_VALUE,
  modelOf,
  of,
  type HeaderCase,
  type HeaderName,
  type Made,
} from './header-case.ts'

/** 10,000 tokens, for a model that takes 8,192. */
const LONG_TEXT = 'word '.repeat(8_000)
const LONG_BODY = chatRequest(LONG_TEXT, { model: 'gpt-4' })

async function lengthOf({ seen }: Made): Promise<number> {
  return (await seen[0]?.body)?.totalBytes ?? 0
}

export const LONG_PROMPTS: readonly HeaderCase[] = of(
  'Helicone-Token-Limit-Exception-Handler',
  ...['truncate', 'Middle-Out'].map((value) => ({
    kind: 'good' as const,
    value,
    body: LONG_BODY,
    warning: value === 'truncate' ? 'context_truncated' : 'context_middle_out',
    row: { outcome: 'success' },
    check: async (made: Made) => {
      expect(await lengthOf(made)).toBeLessThan(8_192 * 4)
      expect(await modelOf(made, 0)).toBe('gpt-4')
    },
  })),
  {
    kind: 'good',
    value: 'fallback',
    note: 'a long prompt goes to the second model',
    body: chatRequest(LONG_TEXT, { model: 'gpt-4, gpt-4o-mini' }),
    warning: 'context_fallback_model',
    check: async (made) => expect(await modelOf(made, 0)).toBe('gpt-4o-mini'),
  },
  {
    kind: 'good',
    value: 'truncate',
    note: 'a short prompt stays as it is',
    check: async (made) => expect((await made.seen[0]?.body)?.text()).toBe(chatRequest()),
  },
  {
    ...BAD_VALUE,
    value: 'shrink',
    body: LONG_BODY,
    check: async (made) => expect(await lengthOf(made)).toBe(Buffer.byteLength(LONG_BODY)),
    strict: ['"shrink"', 'truncate, middle-out, fallback'],
  },
)

const stream = chatEvents(12, 8)
const STREAM_BODY = chatRequest('Hello', { stream: true })
const MOST_MS = 'a whole number from 1 to 3600000'

export const STREAM_USAGE: readonly HeaderCase[] = of(
  'Helicone-Stream-Usage',
  {
    kind: 'good',
    value: 'true',
    body: STREAM_BODY,
    scripts: [events(stream)],
    row: { input_tokens: 12, output_tokens: 8 },
    check: async (made) =>
      expect((await made.seen[0]?.body)?.json()).toMatchObject({
        stream_options: { include_usage: true },
      }),
  },
  { kind: 'good', value: 'false', body: STREAM_BODY, check: expectUnchanged },
  {
    ...BAD_VALUE,
    value: 'yes',
    body: STREAM_BODY,
    check: expectUnchanged,
    strict: ['"yes"', 'true or false'],
  },
)

async function expectUnchanged(made: Made): Promise<void> {
  expect((await made.seen[0]?.body)?.text()).toBe(STREAM_BODY)
}

/** A timer that ends the call, and values that cannot be used, with which it goes on. */
function timer(
  header: HeaderName,
  script: Script,
  fires: Partial<HeaderCase> & { readonly detail: object },
): readonly HeaderCase[] {
  return [
    ...of(header, {
      kind: 'good',
      // Time enough for the first events, also on a machine that is busy.
      value: '2000',
      body: STREAM_BODY,
      scripts: [script],
      ...fires,
      row: { outcome: 'timeout', status: -2, ...fires.row },
    }),
    ...badNumbers(header, MOST_MS, ['soon', '0', '-1', '0.5'], { row: { outcome: 'success' } }),
    ...of(header, {
      ...BAD_VALUE,
      value: '99999999',
      note: 'is held at the most',
      row: { outcome: 'success' },
      strict: ['"99999999"', MOST_MS],
    }),
  ]
}

const NO_ANSWER = { status: 504, row: { error_code: 'upstream_timeout' } }
const ERROR_EVENT: Partial<HeaderCase> = {
  check: ({ text }) => expect(text).toContain('"code":"upstream_timeout"'),
}

export const TIMERS: readonly HeaderCase[] = [
  ...timer('Helicone-Timeout-Connect', silent(), { ...NO_ANSWER, detail: { timer: 'headers' } }),
  ...timer(
    'Helicone-Timeout-First-Token',
    chunks([': queued\n\n'], { headers: { 'content-type': 'text/event-stream' }, end: 'stall' }),
    { ...NO_ANSWER, detail: { timer: 'first_token' } },
  ),
  ...timer('Helicone-Timeout-Idle', events(stream.slice(0, 2), { end: 'stall' }), {
    ...ERROR_EVENT,
    detail: { timer: 'idle' },
  }),
  ...timer('Helicone-Timeout-Total', events(stream.slice(0, 2), { end: 'stall' }), {
    ...ERROR_EVENT,
    detail: { timer: 'total' },
  }),
]
