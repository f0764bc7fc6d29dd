import { describe, expect, it } from 'vitest'
import { summarize } from '../../src/dialects/summary.ts'
import { bytesOf, exchange, summaryOf, usage } from './exchange.ts'

describe('openai-chat', () => {
  it('reads a whole answer and its request', () => {
    expect(summaryOf('openai-chat', 'openai/chat.json', 'openai/chat.request.json')).toEqual({
      modelAsked: 'gpt-5',
      modelAnswered: 'gpt-5-2025-08-07',
      usage: usage({
        inputTokens: 10,
        outputTokens: 1870,
        cacheReadTokens: 0,
        reasoningTokens: 1792,
        inputAudioTokens: 0,
        outputAudioTokens: 0,
      }),
      costReportedNano: null,
      stream: false,
      stopReason: 'stop',
      userId: 'user-7',
      serviceTier: null,
      requestPreview: 'What is the capital of France?',
      responsePreview: 'Paris.',
      toolCalls: 0,
      errorMessage: null,
    })
  })

  it('reads a stream: usage from the last chunk without choices, each tool call once', () => {
    expect(summaryOf('openai-chat', 'openai/chat.sse')).toMatchObject({
      modelAnswered: 'gpt-4o-2024-08-06',
      usage: { inputTokens: 1200, outputTokens: 42, cacheReadTokens: 1024 },
      stream: true,
      stopReason: 'tool_calls',
      serviceTier: 'priority',
      responsePreview: 'Let me look.',
      toolCalls: 2,
    })
  })

  it('reads audio tokens', () => {
    expect(summaryOf('openai-chat', 'openai/chat-audio.json').usage).toMatchObject({
      inputTokens: 100,
      outputTokens: 60,
      inputAudioTokens: 80,
      outputAudioTokens: 50,
    })
  })

  it('reads the error of an error status', () => {
    const summary = summaryOf('openai-chat', 'openai/error.json', null, { status: 401 })
    expect(summary.errorMessage).toMatch(/^Incorrect API key provided/)
    expect(summary.usage).toBeNull()
  })
})

describe('openai-chat as others speak it', () => {
  it("takes Groq's usage from x_groq", () => {
    expect(summaryOf('openai-chat', 'groq/chat.sse').usage).toMatchObject({
      inputTokens: 18,
      outputTokens: 556,
    })
  })

  it("takes DeepSeek's cache hits", () => {
    expect(summaryOf('openai-chat', 'deepseek/chat.json').usage).toMatchObject({
      inputTokens: 495,
      outputTokens: 144,
      cacheReadTokens: 320,
      reasoningTokens: 118,
    })
  })

  it("takes the last of xAI's cumulative usages, adds its reasoning, and converts ticks", () => {
    const summary = summaryOf('openai-chat', 'xai/chat.sse')
    expect(summary.usage).toMatchObject({
      inputTokens: 12,
      outputTokens: 292,
      cacheReadTokens: 11,
      reasoningTokens: 290,
    })
    expect(summary.costReportedNano).toBe(146_625)
  })

  it("leaves Mistral's thinking out of the preview", () => {
    expect(summaryOf('openai-chat', 'mistral/chat.json').responsePreview).toBe('Four.')
  })

  it("takes OpenRouter's cost and survives its comments", () => {
    const summary = summaryOf('openai-chat', 'openrouter/chat.sse')
    expect(summary.costReportedNano).toBe(612_000)
    expect(summary.usage).toMatchObject({ inputTokens: 194, cacheWrite5mTokens: 100 })
    expect(summary.errorMessage).toBeNull()
  })

  it("adds the upstream's share when OpenRouter used the caller's own key", () => {
    const response = bytesOf(
      '{"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.00001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.0002}}}',
    )
    expect(summarize(exchange('openai-chat', { response })).costReportedNano).toBe(210_000)
  })

  it('reports an error inside a 200 stream, with the text so far', () => {
    expect(summaryOf('openai-chat', 'openrouter/error.sse')).toMatchObject({
      errorMessage: 'Provider disconnected unexpectedly',
      responsePreview: 'Par',
      stopReason: 'error',
      usage: null,
    })
  })

  it("takes Perplexity's total cost", () => {
    expect(summaryOf('openai-chat', 'perplexity/chat.json').costReportedNano).toBe(6_327_000)
  })

  it("counts what Gemini's compatible surface leaves out as reasoning", () => {
    const response = bytesOf(
      '{"model":"gemini-3-pro-preview","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":23,"total_tokens":217}}',
    )
    expect(summarize(exchange('openai-chat', { response })).usage).toMatchObject({
      outputTokens: 208,
      reasoningTokens: 185,
    })
  })

  it('names the deployment of an Azure path', () => {
    const path = '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21'
    const summary = summaryOf('openai-chat', 'openai/chat.json', null, { path })
    expect(summary.modelAsked).toBe('my gpt')
  })
})

