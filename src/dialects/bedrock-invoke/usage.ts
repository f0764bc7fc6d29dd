/**
 * Usage of Bedrock's InvokeModel where the model's own body has none of the known shapes: Titan, Llama, and the metrics
 * that Bedrock adds to the last chunk of any stream.
 */
import { asObjects, firstCount, sumKnown, type JsonObject } from '../canonical/json.ts'
import { EMPTY_USAGE, type Usage } from '../canonical/summary.ts'

/** Null when the object holds no token count. */
export function readUsage(raw: JsonObject): Usage | null {
  const input = firstCount(raw, 'inputTokenCount', 'inputTextTokenCount', 'prompt_token_count')
  const outputTokens =
    firstCount(raw, 'outputTokenCount', 'generation_token_count', 'totalOutputTextTokenCount') ??
    sumKnown(...asObjects(raw.results).map((result) => firstCount(result, 'tokenCount')))
  if (input === null && outputTokens === null) return null
  const cacheReadTokens = firstCount(raw, 'cacheReadInputTokenCount')
  const cacheWrite5mTokens = firstCount(raw, 'cacheWriteInputTokenCount')
  return {
    ...EMPTY_USAGE,
    inputTokens: sumKnown(input, cacheReadTokens, cacheWrite5mTokens),
    // An embedding of Titan's reads and writes nothing.
    outputTokens: outputTokens ?? (Array.isArray(raw.embedding) ? 0 : null),
    cacheReadTokens,
    cacheWrite5mTokens,
  }
}
