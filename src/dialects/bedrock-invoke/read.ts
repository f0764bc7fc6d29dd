/**
 * Reads Bedrock's InvokeModel: the body is the model's own (Anthropic, Nova, Mistral and OpenAI-like, Titan, Llama), and a
 * stream is an event stream of base64 chunks of it. The model is in the path.
 * Spec: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html.
 */
import { anthropicMessages } from '../anthropic-messages/read.ts'
import { bedrockConverse, exceptionOf } from '../bedrock-converse/read.ts'
import { readUsage as readConverseUsage } from '../bedrock-converse/usage.ts'
import { asObject, asObjects, asString, type JsonObject } from '../canonical/json.ts'
import { addText, type Answered, type DialectReader } from '../canonical/reader.ts'
import { openaiChat } from '../openai-chat/read.ts'
import { readUsage } from './usage.ts'

const METRICS = 'amazon-bedrock-invocationMetrics'

export const bedrockInvoke: DialectReader = {
  usageKeys: ['usage', METRICS],
  usage: usageInto,
  request(body, asked) {
    readerOf(body).request(body, asked)
    asked.text ??= asString(body.inputText) ?? asString(body.prompt)
  },
  whole(body, answered) {
    readerOf(body).whole(body, answered)
    plainInto(body, answered)
  },
  event(event, answered, name) {
    answered.errorMessage = exceptionOf(event, name) ?? answered.errorMessage
    const chunk = chunkOf(event)
    readerOf(chunk).event(chunk, answered, null)
    plainInto(chunk, answered)
    const metrics = asObject(chunk[METRICS])
    // The metrics know no 1-hour cache: where the model's own usage came through, it is the better one.
    if (metrics && answered.usage === null) usageInto(metrics, answered)
  },
}

function readerOf(body: JsonObject): DialectReader {
  if (asObject(body.output) || bedrockEvent(body) || isNovaRequest(body)) return bedrockConverse
  if (Array.isArray(body.choices)) return openaiChat
  return anthropicMessages
}

function bedrockEvent(body: JsonObject): boolean {
  return (
    'contentBlockDelta' in body ||
    'messageStop' in body ||
    ('metadata' in body && !('messages' in body))
  )
}

/** Nova's request is Converse's; a system prompt of objects without `type` tells it from Anthropic's. */
function isNovaRequest(body: JsonObject): boolean {
  return 'inferenceConfig' in body || body.schemaVersion === 'messages-v1'
}

/** Titan, Llama and Mistral text models. */
function plainInto(body: JsonObject, answered: Answered): void {
  answered.usage ??= readUsage(body)
  const result = asObjects(body.results)[0] ?? asObjects(body.outputs)[0]
  for (const value of [body.outputText, body.generation, result?.outputText, result?.text]) {
    addText(answered, value)
  }
  answered.stopReason ??=
    asString(body.completionReason) ??
    asString(result?.completionReason) ??
    asString(result?.stop_reason)
}

/** The model's own event inside `{"bytes":"<base64>"}`; an event that is not wrapped is its own. */
function chunkOf(event: JsonObject): JsonObject {
  const bytes = asString(event.bytes) ?? asString(asObject(event.chunk)?.bytes)
  if (bytes === null) return event
  try {
    const raw = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0))
    return asObject(JSON.parse(new TextDecoder().decode(raw))) ?? {}
  } catch {
    return {}
  }
}

function usageInto(raw: JsonObject, answered: Answered): void {
  const own = readUsage(raw) ?? readConverseUsage(raw)
  if (own) answered.usage = own
  else if ('prompt_tokens' in raw) openaiChat.usage(raw, answered)
  else anthropicMessages.usage(raw, answered)
}
