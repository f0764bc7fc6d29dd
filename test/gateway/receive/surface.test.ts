import { describe, expect, test } from 'vitest'
import { classify } from '../../../src/gateway/receive/surface.ts'
import { providerLabels } from '../../../src/providers/index.ts'

const KEY = 'sk-helicone-aizk36y-5yue2my-qmy5tza-n7x3aqa'

function ask(url: string, headers: Record<string, string> = {}) {
  return classify(new URL(url), new Headers(headers))
}

describe('surfaces of the gateway', () => {
  test.each([
    ['http://oai.example.com/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['http://oai.localhost:8787/v1/models', 'openai', '/v1/models'],
    ['https://eu.oai.example.com/v1/models', 'openai', '/v1/models'],
    ['https://anthropic.example.com/v1/messages', 'anthropic', '/v1/messages'],
    ['https://x.example.com/v1/chat/completions', 'x', '/v1/chat/completions'],
    ['http://localhost:8787/oai/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['http://localhost:8787/openai/v1/models', 'openai', '/v1/models'],
    ['http://localhost:8787/anthropic/v1/messages', 'anthropic', '/v1/messages'],
    ['http://localhost:8787/groq/openai/v1/models', 'groq', '/openai/v1/models'],
    ['http://localhost:8787/sandbox/v1/messages', 'sandbox', '/v1/messages'],
    ['http://localhost:8787/v1/gateway/oai/v1/models', 'openai', '/v1/models'],
    ['http://localhost:8787/v1/gateway/anthropic/v1/messages', 'anthropic', '/v1/messages'],
    ['http://localhost:8787/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['http://localhost:8787/v1/messages', 'anthropic', '/v1/messages'],
    ['http://localhost:8787/v1/messages/count_tokens', 'anthropic', '/v1/messages/count_tokens'],
    ['http://localhost:8787/v1/evals', 'openai', '/v1/evals'],
    [
      'http://localhost:8787/openai/deployments/d/chat/completions',
      'openai',
      '/openai/deployments/d/chat/completions',
    ],
  ])('%s', (url, provider, path) => {
    expect(ask(url)).toEqual({
      kind: 'gateway',
      surface: { provider: expect.objectContaining({ id: provider }), path, keyInPath: null },
    })
  })

  test.each(providerLabels())('label %s leads to a provider as host and as path', (label) => {
    for (const url of [`https://${label}.example.com/a/b`, `https://h.example/${label}/a/b`]) {
      expect(ask(url)).toMatchObject({ kind: 'gateway', surface: { path: '/a/b' } })
    }
    expect(ask(`https://h.example/v1/gateway/${label}/a`)).toMatchObject({ kind: 'gateway' })
  })

  test('a key as the first path segment is taken out', () => {
    expect(ask(`http://h.example/${KEY}/v1/chat/completions`)).toMatchObject({
      surface: { provider: { id: 'openai' }, path: '/v1/chat/completions', keyInPath: KEY },
    })
    expect(ask(`https://anthropic.h.example/${KEY}/v1/messages`)).toMatchObject({
      surface: { provider: { id: 'anthropic' }, path: '/v1/messages', keyInPath: KEY },
    })
    expect(ask(`http://h.example/${KEY}/groq/openai/v1/models`)).toMatchObject({
      surface: { provider: { id: 'groq' }, path: '/openai/v1/models', keyInPath: KEY },
    })
  })

  test.each(['Helicone-Fallbacks', 'Helicone-Fallback'])(
    '%s leaves a bare path its provider, and gives others a place',
    (name) => {
      const headers = { [name]: '[{"model":"gpt-4o"}]' }
      expect(ask('http://h.example/v1/chat/completions', headers)).toMatchObject({
        surface: { provider: { id: 'openai' }, path: '/v1/chat/completions' },
      })
      expect(ask('http://h.example/chat/completions', headers)).toMatchObject({
        surface: { provider: null, path: '/chat/completions' },
      })
    },
  )

  test('anthropic-version turns a bare path into Anthropic', () => {
    expect(ask('http://h.example/v1/models', { 'anthropic-version': '2023-06-01' })).toMatchObject({
      surface: { provider: { id: 'anthropic' } },
    })
  })

  test('a named target leaves the provider open and keeps the path', () => {
    const target = { 'helicone-target-url': 'https://llm.example.org' }
    expect(ask('http://h.example/any/path', target)).toMatchObject({
      surface: { provider: null, path: '/any/path' },
    })
    expect(ask('http://gateway.example.com/google/x', target)).toMatchObject({
      surface: { provider: null, path: '/google/x' },
    })
  })

  test('the REST API and the dashboard are not the gateway', () => {
    for (const path of [
      '/v1/request/query',
      '/v1/session/query',
      '/v1/openapi.json',
      '/docs',
      '/api/session',
      '/v1/log',
    ]) {
      expect(ask(`http://localhost:8787${path}`)).toEqual({ kind: 'api' })
    }
    expect(ask('http://oai.h.example/v1/feedback')).toEqual({ kind: 'api' })
    expect(ask('http://localhost:8787/requests')).toEqual({ kind: 'app' })
    expect(ask('http://gateway.example.com/')).toEqual({ kind: 'app' })
    expect(ask('http://localhost:8787/healthcheck')).toEqual({ kind: 'health' })
  })

  test('an unknown provider under /v1/gateway is lost, not OpenAI', () => {
    expect(ask('http://h.example/v1/gateway/nobody/v1/models')).toEqual({ kind: 'lost' })
  })
})
