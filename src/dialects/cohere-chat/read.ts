/**
 * Reads Cohere's chat, version 2 (SSE) and version 1 (JSON lines), whole and streamed.
 * Spec: docs.cohere.com/reference/chat, docs.cohere.com/v2/docs/streaming.
 */
import { asArray, asObject, asString, type JsonObject } from '../canonical/json.ts'
import { addText, countTool, type Answered, type DialectReader } from '../canonical/reader.ts'
import { contentText, errorMessageOf, lastUserText } from '../canonical/text.ts'
import { readUsage } from './usage.ts'

export const cohereChat: DialectReader = {
  usageKeys: ['usage', 'meta'],
  usage: usageInto,
  request(body, asked) {
    asked.model = asString(body.model)
    asked.stream = body.stream === true
    asked.text = lastUserText(body.messages) ?? asString(body.message)
  },
  whole(body, answered) {
    envelopeInto(body, answered)
    const message = asObject(body.message)
    addText(answered, message ? contentText(message.content) : body.text)
    toolsInto(message ?? body, answered)
  },
  event(event, answered) {
    const delta = asObject(event.delta)
    if (delta) {
      envelopeInto(delta, answered)
      addText(answered, asObject(asObject(delta.message)?.content)?.text)
    }
    if (event.type === 'tool-call-start') countTool(answered, String(event.index))
    versionOneInto(event, answered)
    answered.errorMessage =
      errorMessageOf(delta, false) ?? errorMessageOf(event, false) ?? answered.errorMessage
  },
}

function versionOneInto(event: JsonObject, answered: Answered): void {
  if (event.event_type === 'text-generation') addText(answered, event.text)
  const response = asObject(event.response)
  if (event.event_type !== 'stream-end' || !response) return
  envelopeInto(response, answered)
  toolsInto(response, answered)
  answered.stopReason = asString(event.finish_reason) ?? answered.stopReason
}

function envelopeInto(body: JsonObject, answered: Answered): void {
  answered.model = asString(body.model) ?? answered.model
  answered.stopReason = asString(body.finish_reason) ?? answered.stopReason
  const usage = asObject(body.usage) ?? asObject(body.meta)
  if (usage) usageInto(usage, answered)
}

function toolsInto(body: JsonObject, answered: Answered): void {
  asArray(body.tool_calls).forEach((call, index) => {
    if (asObject(call)) countTool(answered, String(index))
  })
}

function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usage = readUsage(raw) ?? answered.usage
}
