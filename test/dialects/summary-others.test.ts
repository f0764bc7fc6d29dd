import { describe, expect, it } from 'vitest'
import { summarize } from '../../src/dialects/summary.ts'
import {
  bytesOf,
  concat,
  converseStream,
  eventStreamMessage,
  exchange,
  fixture,
  invokeStream,
  summaryOf,
  usage,
} from './exchange.ts'

const AWS = 'application/vnd.amazon.eventstream'

/** The three Claude fixtures tell the same story in three framings. */
const CLAUDE_USAGE = usage({
  inputTokens: 5100,
  outputTokens: 500,
  cacheReadTokens: 2000,
  cacheWrite5mTokens: 1000,
  cacheWrite1hTokens: 2000,
})

describe('anthropic-messages', () => {
  it.each(['anthropic/messages.json', 'anthropic/messages.sse'])('reads %s', (name) => {
    expect(summaryOf('anthropic-messages', name, 'anthropic/messages.request.json')).toEqual({
      modelAsked: 'claude-sonnet-4-5',
      modelAnswered: 'claude-sonnet-4-5-20250929',
      usage: CLAUDE_USAGE,
      costReportedNano: null,
      stream: true,
      stopReason: 'tool_use',
      userId: 'user_abc',
      serviceTier: null,
      requestPreview: 'What is this?',
      responsePreview: 'A cat.',
      toolCalls: 1,
      errorMessage: null,
    })
  })

  it('takes cache writes without a split as 5 minutes', () => {
    const response = bytesOf(
      '{"usage":{"input_tokens":1,"cache_creation_input_tokens":7,"cache_read_input_tokens":2,"output_tokens":3}}',
    )
    expect(summarize(exchange('anthropic-messages', { response })).usage).toEqual(
      usage({ inputTokens: 10, outputTokens: 3, cacheReadTokens: 2, cacheWrite5mTokens: 7 }),
    )
  })

  it('adds what a compaction read and wrote', () => {
    const response = bytesOf(
      '{"usage":{"input_tokens":682,"output_tokens":1320,"iterations":[{"type":"compaction","input_tokens":60385,"output_tokens":592},{"type":"message","input_tokens":682,"output_tokens":1320}]}}',
    )
    expect(summarize(exchange('anthropic-messages', { response })).usage).toMatchObject({
      inputTokens: 61_067,
      outputTokens: 1912,
    })
  })

  it('does not let a zero at the end erase what the start said', () => {
    const response = bytesOf(
      'data: {"type":"message_start","message":{"usage":{"input_tokens":40,"output_tokens":0}}}\n\n' +
        'data: {"type":"message_delta","delta":{},"usage":{"input_tokens":0,"output_tokens":9}}\n\n',
    )
    expect(summarize(exchange('anthropic-messages', { response })).usage).toMatchObject({
      inputTokens: 40,
      outputTokens: 9,
    })
  })

  it('reports an error inside a 200 stream and an error status alike', () => {
    expect(summaryOf('anthropic-messages', 'anthropic/error.sse')).toMatchObject({
      errorMessage: 'Overloaded',
      usage: { inputTokens: 25 },
    })
    expect(
      summaryOf('anthropic-messages', 'anthropic/error.json', null, { status: 429 }).errorMessage,
    ).toMatch(/^Number of request tokens/)
  })

  it('reads the older text completions', () => {
    const summary = summarize(
      exchange('anthropic-messages', {
        path: '/v1/complete',
        request: bytesOf('{"model":"claude-2.1","prompt":"\\n\\nHuman: hi\\n\\nAssistant:"}'),
        response: bytesOf(
          '{"type":"completion","completion":" Hello","stop_reason":"stop_sequence","model":"claude-2.1"}',
        ),
      }),
    )
    expect(summary).toMatchObject({
      modelAsked: 'claude-2.1',
      requestPreview: 'Human: hi Assistant:',
      responsePreview: 'Hello',
      usage: null,
    })
  })
})

