/** Every way in which a provider's answer can fail, and what each comes to: for the client, for its SDK, for the row. */
import type { ErrorCode } from '../../src/gateway/errors.ts'
import type { TimerName } from '../../src/gateway/dispatch/time-policy.ts'
import { chunks, half, rawBytes, resetAtOnce, silent } from '../support/upstream-scripts.ts'
import { ALL, announcement, opening, refused, STREAMED, streamed, WHOLE } from './failure-forms.ts'
import type { Form } from './failure-forms.ts'
import type { End, Mode } from './failure-mode.ts'
import { ODD } from './odd-answers.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const CONNECT = 'helicone-timeout-connect'
const FIRST_TOKEN = 'helicone-timeout-first-token'
const IDLE = 'helicone-timeout-idle'
const TOTAL = 'helicone-timeout-total'

const again = { retries: true, moves: true }
const final = { retries: false, moves: false }

function ours(code: ErrorCode, timer: TimerName | null = null): () => End {
  return () => ({ kind: 'ours', code, timer })
}

function refusal(status: number): (form: Form) => End {
  return () => ({ kind: 'refused', status })
}

/** A refusal by status; `headers` say when to come again. */
function status(
  code: number,
  sdk: Mode['sdk'],
  more: Partial<Mode> = {},
  headers: Record<string, string> = {},
): Mode {
  return {
    name: `a ${code}`,
    forms: WHOLE,
    script: (form) => refused(form, code, headers),
    alone: refusal(code),
    attempt: { status: code, error: null },
    sdk,
    ...again,
    ...more,
  }
}

const REFUSALS: readonly Mode[] = [
  status(429, 'RateLimitError', { forms: ALL }),
  status(
    429,
    'RateLimitError',
    { name: 'a 429 with Retry-After: 1', waitMs: 1_000 },
    { 'retry-after': '1' },
  ),
  status(
    429,
    'RateLimitError',
    { name: 'a 429 with retry-after-ms: 40', waitMs: 40 },
    { 'retry-after-ms': '40' },
  ),
  status(500, 'InternalServerError', { forms: ALL }),
  status(502, 'InternalServerError'),
  status(503, ['InternalServerError', 'ServiceUnavailableError']),
  status(
    503,
    ['InternalServerError', 'ServiceUnavailableError'],
    { name: 'a 503 that says not to come again', retries: false },
    { 'x-should-retry': 'false' },
  ),
  status(504, ['InternalServerError', 'GatewayTimeoutError']),
  status(529, ['InternalServerError', 'OverloadedError']),
  status(400, 'BadRequestError', { name: 'a 400, which is the caller’s to mend', ...final }),
]

/** Nothing of an answer. */
const unreachable: Omit<Mode, 'name' | 'script'> = {
  forms: ALL,
  alone: ours('upstream_unreachable'),
  attempt: { status: null, error: 'some' },
  sdk: 'InternalServerError',
  ...again,
}

const NO_ANSWER: readonly Mode[] = [
  { ...unreachable, name: 'a reset before the first byte', script: resetAtOnce },
  { ...unreachable, name: 'a connection that is closed', script: () => rawBytes('') },
  {
    ...unreachable,
    name: 'what is not HTTP',
    script: () => rawBytes('SSH-2.0-OpenSSH_9.6\r\n'),
  },
  {
    ...unreachable,
    name: 'headers that break off',
    script: () => rawBytes('HTTP/1.1 200 OK\r\nContent-Ty'),
  },
  {
    ...unreachable,
    name: 'a length that is no number',
    script: (form) => rawBytes(`HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n${form.whole}`),
    forms: WHOLE,
  },
  {
    name: 'a stall before the headers',
    forms: ALL,
    script: silent,
    timer: CONNECT,
    alone: ours('upstream_timeout', 'headers'),
    attempt: { status: null, error: 'timeout' },
    sdk: ['InternalServerError', 'GatewayTimeoutError'],
    ...again,
  },
  {
    name: 'a stall that takes all of the time there is',
    forms: WHOLE,
    script: silent,
    timer: TOTAL,
    alone: ours('upstream_timeout', 'total'),
    attempt: { status: null, error: 'timeout' },
    sdk: ['InternalServerError', 'GatewayTimeoutError'],
    ...final,
  },
]

/** A break before anything was passed on. */
const brokenHeld: Mode['held'] = {
  end: ours('upstream_broken'),
  attempt: { status: 200, error: 'broken' },
}

const streamReset: Omit<Mode, 'name' | 'script' | 'alone'> = {
  forms: STREAMED,
  attempt: { status: 200, error: null },
  held: brokenHeld,
  sdk: 'TypeError',
  ...again,
}

/** Until the timer fires nothing is said. */
const noToken: Omit<Mode, 'name' | 'script'> = {
  forms: STREAMED,
  timer: FIRST_TOKEN,
  alone: ours('upstream_timeout', 'first_token'),
  attempt: { status: 200, error: 'timeout' },
  sdk: ['InternalServerError', 'GatewayTimeoutError'],
  ...again,
}

