import { describe, expect, it } from 'vitest'
import { detectDialect, modelFromPath, pathAsksForStream } from '../../src/dialects/detect.ts'

describe('detectDialect', () => {
  it.each([
    ['openai', '/v1/chat/completions', 'openai-chat'],
    ['azure', '/openai/deployments/x/chat/completions?api-version=1', 'openai-chat'],
    ['perplexity', '/chat/completions/', 'openai-chat'],
    ['mistral', '/v1/agents/completions', 'openai-chat'],
    ['cohere', '/compatibility/v1/chat/completions', 'openai-chat'],
    ['openai', '/v1/completions', 'openai-completions'],
    ['mistral', '/v1/fim/completions', 'openai-completions'],
    ['openai', '/v1/responses', 'openai-responses'],
    ['openai', '/v1/responses/compact', 'openai-responses'],
    ['openai', '/v1/embeddings', 'openai-embeddings'],
    ['openai', '/v1/images/generations', 'openai-images'],
    ['openai', '/v1/images/edits', 'openai-images'],
    ['openai', '/v1/audio/transcriptions', 'openai-audio'],
    ['openai', '/v1/audio/speech', 'openai-audio'],
    ['anthropic', '/v1/messages', 'anthropic-messages'],
    ['deepseek', '/anthropic/v1/messages?beta=true', 'anthropic-messages'],
    ['anthropic', '/v1/complete', 'anthropic-messages'],
    ['google', '/v1beta/models/gemini-2.5-pro:generateContent', 'gemini'],
    ['google', '/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse', 'gemini'],
    ['google', '/v1beta/models/gemini-2.5-pro%3AgenerateContent', 'gemini'],
    ['vertex', '/v1/projects/p/locations/l/publishers/google/models/g:generateContent', 'gemini'],
    ['vertex', '/v1/p/publishers/anthropic/models/claude:rawPredict', 'anthropic-messages'],
    ['bedrock', '/model/us.amazon.nova-pro-v1:0/converse', 'bedrock-converse'],
    ['bedrock', '/model/us.amazon.nova-pro-v1%3A0/converse-stream', 'bedrock-converse'],
    ['bedrock', '/model/amazon.titan-text/invoke', 'bedrock-invoke'],
    ['bedrock', '/model/anthropic.claude/invoke-with-response-stream', 'bedrock-invoke'],
    ['cohere', '/v2/chat', 'cohere-chat'],
    ['cohere', '/v1/chat', 'cohere-chat'],
    ['custom', '/v1/chat', 'passthrough'],
    ['openai', '/v1/threads/t/messages', 'passthrough'],
    ['anthropic', '/v1/messages/count_tokens', 'passthrough'],
    ['anthropic', '/v1/messages/batches', 'passthrough'],
    ['google', '/v1beta/models/gemini-2.5-pro:countTokens', 'passthrough'],
    ['bedrock', '/model/x/count-tokens', 'passthrough'],
    ['openai', '/v1/files', 'passthrough'],
    ['openai', '/', 'passthrough'],
    ['openai', '', 'passthrough'],
  ])('%s %s is %s', (provider, path, dialect) => {
    expect(detectDialect(provider, 'POST', path)).toBe(dialect)
  })

  it('takes only calls that post', () => {
    expect(detectDialect('openai', 'GET', '/v1/chat/completions')).toBe('passthrough')
    expect(detectDialect('openai', 'GET', '/v1/responses')).toBe('passthrough')
  })
})

describe('modelFromPath', () => {
  it.each([
    ['/openai/deployments/my-gpt/chat/completions?api-version=1', 'my-gpt'],
    ['/v1beta/models/gemini-2.5-pro:generateContent', 'gemini-2.5-pro'],
    ['/v1beta/models/gemini-2.5-pro%3AgenerateContent', 'gemini-2.5-pro'],
    ['/v1beta/tunedModels/mine:generateContent', 'mine'],
    [
      '/v1/p/publishers/anthropic/models/claude-opus-4@20250514:rawPredict',
      'claude-opus-4@20250514',
    ],
    ['/model/us.anthropic.claude-v1%3A0/converse', 'us.anthropic.claude-v1:0'],
    ['/model/us.anthropic.claude-v1:0/invoke-with-response-stream', 'us.anthropic.claude-v1:0'],
    [
      '/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Ainference-profile%2Fus.y/converse',
      'arn:aws:bedrock:x:1:inference-profile/us.y',
    ],
    ['/model/%E0%A4%A/converse', '%E0%A4%A'],
    ['/v1/chat/completions', null],
    ['/v1/models', null],
  ])('%s names %s', (path, model) => {
    expect(modelFromPath(path)).toBe(model)
  })
})

it('tells a stream from the path where the body does not', () => {
  expect(pathAsksForStream('/v1beta/models/g:streamGenerateContent?alt=sse')).toBe(true)
  expect(pathAsksForStream('/model/m/converse-stream')).toBe(true)
  expect(pathAsksForStream('/v1/chat/completions')).toBe(false)
})
