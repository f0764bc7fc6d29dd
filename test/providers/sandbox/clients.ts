/** The vendors' real clients, talking to the sandbox by a `fetch` that never leaves the process. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { answerSandbox } from '../../../src/providers/sandbox/index.ts'

const sandboxFetch: typeof fetch = (input, init) => {
  const request = new Request(input, init)
  return answerSandbox(request, new URL(request.url).pathname)
}

export function openAi(headers: Record<string, string> = {}): OpenAI {
  return new OpenAI({
    apiKey: 'sk-sandbox',
    baseURL: 'http://sandbox.test/v1',
    fetch: sandboxFetch,
    maxRetries: 0,
    defaultHeaders: headers,
  })
}

export function anthropic(headers: Record<string, string> = {}): Anthropic {
  return new Anthropic({
    apiKey: 'sk-sandbox',
    baseURL: 'http://sandbox.test',
    fetch: sandboxFetch,
    maxRetries: 0,
    defaultHeaders: headers,
  })
}

/** A raw call, for what no client would send. */
export function post(
  path: string,
  body: unknown,
  init: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const request = new Request(`http://sandbox.test${path}`, { method: 'POST', body: text, ...init })
  return answerSandbox(request, path)
}

/** The `data:` lines of an event stream. */
export function dataLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))
}

export function user(content: string): { role: 'user'; content: string } {
  return { role: 'user', content }
}
