/** Reads OpenAI embeddings. Vectors are never text. Spec: platform.openai.com/docs/api-reference/embeddings. */
import { asArray, asObject, type JsonObject } from '../canonical/json.ts'
import type { Answered, DialectReader } from '../canonical/reader.ts'
import { envelopeInto, requestInto } from '../openai-chat/read.ts'
import { readUsage } from './usage.ts'

export const openaiEmbeddings: DialectReader = {
  usageKeys: ['usage'],
  usage: usageInto,
  request(body, asked) {
    requestInto(body, asked)
    const input: unknown = Array.isArray(body.input) ? asArray(body.input).at(-1) : body.input
    asked.text = typeof input === 'string' ? input : null
  },
  whole(body, answered) {
    envelopeInto(body, answered)
    const usage = asObject(body.usage)
    if (usage) usageInto(usage, answered)
  },
  event(event, answered) {
    openaiEmbeddings.whole(event, answered)
  },
}

function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usage = readUsage(raw) ?? answered.usage
}
