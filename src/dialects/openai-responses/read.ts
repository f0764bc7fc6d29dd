/**
 * Reads OpenAI Responses, whole and streamed. The stream's last event repeats the whole response, usage included.
 * Tool calls are all calls that the model made, those run by the provider too.
 * Spec: platform.openai.com/docs/api-reference/responses.
 */
import { asObject, asObjects, asString, type JsonObject } from '../canonical/json.ts'
import { addText, countTool, type Answered, type DialectReader } from '../canonical/reader.ts'
import { contentText, errorMessageOf, lastUserText } from '../canonical/text.ts'
import { requestInto } from '../openai-chat/read.ts'
import { readReportedCost } from '../openai-chat/usage.ts'
import { readUsage } from './usage.ts'

export const openaiResponses: DialectReader = {
  usageKeys: ['usage'],
  usage: usageInto,
  request(body, asked) {
    requestInto(body, asked)
    asked.text = typeof body.input === 'string' ? body.input : lastUserText(body.input)
  },
  whole(body, answered) {
    envelopeInto(body, answered)
    outputInto(body, answered)
  },
  event(event, answered) {
    const response = asObject(event.response)
    if (response) envelopeInto(response, answered)
    const item = asObject(event.item)
    if (item) itemInto(item, event.output_index, answered)
    if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') {
      addText(answered, event.delta)
    }
    // A stream whose deltas were cut away still ends with the whole answer.
    if (response && answered.text === '') outputInto(response, answered)
    if (event.type === 'error') {
      answered.errorMessage = errorMessageOf(event, true) ?? answered.errorMessage
    }
  },
}

function envelopeInto(body: JsonObject, answered: Answered): void {
  answered.model = asString(body.model) ?? answered.model
  answered.serviceTier = asString(body.service_tier) ?? answered.serviceTier
  const status = asString(body.status)
  if (status !== null && status !== 'in_progress' && status !== 'queued') {
    answered.stopReason = asString(asObject(body.incomplete_details)?.reason) ?? status
  }
  answered.errorMessage = errorMessageOf(body, false) ?? answered.errorMessage
  const usage = asObject(body.usage)
  if (usage) usageInto(usage, answered)
}

function outputInto(body: JsonObject, answered: Answered): void {
  asObjects(body.output).forEach((item, index) => {
    itemInto(item, index, answered)
    if (item.type !== 'message') return
    const text = contentText(item.content)
    addText(answered, text === '' ? asObjects(item.content)[0]?.refusal : text)
  })
}

function itemInto(item: JsonObject, index: unknown, answered: Answered): void {
  if (typeof item.type === 'string' && item.type.endsWith('_call')) {
    countTool(answered, asString(item.id) ?? asString(item.call_id) ?? String(index))
  }
}

function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usage = readUsage(raw) ?? answered.usage
  answered.costReportedNano = readReportedCost(raw) ?? answered.costReportedNano
}
