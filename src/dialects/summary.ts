/**
 * Reads one exchange's two bodies into a `Summary`, whatever their dialect. Pure; never throws: a field that cannot be
 * read is null and costs only itself. Bodies may be cut in the middle (head and tail glued together): streams lose the
 * event at the cut, whole bodies are searched for the facts that matter, usage first.
 */
import { anthropicMessages } from './anthropic-messages/read.ts'
import { bedrockConverse } from './bedrock-converse/read.ts'
import { bedrockInvoke } from './bedrock-invoke/read.ts'
import { asObject, type JsonObject } from './canonical/json.ts'
import {
  newAnswered,
  newAsked,
  type Answered,
  type Asked,
  type DialectReader,
} from './canonical/reader.ts'
import type { Dialect, Summary, SummaryInput, Usage } from './canonical/summary.ts'
import { errorMessageOf, ERROR_CHARACTERS, plainText } from './canonical/text.ts'
import { cohereChat } from './cohere-chat/read.ts'
import { modelFromPath, pathAsksForStream } from './detect.ts'
import { readFrames, type Frame, type Frames } from './framing/frames.ts'
import { multipartFields } from './framing/multipart.ts'
import { findLastUserText, findString, lastObject } from './framing/salvage.ts'
import { gemini } from './gemini/read.ts'
import { openaiAudio } from './openai-audio/read.ts'
import { openaiChat } from './openai-chat/read.ts'
import { openaiCompletions } from './openai-completions/read.ts'
import { openaiEmbeddings } from './openai-embeddings/read.ts'
import { openaiImages } from './openai-images/read.ts'
import { openaiResponses } from './openai-responses/read.ts'

const READERS: Readonly<Record<Dialect, DialectReader | null>> = {
  'openai-chat': openaiChat,
  'openai-completions': openaiCompletions,
  'openai-responses': openaiResponses,
  'openai-embeddings': openaiEmbeddings,
  'openai-images': openaiImages,
  'openai-audio': openaiAudio,
  'anthropic-messages': anthropicMessages,
  gemini,
  'bedrock-converse': bedrockConverse,
  'bedrock-invoke': bedrockInvoke,
  'cohere-chat': cohereChat,
  passthrough: null,
}

const NAME_CHARACTERS = 256
/** Words for the tier that changes no price. */
const PLAIN_TIERS: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'on_demand',
  'standard',
  'standard_only',
])

/** Facts of one exchange. Strings are bounded; unknown is null, never zero. */
export function summarize(input: SummaryInput): Summary {
  const reader = READERS[input.dialect] ?? null
  const asked = newAsked()
  const answered = newAnswered()
  attempt(() => readRequest(input, reader, asked))
  const isStream = attempt(() => readResponse(input, reader, answered)) ?? false
  return {
    modelAsked: name(modelFromPath(input.path) ?? asked.model),
    modelAnswered: name(answered.model),
    usage: withTotals(answered.usage),
    costReportedNano: answered.costReportedNano,
    stream: isStream || asked.stream || pathAsksForStream(input.path),
    stopReason: name(answered.stopReason),
    userId: name(asked.userId),
    serviceTier: tier(answered.serviceTier ?? asked.serviceTier),
    requestPreview: plainText(asked.text),
    responsePreview: plainText(answered.text),
    toolCalls: answered.toolCalls,
    errorMessage: answered.errorMessage,
  }
}

function readRequest(input: SummaryInput, reader: DialectReader | null, asked: Asked): void {
  if (!reader || input.request.byteLength === 0) return
  if (input.requestContentType?.toLowerCase().includes('multipart/')) {
    reader.request(multipartFields(input.request), asked)
    return
  }
  const text = new TextDecoder().decode(input.request)
  const body = parseObject(text)
  if (body) reader.request(body, asked)
  else salvageRequest(text, asked)
}