describe('other surfaces of OpenAI', () => {
  it.each(['openai/completions.json', 'openai/completions.sse'])('completions: %s', (name) => {
    expect(summaryOf('openai-completions', name, 'openai/completions.request.json')).toMatchObject({
      modelAsked: 'gpt-3.5-turbo-instruct',
      modelAnswered: 'gpt-3.5-turbo-instruct:20230824-v2',
      usage: { inputTokens: 2, outputTokens: 3 },
      stream: true,
      stopReason: 'stop',
      requestPreview: 'Say hi',
      responsePreview: 'Hi there',
    })
  })

  it.each([
    ['openai/responses.json', 'completed', false, 'flex'],
    ['openai/responses.sse', 'max_output_tokens', true, null],
  ])('responses: %s', (name, stopReason, stream, serviceTier) => {
    expect(summaryOf('openai-responses', name, 'openai/responses.request.json')).toMatchObject({
      modelAsked: 'gpt-5.1',
      modelAnswered: 'gpt-5.1-2025-11-13',
      usage: { inputTokens: 300, outputTokens: 90, cacheReadTokens: 128, reasoningTokens: 64 },
      stream,
      stopReason,
      serviceTier,
      userId: 'hash-9',
      requestPreview: 'Describe this.',
      responsePreview: 'A cat.',
      toolCalls: 1,
      errorMessage: null,
    })
  })

  it('responses: a failed stream says why', () => {
    expect(summaryOf('openai-responses', 'openai/responses-failed.sse')).toMatchObject({
      errorMessage: 'The server had an error while processing.',
      stopReason: 'failed',
      usage: null,
    })
  })

  it('embeddings: nothing is written', () => {
    expect(
      summaryOf('openai-embeddings', 'openai/embeddings.json', 'openai/embeddings.request.json'),
    ).toMatchObject({
      usage: { inputTokens: 5, outputTokens: 0 },
      requestPreview: 'second text',
      responsePreview: null,
    })
  })

  it('images: whole and streamed, never the image', () => {
    expect(
      summaryOf('openai-images', 'openai/images.json', 'openai/images.request.json'),
    ).toMatchObject({
      modelAsked: 'gpt-image-1',
      usage: {
        inputTokens: 50,
        outputTokens: 4160,
        inputImageTokens: 40,
        outputImageTokens: 4160,
      },
      requestPreview: 'A baby otter',
      responsePreview: null,
    })
    expect(summaryOf('openai-images', 'openai/images.sse').usage).toMatchObject({
      inputTokens: 10,
      outputTokens: 1056,
    })
  })

  it('audio: tokens where they are told, null where only seconds are', () => {
    expect(summaryOf('openai-audio', 'openai/transcription.json')).toMatchObject({
      usage: { inputTokens: 30, outputTokens: 15, inputAudioTokens: 30 },
      responsePreview: 'Hello from the other side.',
    })
    expect(summaryOf('openai-audio', 'openai/whisper.json')).toMatchObject({
      usage: null,
      responsePreview: 'Hello.',
    })
    expect(summaryOf('openai-audio', 'openai/transcription.sse')).toMatchObject({
      usage: { inputTokens: 14, outputTokens: 6 },
      responsePreview: 'Hello there.',
      stream: true,
    })
    expect(
      summaryOf('openai-audio', 'openai/speech.sse', 'openai/speech.request.json'),
    ).toMatchObject({
      modelAsked: 'gpt-4o-mini-tts',
      usage: { inputTokens: 14, outputTokens: 101 },
      requestPreview: 'Good morning',
    })
  })

  it('audio: reads the fields of an upload and leaves the file alone', () => {
    const body = [
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n',
      'Content-Type: audio/wav\r\n\r\nRIFF\u0000\u0001\r\n',
      '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n',
      '--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nNames: Ada\r\n--b--\r\n',
    ].join('')
    const summary = summaryOf('openai-audio', 'openai/whisper.json', null, {
      request: bytesOf(body),
      requestContentType: 'multipart/form-data; boundary=b',
    })
    expect(summary).toMatchObject({ modelAsked: 'whisper-1', requestPreview: 'Names: Ada' })
  })

  it('audio: an answer of sound has no text', () => {
    const response = new Uint8Array([0x49, 0x44, 0x33, 4, 0, 0])
    const summary = summarize(
      exchange('openai-audio', { response, responseContentType: 'audio/mpeg' }),
    )
    expect(summary).toMatchObject({ usage: null, responsePreview: null, errorMessage: null })
  })
})
