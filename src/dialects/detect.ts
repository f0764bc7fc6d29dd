/**
 * Which wire language a call speaks, told from its method and path alone. Runs on the hot path: a handful of suffix
 * checks, no allocation beyond the path without its query. Whatever is not a billed model call is `passthrough`.
 */
import type { Dialect } from './canonical/summary.ts'

const BY_SUFFIX: readonly (readonly [suffix: string, dialect: Dialect])[] = [
  ['/chat/completions', 'openai-chat'],
  ['/agents/completions', 'openai-chat'],
  ['/completions', 'openai-completions'],
  ['/responses', 'openai-responses'],
  ['/responses/compact', 'openai-responses'],
  ['/embeddings', 'openai-embeddings'],
  ['/images/generations', 'openai-images'],
  ['/images/edits', 'openai-images'],
  ['/images/variations', 'openai-images'],
  ['/audio/transcriptions', 'openai-audio'],
  ['/audio/translations', 'openai-audio'],
  ['/audio/speech', 'openai-audio'],
  ['/v1/complete', 'anthropic-messages'],
  ['/v2/chat', 'cohere-chat'],
]

const GEMINI_VERBS: ReadonlySet<string> = new Set([
  'generateContent',
  'streamGenerateContent',
  'embedContent',
  'batchEmbedContents',
])

const MODEL_IN_PATH: readonly RegExp[] = [
  /\/model\/(.+)\/(?:converse|converse-stream|invoke|invoke-with-response-stream)$/,
  /\/deployments\/([^/]+)\//,
  /\/(?:models|tunedModels)\/([^/:]+):[A-Za-z]+$/,
]

/** `path` may carry a query string. `provider` only decides where two providers use the same path differently. */
export function detectDialect(provider: string, method: string, path: string): Dialect {
  if (method !== 'POST' && method !== 'post') return 'passthrough'
  const route = routeOf(path)
  for (const [suffix, dialect] of BY_SUFFIX) {
    if (route.endsWith(suffix)) return dialect
  }
  // OpenAI's assistants have /threads/{id}/messages, which is another thing altogether.
  if (route.endsWith('/messages')) {
    return route.includes('/threads/') ? 'passthrough' : 'anthropic-messages'
  }
  if (provider === 'cohere' && route.endsWith('/chat')) return 'cohere-chat'
  return route.includes('/model/') ? bedrockDialect(route) : googleDialect(route)
}

/** Model that the path names (Azure deployment, Gemini, Vertex or Bedrock model), URL-decoded, or null. */
export function modelFromPath(path: string): string | null {
  const route = routeOf(path).replace(/%3A(?=[A-Za-z]+$)/i, ':')
  for (const pattern of MODEL_IN_PATH) {
    const name = pattern.exec(route)?.[1]
    if (name) return decode(name)
  }
  return null
}

/** True when the path alone asks for a stream (Gemini, Vertex, Bedrock). */
export function pathAsksForStream(path: string): boolean {
  return /(?::streamGenerateContent|:streamRawPredict|\/converse-stream|\/invoke-with-response-stream)$/.test(
    routeOf(path),
  )
}

function bedrockDialect(route: string): Dialect {
  if (route.endsWith('/converse') || route.endsWith('/converse-stream')) return 'bedrock-converse'
  if (route.endsWith('/invoke') || route.endsWith('/invoke-with-response-stream')) {
    return 'bedrock-invoke'
  }
  return 'passthrough'
}

function googleDialect(route: string): Dialect {
  const encoded = route.lastIndexOf('%3A')
  const colon = Math.max(route.lastIndexOf(':'), encoded === -1 ? -1 : encoded + 2)
  if (colon === -1) return 'passthrough'
  const verb = route.slice(colon + 1)
  if (GEMINI_VERBS.has(verb)) return 'gemini'
  if (verb !== 'rawPredict' && verb !== 'streamRawPredict') return 'passthrough'
  if (route.includes('/publishers/anthropic/')) return 'anthropic-messages'
  return route.includes('/publishers/mistralai/') ? 'openai-chat' : 'passthrough'
}

function routeOf(path: string): string {
  const query = path.indexOf('?')
  const route = query === -1 ? path : path.slice(0, query)
  return route.length > 1 && route.endsWith('/') ? route.slice(0, -1) : route
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
