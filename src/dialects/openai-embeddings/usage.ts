/** Usage of OpenAI's embeddings: nothing is written, so what the total has beyond the prompt is the output. */
import { firstCount, type JsonObject } from '../canonical/json.ts'
import type { Usage } from '../canonical/summary.ts'
import { readUsage as readChatUsage } from '../openai-chat/usage.ts'

export function readUsage(raw: JsonObject): Usage | null {
  const total = firstCount(raw, 'total_tokens')
  const inputTokens = firstCount(raw, 'prompt_tokens', 'input_tokens') ?? total
  if (inputTokens === null) return null
  const usage = readChatUsage({ ...raw, prompt_tokens: inputTokens }, null)
  return usage && { ...usage, outputTokens: Math.max(0, (total ?? inputTokens) - inputTokens) }
}
