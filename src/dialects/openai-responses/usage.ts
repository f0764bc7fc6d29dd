/** Usage of OpenAI's Responses, images and audio: `input_tokens` and `output_tokens` with details. */
import { asObject, firstCount, type JsonObject } from '../canonical/json.ts'
import { EMPTY_USAGE, type Usage } from '../canonical/summary.ts'

/** Null when the object holds no token count. Transcriptions spell the details in the singular. */
export function readUsage(raw: JsonObject): Usage | null {
  const input = asObject(raw.input_tokens_details) ?? asObject(raw.input_token_details)
  const output = asObject(raw.output_tokens_details) ?? asObject(raw.output_token_details)
  const inputTokens = firstCount(raw, 'input_tokens', 'prompt_tokens')
  const outputTokens = firstCount(raw, 'output_tokens', 'completion_tokens')
  if (inputTokens === null && outputTokens === null) return null
  return {
    ...EMPTY_USAGE,
    inputTokens,
    outputTokens,
    cacheReadTokens: firstCount(input, 'cached_tokens'),
    cacheWrite5mTokens: firstCount(input, 'cache_write_tokens', 'cache_creation_tokens'),
    reasoningTokens: firstCount(output, 'reasoning_tokens'),
    inputAudioTokens: firstCount(input, 'audio_tokens'),
    outputAudioTokens: firstCount(output, 'audio_tokens'),
    inputImageTokens: firstCount(input, 'image_tokens'),
    outputImageTokens: firstCount(output, 'image_tokens'),
  }
}
