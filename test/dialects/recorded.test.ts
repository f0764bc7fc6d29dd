/**
 * Reads answers recorded from the real providers, where a checkout has them beside it. Without them the same checks run on
 * the fixtures alone.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../src/dialects/canonical/summary.ts'
import { summarize } from '../../src/dialects/summary.ts'
import { bytesOf, concat, eventStreamMessage, exchange } from './exchange.ts'

const FIXTURES = new URL('../fixtures', import.meta.url).pathname
const RECORDED = new URL('../../../shared/data/recorded', import.meta.url).pathname

const FOLDERS: readonly (readonly [folder: string, dialect: Dialect])[] = [
  ['openai/responses', 'openai-responses'],
  ['xai/responses', 'openai-responses'],
  ['openai/chat', 'openai-chat'],
  ['openai/image', 'openai-images'],
  ['openai/transcription', 'openai-audio'],
  ['openai/skills', 'passthrough'],
  ['openai/speech-translation', 'passthrough'],
  ['anthropic/skills', 'passthrough'],
  ['anthropic', 'anthropic-messages'],
  ['google/interactions', 'passthrough'],
  ['google', 'gemini'],
  ['amazon-bedrock/reranking', 'passthrough'],
  ['amazon-bedrock', 'bedrock-converse'],
  ['cohere', 'cohere-chat'],
  ['deepseek', 'openai-chat'],
  ['groq', 'openai-chat'],
  ['mistral', 'openai-chat'],
  ['xai', 'openai-chat'],
]

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:json|chunks\.txt)$/.test(name),
  )
}

/** What the file's own text says: whether a token count was reported, apart from anything our readers do. */
function reportsTokens(text: string): boolean {
  return /"(?:prompt_tokens|input_tokens|inputTokens|promptTokenCount)"\s*:\s*\d/.test(text)
}

/** The recorded lines as they were on the wire. */
function framed(dialect: Dialect, text: string): Uint8Array {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (dialect !== 'bedrock-converse') {
    return bytesOf(lines.map((line) => `data: ${line}\n\n`).join(''))
  }
  const messages = lines.map((line) => {
    const [name, payload] = Object.entries<unknown>(JSON.parse(line))[0] ?? ['', {}]
    return eventStreamMessage(name, payload)
  })
  return concat(...messages)
}

describe('recorded answers', () => {
  const files = filesUnder(RECORDED).map((name) => {
    const dialect = FOLDERS.find(([folder]) => name.startsWith(`${folder}/`))?.[1]
    return [name, dialect ?? 'passthrough'] as const
  })

  it.runIf(files.length > 0).each(files)('%s as %s', (name, dialect) => {
    const text = readFileSync(join(RECORDED, name), 'utf8')
    const isStream = name.endsWith('.chunks.txt')
    const response = isStream ? framed(dialect, text) : bytesOf(text)
    const summary = summarize(exchange(dialect, { response, responseContentType: null }))
    if (dialect === 'passthrough') return
    expect(summary.usage !== null).toBe(reportsTokens(text))
    if (!isStream) return
    expect(summary.stream).toBe(true)
    const cut = Math.floor(response.length / 3)
    const glued = concat(response.subarray(0, cut), response.subarray(cut + 200))
    const again = summarize(exchange(dialect, { response: glued, responseContentType: null }))
    if (response.length > 6_000) expect(again.usage !== null).toBe(summary.usage !== null)
  })

  it('has fixtures of its own that report what they hold', () => {
    const own = filesUnder(FIXTURES).filter((name) => name.startsWith('openai/chat'))
    expect(own.length).toBeGreaterThan(0)
    for (const name of own) {
      const text = readFileSync(join(FIXTURES, name), 'utf8')
      const { usage } = summarize(exchange('openai-chat', { response: bytesOf(text) }))
      expect(usage !== null).toBe(reportsTokens(text))
    }
  })
})
