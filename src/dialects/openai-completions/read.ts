/**
 * Reads OpenAI text completions (`/completions`), whole and streamed. Chunks have the whole response's shape.
 * Spec: platform.openai.com/docs/api-reference/completions.
 */
import { asArray } from '../canonical/json.ts'
import type { DialectReader } from '../canonical/reader.ts'
import { lastUserText } from '../canonical/text.ts'
import { openaiChat, requestInto } from '../openai-chat/read.ts'

export const openaiCompletions: DialectReader = {
  ...openaiChat,
  request(body, asked) {
    requestInto(body, asked)
    const prompt: unknown = Array.isArray(body.prompt) ? asArray(body.prompt).at(-1) : body.prompt
    asked.text = typeof prompt === 'string' ? prompt : lastUserText(body.messages)
  },
}
