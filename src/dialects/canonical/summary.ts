/**
 * What one exchange said, whatever language it was said in: the answer of every dialect's reader.
 * Token counts are whole numbers; `null` means that the provider did not say, never zero.
 */

/** The wire languages. `passthrough` is everything that no reader understands. */
export type Dialect =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'openai-images'
  | 'openai-audio'
  | 'anthropic-messages'
  | 'gemini'
  | 'bedrock-converse'
  | 'bedrock-invoke'
  | 'cohere-chat'
  | 'passthrough'

/**
 * Tokens as billed. `inputTokens` is the total of everything read, cache reads and writes included;
 * `outputTokens` is the total of everything written, reasoning and audio included. The others are parts of those two.
 */
export interface Usage {
  inputTokens: number | null
  outputTokens: number | null
  cacheReadTokens: number | null
  cacheWrite5mTokens: number | null
  cacheWrite1hTokens: number | null
  reasoningTokens: number | null
  inputAudioTokens: number | null
  outputAudioTokens: number | null
  inputImageTokens: number | null
  outputImageTokens: number | null
}

/** Facts read from the two bodies of an exchange. Strings are plain text of bounded length. */
export interface Summary {
  /** Model that the request body (or its path) named. */
  modelAsked: string | null
  /** Model that the response named. */
  modelAnswered: string | null
  usage: Usage | null
  /** Money that the provider itself reported, in nano-dollars (OpenRouter, Perplexity). */
  costReportedNano: number | null
  stream: boolean
  /** The provider's own word for why it stopped (`stop`, `end_turn`, `MAX_TOKENS` …). */
  stopReason: string | null
  /** OpenAI's `user`, Anthropic's `metadata.user_id`: used when no `Helicone-User-Id` was sent. */
  userId: string | null
  /** Provider's service tier, where it changes the price (`batch`, `flex`, `priority`). */
  serviceTier: string | null
  /** Last user text and the answer's text, at most 240 characters each. */
  requestPreview: string | null
  responsePreview: string | null
  toolCalls: number
  /** The provider's error message, when it answered with an error (also inside a 200 stream). */
  errorMessage: string | null
}

/** The bytes that a summary is read from. Bodies are already decoded from any content encoding. */
export interface SummaryInput {
  dialect: Dialect
  /** Path that was sent upstream; Azure, Gemini and Bedrock name their model there. */
  path: string
  status: number
  request: Uint8Array
  requestContentType: string | null
  response: Uint8Array
  responseContentType: string | null
}

export const EMPTY_USAGE: Readonly<Usage> = Object.freeze({
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  reasoningTokens: null,
  inputAudioTokens: null,
  outputAudioTokens: null,
  inputImageTokens: null,
  outputImageTokens: null,
})
