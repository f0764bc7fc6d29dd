/** Text completion chunks → the whole `text_completion`. */
import { asCount, asObjects, type JsonObject } from '../canonical/json.ts'

/** Null when no chunk has choices. */
export function collectOpenAiCompletion(chunks: readonly JsonObject[]): JsonObject | null {
  const whole: JsonObject = {}
  const choices = new Map<number, JsonObject>()
  for (const chunk of chunks) {
    for (const [name, value] of Object.entries(chunk)) {
      if (name !== 'choices' && value !== null) whole[name] = value
    }
    for (const piece of asObjects(chunk.choices)) {
      const index = asCount(piece.index) ?? 0
      const known = choices.get(index) ?? { index, text: '', finish_reason: null }
      const text = `${String(known.text)}${typeof piece.text === 'string' ? piece.text : ''}`
      choices.set(index, {
        ...known,
        ...piece,
        text,
        finish_reason: piece.finish_reason ?? known.finish_reason,
      })
    }
  }
  if (choices.size === 0) return null
  const ordered = [...choices.entries()].toSorted(([a], [b]) => a - b).map(([, choice]) => choice)
  return { ...whole, choices: ordered }
}
