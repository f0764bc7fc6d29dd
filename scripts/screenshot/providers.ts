/**
 * Stands in for four providers on a loopback port: answers in their shapes, after the time that a real one would take.
 * The scene that a call belongs to is named by its `x-scene` header.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Scene } from './scenes.ts'

export interface Providers {
  readonly url: string
  close(): Promise<void>
}

export async function startProviders(scenes: readonly Scene[]): Promise<Providers> {
  const server = createServer((request, response) => {
    const scene = scenes[Number(request.headers['x-scene'])]
    request.resume()
    request.once('end', () => {
      if (scene === undefined) response.writeHead(404).end('{}')
      else answer(scene, response).catch(() => response.destroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(scene: Scene, response: ServerResponse): Promise<void> {
  await wait(scene.waitMs)
  const type = scene.isStream === true ? 'text/event-stream' : 'application/json'
  response.writeHead(scene.status ?? 200, { 'content-type': type })
  if (scene.status !== undefined) {
    const message = 'Rate limit reached for gpt-5: 30,000 tokens per minute. Try again in 1.2 s.'
    response.end(
      JSON.stringify({ error: { message, type: 'tokens', code: 'rate_limit_exceeded' } }),
    )
    return
  }
  const parts = scene.isStream === true ? eventsOf(scene) : [bodyOf(scene)]
  for (const part of parts) {
    await wait((scene.writeMs ?? 0) / parts.length)
    response.write(part)
  }
  response.end()
}

function bodyOf(scene: Scene): string {
  if (scene.provider === 'anthropic') return JSON.stringify(anthropicMessage(scene, scene.answer))
  return JSON.stringify(scene.provider === 'google' ? geminiAnswer(scene) : chatCompletion(scene))
}

function chatCompletion(scene: Scene): object {
  const { model, answer: content, inputTokens, outputTokens, cachedTokens = 0 } = scene
  return {
    id: `chatcmpl-${inputTokens}${outputTokens}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
      prompt_tokens_details: { cached_tokens: cachedTokens },
    },
  }
}

function anthropicMessage(scene: Scene, text: string | null): object {
  const { cachedTokens = 0 } = scene
  return {
    id: `msg_${scene.inputTokens}${scene.outputTokens}`,
    type: 'message',
    role: 'assistant',
    model: scene.model,
    content: text === null ? [] : [{ type: 'text', text }],
    stop_reason: text === null ? null : 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: scene.inputTokens - cachedTokens,
      cache_read_input_tokens: cachedTokens,
      cache_creation_input_tokens: 0,
      output_tokens: text === null ? 1 : scene.outputTokens,
    },
  }
}

function geminiAnswer(scene: Scene): object {
  return {
    candidates: [
      {
        content: { role: 'model', parts: [{ text: scene.answer }] },
        finishReason: 'STOP',
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: scene.inputTokens,
      candidatesTokenCount: scene.outputTokens,
      totalTokenCount: scene.inputTokens + scene.outputTokens,
    },
    modelVersion: scene.model,
  }
}

/** Anthropic's events, a few words each. */
function eventsOf(scene: Scene): string[] {
  const words = scene.answer.match(/\S+\s*/g) ?? []
  const deltas = words.map((text) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  }))
  return [
    { type: 'message_start', message: anthropicMessage(scene, null) },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...deltas,
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: scene.outputTokens },
    },
    { type: 'message_stop' },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}
