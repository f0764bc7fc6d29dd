import fc from 'fast-check'
import { expect, test } from 'vitest'
import { awaitFirstBytes } from '../../../src/gateway/dispatch/first-bytes.ts'

const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8' }
const never = new AbortController().signal
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A body that the test feeds. */
function fed(headers: Record<string, string> = EVENTS) {
  const state = { isCancelled: false }
  let feeder: ReadableStreamDefaultController<Uint8Array> | null = null
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      feeder = controller
    },
    cancel() {
      state.isCancelled = true
    },
  })
  return {
    state,
    response: new Response(body, { status: 201, headers }),
    send: (text: string) => feeder?.enqueue(encode(text)),
    end: () => feeder?.close(),
    fail: () => feeder?.error(new Error('reset')),
  }
}

test('the answer keeps its status, headers and bytes', async () => {
  const source = fed({ ...EVENTS, 'x-request-id': 'r' })
  source.send(': queued\n\n')
  source.send('data: 1\n\n')
  const opened = await awaitFirstBytes(source.response, 10_000, never)
  source.send('data: 2\n\n')
  source.end()
  if (opened.kind !== 'answer') throw new Error('an answer was expected')
  expect(opened.response.status).toBe(201)
  expect(opened.response.headers.get('x-request-id')).toBe('r')
  expect(await opened.response.text()).toBe(': queued\n\ndata: 1\n\ndata: 2\n\n')
})

test('no byte is lost or added, however the body is split', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(': c\n', '\n', '\r\n', 'data: x\n\n', 'ping', 'é…'), {
        maxLength: 9,
      }),
      fc.boolean(),
      async (parts, isEvents) => {
        const source = fed(isEvents ? EVENTS : { 'content-type': 'application/json' })
        for (const part of parts) source.send(part)
        source.end()
        const opened = await awaitFirstBytes(source.response, Infinity, never)
        if (opened.kind !== 'answer') throw new Error('an answer was expected')
        expect(await opened.response.text()).toBe(parts.join(''))
      },
    ),
  )
})

test('an empty body is an answer', async () => {
  const none = new Response(null, { status: 204 })
  expect(await awaitFirstBytes(none, 0, never)).toEqual({ kind: 'answer', response: none })
  const source = fed()
  source.end()
  expect((await awaitFirstBytes(source.response, 10_000, never)).kind).toBe('answer')
})

test('a body that breaks before it said anything is no answer', async () => {
  const source = fed()
  source.send(': queued\n\n')
  queueMicrotask(() => source.fail())
  expect(await awaitFirstBytes(source.response, 10_000, never)).toEqual({ kind: 'broken' })
})

test('a body that breaks later is an answer that breaks', async () => {
  const source = fed()
  source.send('data: 1\n\n')
  const opened = await awaitFirstBytes(source.response, 10_000, never)
  source.fail()
  if (opened.kind !== 'answer') throw new Error('an answer was expected')
  await expect(opened.response.text()).rejects.toThrow('reset')
})

const PING = 'event: ping\ndata: {"type": "ping"}\n\n'

test.each(['', ': queued\n\n', '\n\n: queued', PING, 'retry: 3\nid: 1\n\n', 'data: not whole yet'])(
  'after %j the provider falls silent: the timer ends it and frees the socket',
  async (text) => {
    const source = fed()
    if (text !== '') source.send(text)
    expect(await awaitFirstBytes(source.response, 5, never)).toEqual({ kind: 'timeout' })
    expect(source.state.isCancelled).toBe(true)
  },
)

/** As Anthropic, OpenAI's Responses and chats begin. */
const ANNOUNCEMENTS = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","role":"assistant","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}\n\n',
  'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1","output":[]}}\n\n',
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
]

test.each(ANNOUNCEMENTS)('after %j the model stalls: the timer ends it', async (text) => {
  const source = fed()
  source.send(text)
  expect(await awaitFirstBytes(source.response, 5, never)).toEqual({ kind: 'timeout' })
  expect(source.state.isCancelled).toBe(true)
})

test.each(ANNOUNCEMENTS)('a stream that ends behind %j passes whole', async (text) => {
  const source = fed()
  source.send(text)
  source.end()
  const opened = await awaitFirstBytes(source.response, 10_000, never)
  if (opened.kind !== 'answer') throw new Error('an answer was expected')
  expect(await opened.response.text()).toBe(text)
})

