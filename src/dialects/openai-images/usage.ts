/** Usage of OpenAI's images: an answer without details is all image. DALL·E reports none. */
import { asObject, type JsonObject } from '../canonical/json.ts'
import type { Usage } from '../canonical/summary.ts'
import { readUsage as readResponsesUsage } from '../openai-responses/usage.ts'

export function readUsage(raw: JsonObject): Usage | null {
  const usage = readResponsesUsage(raw)
  if (!usage || asObject(raw.output_tokens_details)) return usage
  return { ...usage, outputImageTokens: usage.outputTokens }
}
