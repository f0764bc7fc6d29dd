/** Reads OpenAI image generations and edits, whole and streamed. Spec: platform.openai.com/docs/api-reference/images. */
import { asObject, asObjects, asString, type JsonObject } from '../canonical/json.ts'
import { addText, type Answered, type DialectReader } from '../canonical/reader.ts'
import { errorMessageOf } from '../canonical/text.ts'
import { requestInto } from '../openai-chat/read.ts'
import { readReportedCost } from '../openai-chat/usage.ts'
import { readUsage } from './usage.ts'

export const openaiImages: DialectReader = {
  usageKeys: ['usage'],
  usage: usageInto,
  request(body, asked) {
    requestInto(body, asked)
    asked.text = asString(body.prompt)
  },
  whole(body, answered) {
    answered.model = asString(body.model) ?? answered.model
    const usage = asObject(body.usage)
    if (usage) usageInto(usage, answered)
    addText(answered, asObjects(body.data)[0]?.revised_prompt)
  },
  event(event, answered) {
    openaiImages.whole(event, answered)
    answered.errorMessage = errorMessageOf(event, event.type === 'error') ?? answered.errorMessage
  },
}

function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usage = readUsage(raw) ?? answered.usage
  answered.costReportedNano = readReportedCost(raw) ?? answered.costReportedNano
}
