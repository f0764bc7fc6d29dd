/**
 * Usage of Cohere's chat. Billed units are what is paid; the raw token counts also hold Cohere's own preamble, and the
 * cached tokens are counted against those, so they are kept only where they fit.
 */
import { asObject, firstCount, type JsonObject } from '../canonical/json.ts'
import { EMPTY_USAGE, type Usage } from '../canonical/summary.ts'

/** Null when the object holds no token count. */
export function readUsage(raw: JsonObject): Usage | null {
  const billed = asObject(raw.billed_units)
  const tokens = asObject(raw.tokens)
  const inputTokens = firstCount(billed, 'input_tokens') ?? firstCount(tokens, 'input_tokens')
  const outputTokens = firstCount(billed, 'output_tokens') ?? firstCount(tokens, 'output_tokens')
  if (inputTokens === null && outputTokens === null) return null
  const cached = firstCount(raw, 'cached_tokens')
  const fits = cached !== null && cached <= (inputTokens ?? 0)
  return { ...EMPTY_USAGE, inputTokens, outputTokens, cacheReadTokens: fits ? cached : null }
}
