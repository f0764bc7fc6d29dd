/**
 * Reads Anthropic Messages, whole and streamed, and the older text completions (`/v1/complete`).
 * Tool calls are all calls that the model made, those run by the provider too.
 * Spec: docs.anthropic.com/en/api/messages, docs.anthropic.com/en/api/messages-streaming.
 */
import { asObject, asObjects, asString, type JsonObject } from '../canonical/json.ts'
import { addText, countTool, type Answered, type DialectReader } from '../canonical/reader.ts'
import { contentText, errorMessageOf, lastUserText } from '../canonical/text.ts'
import { readReportedCost } from '../openai-chat/usage.ts'
import { mergeUsage, readUsage } from './usage.ts'

const TOOL_BLOCKS: ReadonlySet<unknown> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use'])

export const anthropicMessages: DialectReader = {
  usageKeys: ['usage'],
  usage: usageInto,
  request(body, asked) {
    asked.model = asString(body.model)
    asked.stream = body.stream === true
    asked.userId = asString(asObject(body.metadata)?.user_id)
    asked.serviceTier = asString(body.service_tier)
    asked.text = lastUserText(body.messages) ?? asString(body.prompt)
  },
  whole(body, answered) {
    envelopeInto(body, answered)
    addText(answered, contentText(body.content))
    addText(answered, body.completion)
    asObjects(body.content).forEach((block, index) => blockInto(block, index, answered))
  },
  event(event, answered, name) {
    const message = asObject(event.message)
    if (message) startInto(message, answered)
    const block = asObject(event.content_block)
    if (block) {
      addText(answered, block.text)
      blockInto(block, event.index, answered)
    }
    const delta = asObject(event.delta)
    if (delta) {
      addText(answered, delta.text)
      answered.stopReason = asString(delta.stop_reason) ?? answered.stopReason
    }
    addText(answered, event.completion)
    if (!message) envelopeInto(event, answered)
    const isError = event.type === 'error' || name === 'error'
    answered.errorMessage = errorMessageOf(event, isError) ?? answered.errorMessage
  },
}

/** A stream that a gateway restarted has two starts; the second one's answer is the one that counts. */
function startInto(message: JsonObject, answered: Answered): void {
  answered.text = ''
  answered.toolCalls = 0
  answered.toolKeys.clear()
  envelopeInto(message, answered)
}

function envelopeInto(body: JsonObject, answered: Answered): void {
  answered.model = asString(body.model) ?? answered.model
  answered.stopReason = asString(body.stop_reason) ?? answered.stopReason
  const usage = asObject(body.usage)
  if (usage) usageInto(usage, answered)
}

function blockInto(block: JsonObject, index: unknown, answered: Answered): void {
  if (TOOL_BLOCKS.has(block.type)) countTool(answered, String(index))
}

function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usageParts = mergeUsage(answered.usageParts, raw)
  answered.usage = readUsage(answered.usageParts) ?? answered.usage
  answered.serviceTier = asString(raw.service_tier) ?? answered.serviceTier
  answered.costReportedNano = readReportedCost(raw) ?? answered.costReportedNano
}
