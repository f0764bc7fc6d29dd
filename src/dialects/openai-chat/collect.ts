/**
 * Chat completion chunks → the `chat.completion` that the same call would have answered without streaming.
 * Texts and tool arguments are joined, lists follow each other, everything else keeps its last value.
 */
import { asObject, asObjects, asCount, type JsonObject } from '../canonical/json.ts'

/** Fields whose pieces are joined. */
const JOINED = new Set([
  'content',
  'refusal',
  'arguments',
  'reasoning',
  'reasoning_content',
  'transcript',
  'data',
])

/** Null when no chunk has choices. */
export function collectOpenAiChat(chunks: readonly JsonObject[]): JsonObject | null {
  const whole: JsonObject = {}
  const choices = new Map<number, JsonObject>()
  for (const chunk of chunks) {
    for (const [name, value] of Object.entries(chunk)) {
      if (name !== 'choices' && value !== null) whole[name] = value
    }
    for (const choice of asObjects(chunk.choices)) addChoice(choices, choice)
  }
  if (choices.size === 0) return null
  return { ...whole, object: 'chat.completion', choices: inOrder(choices) }
}

function addChoice(choices: Map<number, JsonObject>, piece: JsonObject): void {
  const index = asCount(piece.index) ?? 0
  const choice = choices.get(index) ?? { index, message: {}, finish_reason: null }
  const { delta, logprobs, ...rest } = piece
  assignKnown(choice, rest)
  choice.message = mergePiece(asObject(choice.message) ?? {}, asObject(delta) ?? {})
  const probabilities = asObject(logprobs)
  if (probabilities) choice.logprobs = mergePiece(asObject(choice.logprobs) ?? {}, probabilities)
  choices.set(index, choice)
}

function mergePiece(whole: JsonObject, piece: JsonObject): JsonObject {
  for (const [name, value] of Object.entries(piece)) {
    // A provider's text must not reach the prototype that all objects share.
    if (name === '__proto__') continue
    if (value === null) whole[name] ??= null
    else whole[name] = mergeValue(name, whole[name], value)
  }
  return whole
}

function mergeValue(name: string, known: unknown, value: unknown): unknown {
  if (name === 'tool_calls') return mergeIndexed(asObjects(known), asObjects(value))
  if (Array.isArray(value)) return [...(Array.isArray(known) ? known : []), ...value]
  const object = asObject(value)
  if (object) return mergePiece(asObject(known) ?? {}, object)
  if (typeof value === 'string' && typeof known === 'string' && JOINED.has(name))
    return known + value
  return value
}

/** Tool calls come in pieces that name their place. */
function mergeIndexed(known: readonly JsonObject[], pieces: readonly JsonObject[]): JsonObject[] {
  const calls = known.map((call, i) => ({ ...call, index: asCount(call.index) ?? i }))
  for (const piece of pieces) {
    const index = asCount(piece.index) ?? calls.length
    const call = calls.find((candidate) => candidate.index === index)
    if (call) mergePiece(call, piece)
    else calls.push({ ...piece, index })
  }
  return calls
}

function inOrder(choices: Map<number, JsonObject>): JsonObject[] {
  return [...choices.values()]
    .toSorted((a, b) => Number(a.index) - Number(b.index))
    .map(withoutToolIndex)
}

/** A whole answer lists its tool calls without `index`. */
function withoutToolIndex(choice: JsonObject): JsonObject {
  const message = asObject(choice.message) ?? {}
  if (!Array.isArray(message.tool_calls)) return choice
  const calls = asObjects(message.tool_calls)
    .toSorted((a, b) => Number(a.index) - Number(b.index))
    .map((call) => Object.fromEntries(Object.entries(call).filter(([name]) => name !== 'index')))
  return { ...choice, message: { ...message, tool_calls: calls } }
}

function assignKnown(target: JsonObject, source: JsonObject): void {
  for (const [name, value] of Object.entries(source)) {
    if (value !== null) target[name] = value
  }
}
