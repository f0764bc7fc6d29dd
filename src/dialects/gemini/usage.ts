/**
 * Usage of Gemini. `promptTokenCount` already includes the cached content; thoughts and tool prompts come on top of the
 * candidates and the prompt.
 */
import { asObjects, firstCount, sumKnown, type JsonObject } from '../canonical/json.ts'
import { EMPTY_USAGE, type Usage } from '../canonical/summary.ts'

/** Null when the object holds no token count. */
export function readUsage(raw: JsonObject): Usage | null {
  const thoughts = firstCount(raw, 'thoughtsTokenCount')
  const inputTokens = sumKnown(
    firstCount(raw, 'promptTokenCount'),
    firstCount(raw, 'toolUsePromptTokenCount'),
  )
  // Embeddings and answers that were blocked have no candidates; the total then says that nothing was written.
  const outputTokens =
    sumKnown(firstCount(raw, 'candidatesTokenCount', 'responseTokenCount'), thoughts) ??
    restOf(firstCount(raw, 'totalTokenCount'), inputTokens)
  if (inputTokens === null && outputTokens === null) return null
  return {
    ...EMPTY_USAGE,
    inputTokens,
    outputTokens,
    cacheReadTokens: firstCount(raw, 'cachedContentTokenCount'),
    reasoningTokens: thoughts,
    inputAudioTokens: modality(raw, 'AUDIO', 'promptTokensDetails', 'toolUsePromptTokensDetails'),
    outputAudioTokens: modality(raw, 'AUDIO', 'candidatesTokensDetails', 'responseTokensDetails'),
    inputImageTokens: modality(raw, 'IMAGE', 'promptTokensDetails', 'toolUsePromptTokensDetails'),
    outputImageTokens: modality(raw, 'IMAGE', 'candidatesTokensDetails', 'responseTokensDetails'),
  }
}

/** Tier as Vertex and the Gemini API tell it, or null for the plain one. */
export function readTier(raw: JsonObject): string | null {
  const word = String(raw.serviceTier ?? raw.trafficType ?? '').toLowerCase()
  for (const tier of ['priority', 'flex', 'batch', 'provisioned']) {
    if (word.includes(tier)) return tier
  }
  return null
}

function modality(raw: JsonObject, name: string, ...keys: readonly string[]): number | null {
  const entries = keys
    .flatMap((key) => asObjects(raw[key]))
    .filter((entry) => entry.modality === name)
  return sumKnown(...entries.map((entry) => firstCount(entry, 'tokenCount')))
}

function restOf(total: number | null, part: number | null): number | null {
  return total === null || part === null ? null : Math.max(0, total - part)
}
