/**
 * Responses API events → the response object. The closing event carries all of it; a stream that broke off is put
 * together from the opening event and the output items that were finished or begun.
 */
import { asCount, asObject, asString, type JsonObject } from '../canonical/json.ts'

const CLOSING = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/** Null when no event carries a response. */
export function collectOpenAiResponse(events: readonly JsonObject[]): JsonObject | null {
  let opening: JsonObject | null = null
  const items = new Map<number, JsonObject>()
  for (const event of events) {
    const response = asObject(event.response)
    if (response && CLOSING.has(asString(event.type) ?? '')) return response
    opening = response ?? opening
    const item = asObject(event.item)
    if (item) items.set(asCount(event.output_index) ?? items.size, item)
    addText(items, event)
  }
  if (!opening) return null
  const output = [...items.entries()].toSorted(([a], [b]) => a - b).map(([, item]) => item)
  return output.length === 0 ? opening : { ...opening, output }
}

/** Text of an item that never finished. */
function addText(items: Map<number, JsonObject>, event: JsonObject): void {
  if (event.type !== 'response.output_text.delta') return
  const index = asCount(event.output_index) ?? 0
  const item = items.get(index) ?? { type: 'message', role: 'assistant' }
  const [part] = Array.isArray(item.content) ? item.content : []
  const text = `${asString(asObject(part)?.text) ?? ''}${asString(event.delta) ?? ''}`
  items.set(index, { ...item, content: [{ type: 'output_text', text }] })
}