/** Headers, and then nothing that says anything. */
const HEADERS_ONLY: readonly Mode[] = [
  {
    ...streamReset,
    name: 'a reset behind the headers',
    script: () => streamed([], { end: 'reset' }),
    alone: () => ({ kind: 'cut', body: '' }),
  },
  {
    ...streamReset,
    name: 'a reset behind an announcement',
    script: (form) => streamed(announcement(form), { end: 'reset' }),
    alone: (form) => ({ kind: 'cut', body: announcement(form).join('') }),
  },
  {
    name: 'a reset behind the headers of a whole answer',
    forms: WHOLE,
    script: (form) => chunks([], { headers: lengthOf(form), end: 'reset' }),
    alone: ours('upstream_broken'),
    attempt: { status: 200, error: null },
    held: brokenHeld,
    sdk: 'InternalServerError',
    ...again,
  },
  {
    name: 'a stall behind the headers',
    forms: STREAMED,
    script: () => streamed([], { end: 'stall' }),
    timer: IDLE,
    alone: () => ({ kind: 'ended', body: '', timer: 'idle' }),
    attempt: { status: 200, error: null },
    held: { end: ours('upstream_timeout', 'idle'), attempt: { status: 200, error: 'timeout' } },
    sdk: 'APIError',
    ...again,
  },
  {
    name: 'a stall behind the headers of a whole answer',
    forms: WHOLE,
    script: (form) => chunks([], { headers: lengthOf(form), end: 'stall' }),
    timer: IDLE,
    alone: ours('upstream_timeout', 'idle'),
    attempt: { status: 200, error: null },
    held: { end: ours('upstream_timeout', 'idle'), attempt: { status: 200, error: 'timeout' } },
    sdk: ['InternalServerError', 'GatewayTimeoutError'],
    ...again,
  },
  {
    ...noToken,
    name: 'comments, and no first token in time',
    script: () => streamed([': queued\n\n', ': queued\n\n'], { end: 'stall' }),
  },
  {
    ...noToken,
    name: 'an announcement, and no first token in time',
    script: (form) => streamed(announcement(form), { end: 'stall' }),
  },
]

/** The client has the first bytes, or could have them: nothing is asked twice from here on, but what is of no use by half. */
const BROKEN: readonly Mode[] = [
  {
    name: 'half a stream, and a reset',
    forms: STREAMED,
    script: (form) => streamed(opening(form), { end: 'reset' }),
    alone: (form) => ({ kind: 'cut', body: opening(form).join('') }),
    attempt: { status: 200, error: null },
    sdk: 'TypeError',
    ...final,
  },
  {
    name: 'a stall in the middle of a stream',
    forms: STREAMED,
    script: (form) => streamed(opening(form), { end: 'stall' }),
    timer: IDLE,
    alone: (form) => ({ kind: 'ended', body: opening(form).join(''), timer: 'idle' }),
    attempt: { status: 200, error: null },
    sdk: 'APIError',
    ...final,
  },
  {
    name: 'a stream that takes longer than all of the time there is',
    forms: STREAMED,
    script: (form) => streamed(opening(form), { end: 'stall' }),
    timer: TOTAL,
    alone: (form) => ({ kind: 'ended', body: opening(form).join(''), timer: 'total' }),
    attempt: { status: 200, error: null },
    sdk: 'APIError',
    ...final,
  },
  {
    name: 'half of a whole answer, and a reset',
    forms: WHOLE,
    script: (form) => half(form.whole, { headers: JSON_TYPE }),
    alone: ours('upstream_broken'),
    attempt: { status: 200, error: null },
    held: brokenHeld,
    sdk: 'InternalServerError',
    ...again,
  },
  {
    name: 'half of a whole answer of unknown length, and a reset',
    forms: WHOLE,
    script: (form) => chunks([form.whole.slice(0, 100)], { headers: JSON_TYPE, end: 'reset' }),
    alone: (form) => ({ kind: 'cut', body: form.whole.slice(0, 100) }),
    attempt: { status: 200, error: null },
    sdk: 'TypeError',
    ...final,
  },
  {
    name: 'less than the length that was announced',
    forms: WHOLE,
    script: (form) => rawBytes(announcing(form.whole.length + 10, form.whole)),
    alone: ours('upstream_broken'),
    attempt: { status: 200, error: null },
    held: brokenHeld,
    sdk: 'InternalServerError',
    ...again,
  },
  {
    name: 'a chunk without its size',
    forms: STREAMED,
    script: (form) =>
      rawBytes(
        `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n` +
          `${chunked(opening(form).join(''))}nonsense\r\n`,
      ),
    alone: (form) => ({ kind: 'cut', body: opening(form).join('') }),
    attempt: { status: 200, error: null },
    sdk: 'TypeError',
    ...final,
  },
]

function lengthOf({ whole }: Form): Record<string, string> {
  return { ...JSON_TYPE, 'content-length': String(whole.length) }
}

function announcing(length: number, body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`
}

function chunked(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

export const MODES: readonly Mode[] = [
  ...REFUSALS,
  ...NO_ANSWER,
  ...HEADERS_ONLY,
  ...BROKEN,
  ...ODD,
]
