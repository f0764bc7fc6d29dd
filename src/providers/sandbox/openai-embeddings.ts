/**
 * OpenAI embeddings: deterministic unit vectors in which texts that share words are near each
 * other. Every word adds to a few dimensions; a little noise by the whole text keeps none empty.
 */
import { invalid, requireModel } from './ask.ts'
import { Failure } from './failure.ts'
import { countOf, type JsonObject } from './json.ts'
import { estimateTokens, hashOf } from './tokens.ts'

const MOST_INPUTS = 2_048
const MOST_DIMENSIONS = 3_072
/** Numbers in one answer: keeps the JSON of a request within an isolate's memory. */
const MOST_NUMBERS = 2_000_000
const TOUCHES_PER_WORD = 8
const NOISE = 0.02

/** The whole `list` of embeddings, as floats or as base64 of little-endian 32-bit floats. */
export function embeddings(body: JsonObject): object {
  const model = requireModel(body, 'openai')
  const inputs = readInputs(body['input'])
  const dimensions = readDimensions(body, model)
  const format = body['encoding_format'] ?? 'float'
  if (format !== 'float' && format !== 'base64') {
    throw invalid('encoding_format', "'float' or 'base64'", 'openai')
  }
  if (inputs.length * dimensions > MOST_NUMBERS) {
    throw invalid('input', `at most ${Math.floor(MOST_NUMBERS / dimensions)} texts here`, 'openai')
  }
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0)
  return {
    object: 'list',
    data: inputs.map((input, index) => {
      const vector = embed(input.words, dimensions)
      const embedding = format === 'base64' ? base64(vector) : Array.from(vector)
      return { object: 'embedding', index, embedding }
    }),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

interface Input {
  readonly words: readonly string[]
  readonly tokens: number
}

function readInputs(raw: unknown): Input[] {
  if (raw === undefined) {
    const message = "Missing required parameter: 'input'."
    throw new Failure(400, message, 'input', 'missing_required_parameter')
  }
  const isTokenList = Array.isArray(raw) && raw.length > 0 && typeof raw[0] === 'number'
  const list: readonly unknown[] = Array.isArray(raw) && !isTokenList ? raw : [raw]
  if (list.length === 0 || list.length > MOST_INPUTS) {
    throw invalid('input', `between 1 and ${MOST_INPUTS} texts`, 'openai')
  }
  return list.map(readInput)
}

function readInput(raw: unknown): Input {
  if (typeof raw === 'string' && raw !== '') {
    const words = raw.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [raw]
    return { words, tokens: estimateTokens(raw) }
  }
  if (Array.isArray(raw) && raw.length > 0 && raw.every((token) => typeof token === 'number')) {
    return { words: raw.map(String), tokens: raw.length }
  }
  throw invalid('input', 'a non-empty text, a list of tokens, or a list of these', 'openai')
}

function readDimensions(body: JsonObject, model: string): number {
  const raw = body['dimensions']
  if (raw === undefined || raw === null) return model.includes('large') ? 3_072 : 1_536
  const dimensions = countOf(raw)
  if (dimensions !== null && dimensions <= MOST_DIMENSIONS) return dimensions
  throw invalid('dimensions', `a whole number from 1 to ${MOST_DIMENSIONS}`, 'openai')
}

function embed(words: readonly string[], dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  const noise = generator(hashOf(words.join(' ')))
  for (let index = 0; index < dimensions; index++) vector[index] = NOISE * noise()
  for (const word of words) {
    const next = generator(hashOf(word))
    for (let touch = 0; touch < TOUCHES_PER_WORD; touch++) {
      const index = Math.floor(((next() + 1) / 2) * dimensions)
      vector[index] = (vector[index] ?? 0) + next()
    }
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1
  return vector.map((value) => value / length)
}

/** Xorshift: numbers in [-1, 1) that depend on the seed only. */
function generator(seed: number): () => number {
  let state = seed || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 31 - 1
  }
}

function base64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  vector.forEach((value, index) => view.setFloat32(index * 4, value, true))
  const bytes = new Uint8Array(view.buffer)
  let binary = ''
  for (let at = 0; at < bytes.length; at += 4_096) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 4_096))
  }
  return btoa(binary)
}
