/** Answers that are odd and yet answers: they are passed on, byte for byte, and asked for once, whatever the policies are. */
import { gzipSync } from 'node:zlib'
import { after, chunks, createGate, rawBytes, reply } from '../support/upstream-scripts.ts'
import type { Script } from '../support/upstream.ts'
import {
  ALL,
  announcement,
  goodText,
  messageOf,
  NO_USAGE,
  opening,
  openingUsage,
  STREAMED,
  streamed,
  WHOLE,
  type Form,
} from './failure-forms.ts'
import type { Mode } from './failure-mode.ts'

interface Odd extends Pick<Mode, 'name' | 'forms' | 'sdk'> {
  readonly script: (form: Form) => Script
  readonly body: (form: Form) => string | Buffer
  /** What the row says other than of a good answer. */
  readonly row: (form: Form) => object
}

const JSON_TYPE = { 'content-type': 'application/json' }
const HTML_TYPE = { 'content-type': 'text/html' }
const GZIP = { ...JSON_TYPE, 'content-encoding': 'gzip' }
const SLOW_MS = 300
const usual = (): object => ({})
const unread = (): object => NO_USAGE
const failed = { outcome: 'provider_error', error_message: messageOf(500) }
const answer = 'an answer'

function stream(
  name: string,
  parts: (form: Form) => readonly string[],
  row: Odd['row'],
  sdk: Odd['sdk'],
): Odd {
  const body = (form: Form): string => parts(form).join('')
  return { name, forms: STREAMED, body, script: (form) => streamed(parts(form)), row, sdk }
}

function whole(
  name: string,
  body: Odd['body'],
  headers: Record<string, string>,
  row: Odd['row'],
  sdk: Odd['sdk'],
): Odd {
  return { name, forms: WHOLE, body, script: (form) => reply(body(form), { headers }), row, sdk }
}

const STREAMS: readonly Odd[] = [
  stream('half a stream that ends in order', opening, openingUsage, answer),
  stream('an announcement that ends in order', announcement, openingUsage, answer),
  stream(
    'an error event behind an announcement',
    (form) => [...announcement(form), errorEvent(form.error(500))],
    (form) => ({ ...openingUsage(form), ...failed }),
    'APIError',
  ),
  stream('a stream without its last event', ({ events }) => events.slice(0, -1), usual, answer),
  stream('comments and pings between the events', withPings, usual, answer),
  stream(
    'events that are no JSON',
    (form) => ['data: {"choices": [\n\n', ...opening(form), 'data: what\n\nevent\n\n: \n\ndata:'],
    openingUsage,
    // The one ignores events without a name that it knows.
    ['SyntaxError', answer],
  ),
  stream(
    'an error event before anything else',
    ({ error }) => [errorEvent(error(500))],
    () => ({ ...NO_USAGE, ...failed }),
    'APIError',
  ),
  stream(
    'an error event in the middle',
    (form) => [...opening(form), errorEvent(form.error(500))],
    (form) => ({ ...openingUsage(form), ...failed }),
    'APIError',
  ),
  stream('a stream with nothing in it', () => [], unread, answer),
  {
    name: 'a stream that is called JSON',
    forms: STREAMED,
    body: goodText,
    script: ({ events }) => chunks(events, { headers: JSON_TYPE }),
    row: usual,
    sdk: answer,
  },
  {
    name: 'a whole answer where a stream was asked for',
    forms: STREAMED,
    body: ({ whole }) => whole,
    script: ({ whole }) => reply(whole, { headers: JSON_TYPE }),
    row: usual,
    sdk: answer,
  },
  {
    name: 'a stream where a whole answer was asked for',
    forms: WHOLE,
    body: ({ events }) => events.join(''),
    script: ({ events }) => streamed(events),
    row: () => ({ is_stream: 1 }),
    sdk: answer,
  },
  {
    name: 'a slow first byte',
    forms: ALL,
    body: goodText,
    script: slowly,
    row: usual,
    sdk: answer,
  },
]

const BODIES: readonly Odd[] = [
  whole('JSON that is called HTML', ({ whole }) => whole, HTML_TYPE, usual, answer),
  whole('JSON without a type', ({ whole }) => whole, {}, usual, answer),
  whole('a page of HTML', () => '<html><body>Bad gateway</body></html>', HTML_TYPE, unread, answer),
  whole('half of the JSON', ({ whole }) => whole.slice(0, 100), JSON_TYPE, unread, 'SyntaxError'),
  whole('nothing', () => '', JSON_TYPE, unread, answer),
  whole(
    'an error in a 200',
    ({ error }) => JSON.stringify(error(500)),
    JSON_TYPE,
    () => ({ ...NO_USAGE, ...failed }),
    answer,
  ),
  whole(
    'an error in a 200, as MiniMax has it',
    () => '{"id":"1","choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit"}}',
    JSON_TYPE,
    unread,
    answer,
  ),
  whole(
    'garbage that is called gzip',
    () => Buffer.from('\u001f\u008bgarbage', 'latin1'),
    GZIP,
    unread,
    'TypeError',
  ),
  whole(
    'half of a gzip',
    ({ whole }) => gzipSync(whole).subarray(0, 60),
    GZIP,
    unread,
    'SyntaxError',
  ),
  whole(
    'an encoding that nobody knows',
    () => 'zzz',
    { ...JSON_TYPE, 'content-encoding': 'zzz' },
    unread,
    'SyntaxError',
  ),
  {
    name: 'more than the length that was announced',
    forms: WHOLE,
    body: ({ whole }) => whole.slice(0, 100),
    script: ({ whole }) =>
      rawBytes(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n${whole}`,
      ),
    row: unread,
    sdk: 'SyntaxError',
  },
]

/** Of these it can be told that they are not the whole, good answer. */
const NEVER_KEPT: ReadonlySet<string> = new Set([
  'half a stream that ends in order',
  'an announcement that ends in order',
  'an error event behind an announcement',
  'events that are no JSON',
  'an error event before anything else',
  'an error event in the middle',
  'a stream with nothing in it',
  'half of the JSON',
  'nothing',
  'an error in a 200',
  'more than the length that was announced',
])

export const ODD: readonly Mode[] = [...STREAMS, ...BODIES].map(({ body, row, ...mode }) => ({
  ...mode,
  mayBeKept: !NEVER_KEPT.has(mode.name),
  alone: (form) => ({ kind: 'passed', body: body(form), row: row(form) }),
  attempt: { status: 200, error: null },
  retries: false,
  moves: false,
}))

function withPings({ events, client }: Form): string[] {
  const ping = client === 'anthropic' ? ['event: ping\ndata: {"type": "ping"}\n\n'] : []
  return events.flatMap((event) => [': keep alive\n\n', ...ping, event])
}

function errorEvent(error: object): string {
  const name = 'type' in error ? 'event: error\n' : ''
  return `${name}data: ${JSON.stringify(error)}\n\n`
}

/** Takes its time before the headers, but less than the call allows. */
function slowly(form: Form): Script {
  const gate = createGate()
  const script = form.isStream ? streamed(form.events) : reply(form.whole, { headers: JSON_TYPE })
  return (call) => {
    setTimeout(() => gate.open(), SLOW_MS)
    return after(gate, script)(call)
  }
}
