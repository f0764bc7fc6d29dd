/**
 * The bench's one answer: an OpenAI chat completion of exactly 1,024 bytes. It must hold no single
 * quote, dollar or backslash, for nginx's configuration quotes it as it is.
 */
const LENGTH = 1_024

const SENTENCE = 'A heliograph signals with sunlight reflected by a mirror over long distances. '

function completion(content: string): string {
  return JSON.stringify({
    id: 'chatcmpl-bench0000000000000000000000',
    object: 'chat.completion',
    created: 1_767_225_600,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 24,
      completion_tokens: 96,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
    service_tier: 'default',
    system_fingerprint: 'fp_bench',
  })
}

export const COMPLETION_JSON = completion(
  SENTENCE.repeat(LENGTH).slice(0, LENGTH - completion('').length),
)

const CHUNK = {
  id: 'chatcmpl-bench0000000000000000000000',
  object: 'chat.completion.chunk',
  created: 1_767_225_600,
  model: 'gpt-4o-mini-2024-07-18',
}

function event(fields: object): string {
  return `data: ${JSON.stringify({ ...CHUNK, ...fields })}\n\n`
}

/** `count` content chunks as server-sent events, then a stop, the usage and `[DONE]`. */
export function completionEvents(count: number): string[] {
  const delta = (content: string): string =>
    event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  const usage = { prompt_tokens: 24, completion_tokens: count, total_tokens: 24 + count }
  const stop = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  const tail = `${stop}${event({ choices: [], usage })}data: [DONE]\n\n`
  return [...Array.from({ length: count }, (_, index) => delta(`word${index} `)), tail]
}