// Passed on, its bytes would be lost all the same: an answer that fails at once does not even get its headers out.
test.each(ANNOUNCEMENTS)('a stream that breaks behind %j is no answer', async (text) => {
  const source = fed()
  const opening = awaitFirstBytes(source.response, 10_000, never)
  source.send(text)
  queueMicrotask(() => source.fail())
  expect(await opening).toEqual({ kind: 'broken' })
})

test.each(ANNOUNCEMENTS)('an error behind %j is passed at once', async (text) => {
  const source = fed()
  const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'
  source.send(text)
  source.send(error)
  const opened = await awaitFirstBytes(source.response, 10_000, never)
  source.end()
  if (opened.kind !== 'answer') throw new Error('an answer was expected')
  expect(await opened.response.text()).toBe(text + error)
})

test('a first token behind an announcement is an answer, however the bytes are split', async () => {
  const whole = `${ANNOUNCEMENTS[0] ?? ''}data: {"type":"content_block_delta"}\r\n`
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(whole.length)), async (offsets) => {
      const source = fed()
      const edges = [0, ...offsets.toSorted((a, b) => a - b), whole.length]
      for (const [index, edge] of edges.slice(1).entries()) {
        source.send(whole.slice(edges[index], edge))
      }
      const opened = await awaitFirstBytes(source.response, 10_000, never)
      source.end()
      if (opened.kind !== 'answer') throw new Error('an answer was expected')
      expect(await opened.response.text()).toBe(whole)
    }),
  )
})

test('what says nothing sets the limit anew, as one before the first token', async () => {
  const source = fed()
  const asked: boolean[] = []
  source.send(PING)
  source.send(ANNOUNCEMENTS[0] ?? '')
  const opened = await awaitFirstBytes(source.response, 10_000, never, (isFirst) => {
    asked.push(isFirst)
    return asked.length === 2 ? 5 : 10_000
  })
  expect(opened).toEqual({ kind: 'timeout' })
  expect(asked).toEqual([true, true])
})

test("the client's going away ends it and frees the socket", async () => {
  const source = fed()
  const controller = new AbortController()
  queueMicrotask(() => controller.abort())
  expect(await awaitFirstBytes(source.response, Infinity, controller.signal)).toEqual({
    kind: 'client_abort',
  })
  expect(source.state.isCancelled).toBe(true)
})

test('comments without end are an answer at last', async () => {
  const source = fed()
  for (let sent = 0; sent < 20; sent += 1) source.send(`: ${'.'.repeat(1_000)}\n`)
  expect((await awaitFirstBytes(source.response, 10_000, never)).kind).toBe('answer')
})

test('who leaves an opened answer frees the socket', async () => {
  const source = fed()
  source.send('data: 1\n\n')
  const opened = await awaitFirstBytes(source.response, 10_000, never)
  if (opened.kind !== 'answer') throw new Error('an answer was expected')
  await opened.response.body?.cancel()
  expect(source.state.isCancelled).toBe(true)
})

const SMALL = { 'content-type': 'application/json', 'content-length': '6' }

test('a small whole answer is waited for whole', async () => {
  const source = fed(SMALL)
  source.send('{"a"')
  const opening = awaitFirstBytes(source.response, 10_000, never)
  queueMicrotask(() => {
    source.send(':1}')
    source.end()
  })
  const opened = await opening
  if (opened.kind !== 'answer') throw new Error('an answer was expected')
  expect(await opened.response.text()).toBe('{"a":1}')
})

test('half of one is no answer', async () => {
  const source = fed(SMALL)
  source.send('{"a"')
  queueMicrotask(() => source.fail())
  expect(await awaitFirstBytes(source.response, 10_000, never)).toEqual({ kind: 'broken' })
})

test('one that falls silent on the way has its own time limit', async () => {
  const source = fed(SMALL)
  source.send('{"a"')
  const restMs = (isFirst: boolean): number => (isFirst ? Infinity : 5)
  const opened = await awaitFirstBytes(source.response, 10_000, never, restMs)
  expect(opened).toEqual({ kind: 'timeout' })
  expect(source.state.isCancelled).toBe(true)
})

test('of a refusal only the beginning is waited for', async () => {
  const source = fed(SMALL)
  source.send('{"a"')
  const refusal = new Response(source.response.body, { status: 500, headers: SMALL })
  expect((await awaitFirstBytes(refusal, 10_000, never)).kind).toBe('answer')
})
