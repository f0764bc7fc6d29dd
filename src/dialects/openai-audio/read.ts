/**
 * Reads OpenAI speech, transcription and translation, whole and streamed. Audio itself is opaque.
 * Spec: platform.openai.com/docs/api-reference/audio.
 */
import { asObject, asString, type JsonObject } from '../canonical/json.ts'
import { addText, type Answered, type DialectReader } from '../canonical/reader.ts'
import { errorMessageOf } from '../canonical/text.ts'
import { requestInto } from '../openai-chat/read.ts'
import { readUsage } from './usage.ts'

export const openaiAudio: DialectReader = {
  usageKeys: ['usage'],
  usage: usageInto,
  request(body, asked) {
    requestInto(body, asked)
    asked.stream = asked.stream || body.stream_format === 'sse'
    asked.text = asString(body.input) ?? asString(body.prompt)
  },
  whole(body, answered) {
    answered.model = asString(body.model) ?? answered.model
    const usage = asObject(body.usage)
    if (usage) usageInto(usage, answered)
    addText(answered, body.text)
  },
  event(event, answered) {
    const usage = asObject(event.usage)
    if (usage) usageInto(usage, answered)
    if (event.type === 'transcript.text.delta') addText(answered, event.delta)
    if (event.type === 'transcript.text.done' && answered.text === '') addText(answered, event.text)
    answered.errorMessage = errorMessageOf(event, event.type === 'error') ?? answered.errorMessage
  },
}

function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usage = readUsage(raw) ?? answered.usage
}