function salvageRequest(text: string, asked: Asked): void {
  asked.model = findString(text, 'model', 'first')
  asked.stream = /(?<!\\)"stream"\s*:\s*true/.test(text)
  asked.userId =
    findString(text, 'user', 'last') ??
    findString(text, 'safety_identifier', 'last') ??
    findString(text, 'user_id', 'last')
  asked.serviceTier = findString(text, 'service_tier', 'last')
  asked.text = findLastUserText(text)
}

/** True when the response came as a stream. */
function readResponse(
  input: SummaryInput,
  reader: DialectReader | null,
  answered: Answered,
): boolean {
  const isError = input.status >= 400
  // What no reader understands is looked at only for its error.
  if (!reader && !isError) return isEventStream(input.responseContentType)
  const frames = readFrames(input.response, input.responseContentType)
  if (reader) attempt(() => readAnswer(frames, reader, answered, isError))
  answered.errorMessage ??= attempt(() => errorOf(frames, isError)) ?? null
  return frames.kind === 'stream'
}

function readAnswer(
  frames: Frames,
  reader: DialectReader,
  answered: Answered,
  isError: boolean,
): void {
  if (frames.kind === 'opaque') return
  if (frames.kind === 'stream') {
    for (const frame of frames.frames) attempt(() => readEvent(frame, reader, answered))
    if (answered.usage === null) salvageUsage(frames.text, reader, answered)
    return
  }
  const body = frames.kind === 'whole' ? asObject(frames.value) : null
  if (body) reader.whole(body, answered)
  else if (!isError) salvageAnswer(frames.text, reader, answered)
}

function readEvent(frame: Frame, reader: DialectReader, answered: Answered): void {
  if (frame.value) reader.event(frame.value, answered, frame.name)
  // The last event of some dialects repeats the whole answer, and is the likeliest to hold the cut.
  else salvageUsage(frame.text, reader, answered)
}

function salvageAnswer(text: string, reader: DialectReader, answered: Answered): void {
  if (!/^\s*[[{]/.test(text)) {
    // Transcriptions can be asked for as plain text or subtitles.
    if (reader === openaiAudio) answered.text = text
    return
  }
  answered.model = findString(text, 'model', 'first') ?? findString(text, 'modelVersion', 'last')
  salvageUsage(text, reader, answered)
  for (const key of ['finish_reason', 'stop_reason', 'finishReason', 'stopReason']) {
    answered.stopReason ??= findString(text, key, 'last')
  }
}

function salvageUsage(text: string, reader: DialectReader, answered: Answered): void {
  for (const key of reader.usageKeys) {
    const raw = lastObject(text, key)
    if (raw) reader.usage(raw, answered)
  }
}

function errorOf(frames: Frames, isError: boolean): string | null {
  if (frames.kind === 'opaque') return null
  if (frames.kind === 'whole') return errorMessageOf(frames.value, isError)
  if (frames.kind === 'stream') {
    const found = frames.frames.map((frame) => errorMessageOf(frame.value, isError))
    return found.find((text) => text !== null) ?? null
  }
  if (!isError) return null
  const title = /<title>([^<]{1,500})<\/title>/i.exec(frames.text)?.[1]
  if (title !== undefined) return plainText(title, ERROR_CHARACTERS)
  if (/^\s*</.test(frames.text)) return null
  const salvaged = findString(frames.text, 'message', 'first')
  return plainText(salvaged ?? frames.text, ERROR_CHARACTERS)
}

/** A usage in which nothing was counted is none. */
function withTotals(usage: Usage | null): Usage | null {
  return usage && (usage.inputTokens !== null || usage.outputTokens !== null) ? usage : null
}

function tier(word: string | null): string | null {
  const lower = name(word)?.toLowerCase() ?? null
  return lower === null || PLAIN_TIERS.has(lower) ? null : lower
}

function name(text: string | null): string | null {
  return text === null ? null : text.trim().slice(0, NAME_CHARACTERS) || null
}

function isEventStream(contentType: string | null): boolean {
  return contentType?.toLowerCase().includes('event-stream') ?? false
}

function parseObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return null
  }
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
