/**
 * Reads OpenAI chat completions, whole and streamed, and the dialect's many speakers: usage may come in a last chunk
 * without choices, in every chunk (cumulative, the last counts), or under `x_groq`.
 * Spec: platform.openai.com/docs/api-reference/chat.
 */
import { asArray, asObject, asObjects, asString, type JsonObject } from '../canonical/json.ts'
import {
  addText,
  countTool,
  type Answered,
  type Asked,
  type DialectReader,
} from '../canonical/reader.ts'
import { contentText, errorMessageOf, lastUserText } from '../canonical/text.ts'
import { readReportedCost, readUsage } from './usage.ts'

export const openaiChat: DialectReader = {
  usageKeys: ['usage'],
  usage: usageInto,
  request(body, asked) {
    requestInto(body, asked)
    asked.text = lastUserText(body.messages) ?? asString(body.prompt)
  },
  whole(body, answered) {
    envelopeInto(body, answered)
    for (const choice of asObjects(body.choices)) choiceInto(choice, 'message', answered)
  },
  event(event, answered) {
    envelopeInto(event, answered)
    answered.errorMessage = errorMessageOf(event, false) ?? answered.errorMessage
    for (const choice of asObjects(event.choices)) choiceInto(choice, 'delta', answered)
  },
}

/** Facts that all of OpenAI's requests share. */
export function requestInto(body: JsonObject, asked: Asked): void {
  asked.model = asString(body.model)
  asked.stream = body.stream === true
  asked.userId = asString(body.user) ?? asString(body.safety_identifier)
  asked.serviceTier = asString(body.service_tier)
}

/** Facts that all of OpenAI's responses and chunks share. */
export function envelopeInto(body: JsonObject, answered: Answered): void {
  answered.model = asString(body.model) ?? answered.model
  answered.serviceTier = asString(body.service_tier) ?? answered.serviceTier
  const usage = asObject(body.usage) ?? asObject(asObject(body.x_groq)?.usage)
  if (usage) usageInto(usage, answered)
}

export function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usage = readUsage(raw, answered.model) ?? answered.usage
  answered.costReportedNano = readReportedCost(raw) ?? answered.costReportedNano
}

function choiceInto(choice: JsonObject, key: 'message' | 'delta', answered: Answered): void {
  const index = typeof choice.index === 'number' ? choice.index : 0
  // Some (Mistral's fill-in-the-middle) send a whole message even inside a stream.
  const message = asObject(choice[key]) ?? asObject(choice.message)
  if (index === 0) {
    answered.stopReason = asString(choice.finish_reason) ?? answered.stopReason
    const text = contentText(message?.content)
    addText(answered, text === '' ? (message?.refusal ?? choice.text) : text)
  }
  if (message) toolsInto(message, index, answered)
}

function toolsInto(message: JsonObject, index: number, answered: Answered): void {
  asArray(message.tool_calls).forEach((item, position) => {
    const call = asObject(item)
    if (!call) return
    // Chunks of one call share its index; only the first of them has an id.
    countTool(answered, `${index}:${String(call.index ?? asString(call.id) ?? position)}`)
  })
  if (asObject(message.function_call)) countTool(answered, `${index}:function_call`)
}
