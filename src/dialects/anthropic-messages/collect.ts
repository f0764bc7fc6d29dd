/** Messages API events → the `message` that the same call would have answered without streaming. */
import { asCount, asObject, asString, type JsonObject } from '../canonical/json.ts'

interface Block {
  value: JsonObject
  /** Tool input arrives as pieces of JSON text. */
  inputJson: string
}

/** Null when the stream has no `message_start`. */
export function collectAnthropicMessage(events: readonly JsonObject[]): JsonObject | null {
  let message: JsonObject | null = null
  const blocks = new Map<number, Block>()
  for (const event of events) {
    if (event.type === 'message_start') message = { ...asObject(event.message) }
    else if (event.type === 'message_delta' && message) closeMessage(message, event)
    else if (event.type === 'error' && message) message.error = event.error
    else addToBlock(blocks, event)
  }
  if (!message) return null
  const content = [...blocks.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([, block]) => finish(block))
  return { ...message, content }
}

function closeMessage(message: JsonObject, event: JsonObject): void {
  Object.assign(message, asObject(event.delta))
  message.usage = { ...asObject(message.usage), ...asObject(event.usage) }
}

function addToBlock(blocks: Map<number, Block>, event: JsonObject): void {
  const index = asCount(event.index)
  if (index === null) return
  if (event.type === 'content_block_start') {
    blocks.set(index, { value: { ...asObject(event.content_block) }, inputJson: '' })
  }
  const block = blocks.get(index)
  const delta = asObject(event.delta)
  if (block && delta) addDelta(block, delta)
}

function addDelta(block: Block, delta: JsonObject): void {
  const { value } = block
  switch (delta.type) {
    case 'text_delta':
      value.text = join(value.text, delta.text)
      break
    case 'thinking_delta':
      value.thinking = join(value.thinking, delta.thinking)
      break
    case 'signature_delta':
      value.signature = join(value.signature, delta.signature)
      break
    case 'input_json_delta':
      block.inputJson += asString(delta.partial_json) ?? ''
      break
    case 'citations_delta':
      value.citations = [...(Array.isArray(value.citations) ? value.citations : []), delta.citation]
      break
    default:
  }
}

function finish({ value, inputJson }: Block): JsonObject {
  if (inputJson === '') return value
  try {
    return { ...value, input: JSON.parse(inputJson) as unknown }
  } catch {
    // The stream broke off inside the input: the text that came is better than none.
    return { ...value, input: inputJson }
  }
}

function join(known: unknown, piece: unknown): string {
  return `${asString(known) ?? ''}${asString(piece) ?? ''}`
}