describe('gemini', () => {
  it('reads a whole answer: cache inside, thoughts and tool prompts on top', () => {
    expect(
      summaryOf('gemini', 'google/generate.json', 'google/generate.request.json'),
    ).toMatchObject({
      modelAsked: 'gemini-2.5-pro',
      modelAnswered: 'gemini-2.5-pro',
      usage: usage({
        inputTokens: 1040,
        outputTokens: 223,
        cacheReadTokens: 600,
        reasoningTokens: 200,
        inputAudioTokens: 700,
      }),
      stream: false,
      stopReason: 'STOP',
      requestPreview: 'Transcribe.',
      responsePreview: 'Hello.',
      toolCalls: 1,
    })
  })

  it('reads both framings of a stream', () => {
    const path = '/v1beta/models/gemini-2.5-flash:streamGenerateContent'
    expect(summaryOf('gemini', 'google/generate.sse', null, { path })).toMatchObject({
      usage: { inputTokens: 1000, outputTokens: 223, cacheReadTokens: 600, inputAudioTokens: 700 },
      stream: true,
      responsePreview: 'Hello.',
    })
    expect(summaryOf('gemini', 'google/generate.array.json', null, { path })).toMatchObject({
      modelAsked: 'gemini-2.5-flash',
      usage: { inputTokens: 9, outputTokens: 3 },
      stream: true,
      responsePreview: 'Hello [1] }{',
    })
  })

  it('reads a blocked prompt: nothing was written', () => {
    expect(summaryOf('gemini', 'google/blocked.json')).toMatchObject({
      usage: { inputTokens: 7, outputTokens: 0 },
      stopReason: 'SAFETY',
    })
  })

  it('reads an error, also in a list', () => {
    const summary = summaryOf('gemini', 'google/error.array.json', null, { status: 429 })
    expect(summary.errorMessage).toBe('You exceeded your current quota.')
  })
})

