/** Requests and answers as the wire allows them: the arbitraries of the wire test. */
import fc from 'fast-check'
import { gzipSync } from 'node:zlib'

/** Name and value; a name may come more than once. */
export type Field = readonly [name: string, value: string]

export interface WireMessage {
  readonly fields: readonly Field[]
  readonly body: Buffer
  /** Where the body is cut into writes. */
  readonly cuts: readonly number[]
  /** With a content-length, or chunked. */
  readonly isLengthKnown: boolean
}

export interface WireExchange {
  readonly method: string
  /** Path and query behind the surface's prefix, as on the request line. */
  readonly target: string
  readonly request: WireMessage
  readonly status: number
  readonly response: WireMessage
}

/** Letters that are legal in a path or a query as they are, and escapes, odd ones among them. */
const URL_PIECES = [
  ...'abzAZ019-._~!$&()*+,;=:@',
  '%20',
  '%2F',
  '%2f',
  '%3F',
  '%23',
  '%25',
  '%E2%82%AC',
  '%00',
  '%FF',
  '%27',
  '+',
  '%2B',
]
// Not among them: what every URL parser changes by the URL standard, such as `'` in a query (%27).

const pathText = fc.array(fc.constantFrom(...URL_PIECES), { maxLength: 8 })
/** A lone or doubled dot is a segment that URLs resolve away. */
const segment = pathText.map((pieces) => pieces.join('')).filter((text) => !/^\.{1,2}$/.test(text))
const queryText = fc
  .array(fc.constantFrom(...URL_PIECES, '/', '?', '&', '=', '%', '%zz', '%2', '[', ']', '|'), {
    minLength: 1,
    maxLength: 16,
  })
  .map((pieces) => pieces.join(''))

export const target: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('/v1/chat/completions', '/v1/files', '/v1/unknown', '/v1'),
    fc.array(segment, { maxLength: 3 }),
    fc.option(queryText, { nil: null }),
  )
  .map(([base, segments, query]) => {
    const path = [base, ...segments].join('/')
    return query === null ? path : `${path}?${query}`
  })

const tokenLetters = [...'abcdefghijklmnopqrstuvwxyz0123456789!#$%&*+.^_|~-']
const customName = fc
  .array(fc.constantFrom(...tokenLetters), { minLength: 1, maxLength: 12 })
  .map((letters) => `x-t-${letters.join('')}`)
const requestName = fc.oneof(
  customName,
  fc.constantFrom(
    'accept',
    'accept-language',
    'anthropic-beta',
    'anthropic-version',
    'authorization',
    'idempotency-key',
    'openai-organization',
    'openai-project',
    'user-agent',
    'x-goog-api-client',
    'x-stainless-retry-count',
  ),
)
const responseName = fc.oneof(
  customName,
  fc.constantFrom(
    'anthropic-ratelimit-tokens-remaining',
    'cache-control',
    'etag',
    'openai-processing-ms',
    'request-id',
    'retry-after',
    'x-ratelimit-remaining-requests',
    'x-request-id',
    'vary',
  ),
)
/**
 * Visible ASCII and UTF-8 with inner white space; white space at the ends is not part of a value. Never empty: the runtime
 * takes an empty well-known header for an absent one.
 */
const fieldValue = fc
  .string({ unit: fc.constantFrom(...visible(), ' ', '\t', 'ü', '€', '語'), maxLength: 40 })
  .map((text) => Buffer.from(text.trim() || 'x').toString('latin1'))

function visible(): string[] {
  return Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
}

function fields(name: fc.Arbitrary<string>): fc.Arbitrary<Field[]> {
  return fc.uniqueArray(fc.tuple(name, fieldValue), {
    maxLength: 8,
    selector: ([each]) => each,
  })
}

interface Content {
  readonly body: Buffer
  readonly fields: readonly Field[]
}

const jsonContent = fc.json().map((text): Content => typed(Buffer.from(text), 'application/json'))
const textContent = fc
  .string({ unit: 'binary', maxLength: 400 })
  .map((text): Content => typed(Buffer.from(text), 'text/plain; charset=utf-8'))
