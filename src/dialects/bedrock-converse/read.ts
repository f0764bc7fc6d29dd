/**
 * Reads Bedrock's Converse and ConverseStream. Stream events arrive named by the framing, or wrapped in an object with
 * their name as its only key. Spec: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html.
 */
import { asObject, asObjects, asString, type JsonObject } from '../canonical/json.ts'
import { addText, countTool, type Answered, type DialectReader } from '../canonical/reader.ts'
import { contentText, errorMessageOf, lastUserText } from '../canonical/text.ts'
import { readUsage } from './usage.ts'

const EVENTS = ['contentBlockStart', 'contentBlockDelta', 'messageStop', 'metadata'] as const

export const bedrockConverse: DialectReader = {
  usageKeys: ['usage'],
  usage: usageInto,
  request(body, asked) {
    asked.model = asString(body.modelId)
    asked.userId = asString(asObject(body.requestMetadata)?.user_id)
    asked.serviceTier = asString(asObject(body.serviceTier)?.type)
    asked.text = lastUserText(body.messages)
  },
  whole(body, answered) {
    metadataInto(body, answered)
    answered.stopReason = asString(body.stopReason) ?? answered.stopReason
    const content = asObject(asObject(body.output)?.message)?.content
    addText(answered, contentText(content))
    asObjects(content).forEach((block, index) => {
      if (asObject(block.toolUse)) countTool(answered, String(index))
    })
  },
  event(event, answered, name) {
    for (const key of EVENTS) {
      const payload = asObject(event[key]) ?? (name === key ? event : null)
      if (payload) eventInto(key, payload, answered)
    }
    answered.errorMessage = exceptionOf(event, name) ?? answered.errorMessage
  },
}

/** Message of an exception inside a stream, in either wrapping. */
export function exceptionOf(event: JsonObject, name: string | null): string | null {
  if (name === 'exception') {
    return errorMessageOf(event, true) ?? asString(event.exceptionType)
  }
  const key = Object.keys(event).find((candidate) => candidate.endsWith('Exception'))
  return key === undefined ? null : (errorMessageOf(event[key], true) ?? key)
}

function eventInto(key: (typeof EVENTS)[number], payload: JsonObject, answered: Answered): void {
  if (key === 'metadata') metadataInto(payload, answered)
  if (key === 'messageStop') {
    answered.stopReason = asString(payload.stopReason) ?? answered.stopReason
  }
  if (key === 'contentBlockDelta') addText(answered, asObject(payload.delta)?.text)
  if (key === 'contentBlockStart' && asObject(asObject(payload.start)?.toolUse)) {
    countTool(answered, String(payload.contentBlockIndex))
  }
}

function metadataInto(body: JsonObject, answered: Answered): void {
  const usage = asObject(body.usage)
  if (usage) usageInto(usage, answered)
  answered.serviceTier = asString(asObject(body.serviceTier)?.type) ?? answered.serviceTier
}

function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usage = readUsage(raw) ?? answered.usage
}
