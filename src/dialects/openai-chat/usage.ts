/**
 * Usage of OpenAI's chat completions and of the many that copy it. Quirks handled here: DeepSeek's and Moonshot's own
 * names for cached tokens, xAI and Gemini leaving reasoning out of `completion_tokens`, and money reported by OpenRouter,
 * Perplexity and xAI.
 */
import { asNumber, asObject, firstCount, type JsonObject } from '../canonical/json.ts'
import { EMPTY_USAGE, type Usage } from '../canonical/summary.ts'

/** Null when the object holds no token count (Whisper reports seconds). */
export function readUsage(raw: JsonObject, model: string | null): Usage | null {
  const inputParts = asObject(raw.prompt_tokens_details)
  const outputParts = asObject(raw.completion_tokens_details)
  const inputTokens = firstCount(raw, 'prompt_tokens', 'input_tokens')
  const written = firstCount(raw, 'completion_tokens', 'output_tokens')
  const total = firstCount(raw, 'total_tokens')
  if (inputTokens === null && written === null) return null
  const reasoning =
    firstCount(outputParts, 'reasoning_tokens') ?? firstCount(raw, 'reasoning_tokens')
  const unaccounted = Math.max(0, (total ?? 0) - (inputTokens ?? 0) - (written ?? 0))
  const reasoningApart = unaccounted > 0 && isReasoningApart(unaccounted, reasoning, model)
  return {
    ...EMPTY_USAGE,
    inputTokens,
    outputTokens: written === null ? null : written + (reasoningApart ? unaccounted : 0),
    cacheReadTokens: cacheRead(raw, inputParts),
    cacheWrite5mTokens:
      firstCount(inputParts, 'cache_write_tokens', 'cache_creation_tokens') ??
      firstCount(raw, 'cache_creation_input_tokens'),
    reasoningTokens: reasoning ?? (reasoningApart ? unaccounted : null),
    inputAudioTokens: firstCount(inputParts, 'audio_tokens'),
    outputAudioTokens: firstCount(outputParts, 'audio_tokens'),
    inputImageTokens: firstCount(inputParts, 'image_tokens'),
    outputImageTokens: firstCount(outputParts, 'image_tokens'),
  }
}

/**
 * Money that a usage object carries, in nano-dollars. OpenRouter: `cost`, plus the upstream's share when the caller's own
 * key paid for it; Perplexity: `cost.total_cost`; xAI: ticks, 10^10 to the dollar.
 */
export function readReportedCost(raw: JsonObject): number | null {
  const ticks = asNumber(raw.cost_in_usd_ticks)
  if (ticks !== null) return nano(ticks / 1e10)
  const total = asNumber(asObject(raw.cost)?.total_cost)
  if (total !== null) return nano(total)
  const cost = asNumber(raw.cost)
  if (cost === null) return null
  const upstream = asNumber(asObject(raw.cost_details)?.upstream_inference_cost)
  return nano(cost + (raw.is_byok === true ? (upstream ?? 0) : 0))
}

function nano(dollars: number): number | null {
  const value = Math.round(dollars * 1e9)
  return value >= 0 && Number.isSafeInteger(value) ? value : null
}

function cacheRead(raw: JsonObject, parts: JsonObject | null): number | null {
  return (
    firstCount(parts, 'cached_tokens') ??
    firstCount(
      raw,
      'prompt_cache_hit_tokens',
      'cached_tokens',
      'num_cached_tokens',
      'cache_read_input_tokens',
    )
  )
}

/** Whether the tokens that the total has and the two parts have not are reasoning, billed as output. */
function isReasoningApart(
  unaccounted: number,
  reasoning: number | null,
  model: string | null,
): boolean {
  return reasoning === null ? /gemini/i.test(model ?? '') : reasoning === unaccounted
}