describe('bedrock', () => {
  const expected = {
    modelAsked: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    usage: usage({
      inputTokens: 3100,
      outputTokens: 25,
      cacheReadTokens: 1000,
      cacheWrite5mTokens: 500,
      cacheWrite1hTokens: 1500,
    }),
    stopReason: 'tool_use',
    requestPreview: 'Say hi',
    responsePreview: 'Hi.',
    toolCalls: 1,
    errorMessage: null,
  }
  const request = fixture('bedrock/converse.request.json')

  it('reads a whole Converse answer', () => {
    const summary = summaryOf('bedrock-converse', 'bedrock/converse.json', null, { request })
    expect(summary).toMatchObject({ ...expected, stream: false })
  })

  it.each([AWS, null])('reads a Converse stream declared as %s', (responseContentType) => {
    const response = converseStream()
    const summary = summarize(
      exchange('bedrock-converse', { request, response, responseContentType }),
    )
    expect(summary).toMatchObject({ ...expected, stream: true })
  })

  it('finds its way again behind a cut', () => {
    const whole = converseStream()
    const response = concat(whole.subarray(0, 250), whole.subarray(420))
    const summary = summarize(exchange('bedrock-converse', { response, responseContentType: AWS }))
    expect(summary).toMatchObject({ usage: expected.usage, stopReason: 'tool_use' })
  })

  it('reports an exception inside a stream and an error status', () => {
    const response = concat(
      eventStreamMessage('contentBlockDelta', { delta: { text: 'H' }, contentBlockIndex: 0 }),
      eventStreamMessage('throttlingException', { message: 'Too many requests' }, 'exception'),
    )
    expect(
      summarize(exchange('bedrock-converse', { response, responseContentType: AWS })),
    ).toMatchObject({ errorMessage: 'Too many requests', responsePreview: 'H' })
    expect(
      summaryOf('bedrock-converse', 'bedrock/error.json', null, { status: 403 }).errorMessage,
    ).toBe('The security token included in the request is invalid.')
  })

  it("reads the model's own body through InvokeModel", () => {
    const request = fixture('bedrock/invoke.request.json')
    const claude = summaryOf('bedrock-invoke', 'anthropic/messages.json', null, { request })
    expect(claude).toMatchObject({
      modelAsked: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
      usage: CLAUDE_USAGE,
      requestPreview: 'Say hi',
      responsePreview: 'A cat.',
    })
    expect(summaryOf('bedrock-invoke', 'bedrock/converse.json').usage).toEqual(expected.usage)
    expect(summaryOf('bedrock-invoke', 'bedrock/titan.json')).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 8 },
      responsePreview: 'Hi there',
      stopReason: 'FINISH',
    })
    expect(summaryOf('bedrock-invoke', 'bedrock/llama.json')).toMatchObject({
      usage: { inputTokens: 17, outputTokens: 4 },
      responsePreview: 'Hi there',
      stopReason: 'stop',
    })
  })

  it("reads the model's own events through InvokeModelWithResponseStream", () => {
    const sse = new TextDecoder().decode(fixture('anthropic/messages.sse'))
    const events = [...sse.matchAll(/^data: (.*)$/gm)].map(([, data]): unknown =>
      JSON.parse(data ?? ''),
    )
    const response = invokeStream(events)
    expect(
      summarize(exchange('bedrock-invoke', { response, responseContentType: AWS })),
    ).toMatchObject({ usage: CLAUDE_USAGE, responsePreview: 'A cat.', toolCalls: 1, stream: true })
  })

  it('falls back on the metrics that Bedrock adds', () => {
    const response = invokeStream([
      { generation: 'Hi', prompt_token_count: null, generation_token_count: null },
      {
        generation: '',
        'amazon-bedrock-invocationMetrics': { inputTokenCount: 9, outputTokenCount: 2 },
      },
    ])
    expect(
      summarize(exchange('bedrock-invoke', { response, responseContentType: AWS })),
    ).toMatchObject({ usage: { inputTokens: 9, outputTokens: 2 }, responsePreview: 'Hi' })
  })
})

describe('cohere-chat', () => {
  it.each(['cohere/chat.json', 'cohere/chat.sse'])('reads %s', (name) => {
    expect(summaryOf('cohere-chat', name, 'cohere/chat.request.json')).toMatchObject({
      modelAsked: 'command-a-03-2025',
      usage: { inputTokens: 12, outputTokens: 7, cacheReadTokens: null },
      stream: true,
      stopReason: 'COMPLETE',
      requestPreview: 'Capital of France?',
      responsePreview: 'Paris.',
      toolCalls: 1,
      errorMessage: null,
    })
  })

  it('reads version 1 in JSON lines', () => {
    expect(summaryOf('cohere-chat', 'cohere/chat-v1.jsonl')).toMatchObject({
      usage: { inputTokens: 5, outputTokens: 2 },
      stream: true,
      stopReason: 'COMPLETE',
      responsePreview: 'Paris.',
    })
  })

  it('reads an error', () => {
    const summary = summaryOf('cohere-chat', 'cohere/error.json', null, { status: 401 })
    expect(summary.errorMessage).toBe('invalid api token')
  })
})

describe('passthrough', () => {
  it('knows only the error', () => {
    expect(summaryOf('passthrough', 'openai/chat.json').usage).toBeNull()
    expect(
      summaryOf('passthrough', 'openai/error.json', null, { status: 401 }).errorMessage,
    ).toMatch(/^Incorrect API key/)
  })

  it('takes a page for people by its title', () => {
    const response = bytesOf('<html><head><title>502 Bad Gateway</title></head></html>')
    expect(
      summarize(
        exchange('passthrough', { response, status: 502, responseContentType: 'text/html' }),
      ).errorMessage,
    ).toBe('502 Bad Gateway')
  })
})