const binaryContent = fc
  .uint8Array({ maxLength: 6_000 })
  .map((bytes): Content => typed(Buffer.from(bytes), 'audio/mpeg'))
const eventContent = fc
  .array(fc.string({ maxLength: 30 }), { maxLength: 20 })
  .map((events): Content => {
    const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
    return typed(Buffer.from(text), 'text/event-stream')
  })
const multipartContent = fc
  .array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 3 })
  .map((files): Content => {
    const parts = files.flatMap((file, index) => [
      Buffer.from(
        `--Boundary\r\nContent-Disposition: form-data; name="f${index}"; filename="ä.mp3"\r\nContent-Type: application/octet-stream\r\n\r\n`,
      ),
      Buffer.from(file),
      Buffer.from('\r\n'),
    ])
    const body = Buffer.concat([...parts, Buffer.from('--Boundary--\r\n')])
    return typed(body, 'multipart/form-data; boundary=Boundary')
  })
const gzipContent = fc.oneof(jsonContent, textContent).map(({ body, fields: own }): Content => ({
  body: gzipSync(body),
  fields: [...own, ['content-encoding', 'gzip']],
}))
const emptyContent: fc.Arbitrary<Content> = fc.constant({ body: Buffer.alloc(0), fields: [] })

function typed(body: Buffer, type: string): Content {
  return { body, fields: [['content-type', type]] }
}

const content = fc.oneof(
  jsonContent,
  textContent,
  binaryContent,
  eventContent,
  multipartContent,
  gzipContent,
  emptyContent,
)

function message(name: fc.Arbitrary<string>, of: fc.Arbitrary<Content>): fc.Arbitrary<WireMessage> {
  return fc
    .record({
      content: of,
      fields: fields(name),
      cuts: fc.array(fc.nat(6_000), { maxLength: 6 }),
      isLengthKnown: fc.boolean(),
    })
    .map(({ content: each, fields: more, cuts, isLengthKnown }) => ({
      fields: [...each.fields, ...more],
      body: each.body,
      cuts: cuts.filter((cut) => cut < each.body.length),
      isLengthKnown,
    }))
}

const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304])

export const exchange: fc.Arbitrary<WireExchange> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'QUERY', 'PURGE'),
    target,
    status: fc.oneof(fc.constant(200), fc.integer({ min: 200, max: 599 })),
  })
  .chain(({ method, target: line, status }) => {
    const isBodiless = method === 'GET' || method === 'HEAD'
    const isSilent = method === 'HEAD' || NO_BODY.has(status)
    return fc.record({
      method: fc.constant(method),
      target: fc.constant(line),
      status: fc.constant(status),
      request: message(requestName, isBodiless ? emptyContent : content),
      response: message(responseName, isSilent ? emptyContent : content),
    })
  })

/** Headers that are for us or for the next hop only. */
export const noise: fc.Arbitrary<Field[]> = fc
  .subarray<Field>([
    ['helicone-user-id', 'user-1'],
    ['Helicone-Property-Team', 'noise'],
    ['helicone-session-id', 'session-1'],
    ['helicone-session-name', 'Support'],
    ['helicone-anything-new', 'yes'],
    ['connection', 'close, x-hop-one'],
    ['keep-alive', 'timeout=5'],
    ['te', 'trailers'],
    ['proxy-authorization', 'Basic bm9pc2U='],
    ['proxy-connection', 'keep-alive'],
    ['cookie', 'session=noise'],
    ['x-forwarded-for', '10.0.0.1'],
    ['cf-connecting-ip', '10.0.0.1'],
    ['x-real-ip', '10.0.0.1'],
    ['accept-encoding', 'gzip, br, zstd'],
  ])
  .map((chosen) =>
    chosen.some(([name]) => name === 'connection')
      ? [...chosen, ['x-hop-one', 'only for the next hop'] as const]
      : chosen,
  )
