/**
 * Reads Gemini's generateContent, whole and streamed; the same on Vertex. The model asked for is in the path.
 * Spec: ai.google.dev/api/generate-content.
 */
import { asObject, asObjects, asString, type JsonObject } from '../canonical/json.ts'
import { addText, countTool, type Answered, type DialectReader } from '../canonical/reader.ts'
import { contentText, errorMessageOf, lastUserText } from '../canonical/text.ts'
import { readTier, readUsage } from './usage.ts'

export const gemini: DialectReader = {
  usageKeys: ['usageMetadata'],
  usage: usageInto,
  request(body, asked) {
    asked.model = asString(body.model)?.replace(/^models\//, '') ?? null
    asked.serviceTier = asString(body.serviceTier) ?? asString(body.service_tier)
    asked.text = userText(body)
  },
  whole(body, answered) {
    gemini.event(body, answered, null)
  },
  event(event, answered) {
    answered.model = asString(event.modelVersion) ?? answered.model
    const usage = asObject(event.usageMetadata)
    if (usage) usageInto(usage, answered)
    const blocked = asString(asObject(event.promptFeedback)?.blockReason)
    answered.stopReason = blocked ?? answered.stopReason
    const candidate = asObjects(event.candidates)[0]
    if (candidate) candidateInto(candidate, answered)
    answered.errorMessage = errorMessageOf(event, false) ?? answered.errorMessage
  },
}

function candidateInto(candidate: JsonObject, answered: Answered): void {
  answered.stopReason = asString(candidate.finishReason) ?? answered.stopReason
  for (const part of asObjects(asObject(candidate.content)?.parts)) {
    if (part.thought !== true) addText(answered, part.text)
    const call = asObject(part.functionCall)
    // With streamed arguments only the first piece of a call has its name.
    if (call && asString(call.name)) countTool(answered, String(answered.toolKeys.size))
  }
}

/** A turn without a role is the user's. An embedding has one `content`. */
function userText(body: JsonObject): string | null {
  const turns = asObjects(body.contents).map((turn) => ({ ...turn, role: turn.role ?? 'user' }))
  const single = asObject(body.contents) ?? asObject(body.content)
  return lastUserText(turns, 'parts') ?? (contentText(single?.parts) || null)
}

/** Every chunk has the counts so far, but not every chunk has all of them. */
function usageInto(raw: JsonObject, answered: Answered): void {
  answered.usageParts = { ...answered.usageParts, ...raw }
  answered.usage = readUsage(answered.usageParts) ?? answered.usage
  answered.serviceTier = readTier(raw) ?? answered.serviceTier
}
