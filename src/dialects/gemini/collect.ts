/** Gemini stream answers → one `GenerateContentResponse`: parts follow each other, neighbouring texts are joined. */
import { asCount, asObject, asObjects, type JsonObject } from '../canonical/json.ts'

/** Null when no piece has candidates or feedback. */
export function collectGemini(pieces: readonly JsonObject[]): JsonObject | null {
  const whole: JsonObject = {}
  const candidates = new Map<number, JsonObject>()
  for (const piece of pieces) {
    for (const [name, value] of Object.entries(piece)) {
      if (name !== 'candidates') whole[name] = value
    }
    for (const candidate of asObjects(piece.candidates)) addCandidate(candidates, candidate)
  }
  if (candidates.size > 0) {
    whole.candidates = [...candidates.entries()].toSorted(([a], [b]) => a - b).map(([, one]) => one)
  }
  return candidates.size > 0 || 'promptFeedback' in whole || 'error' in whole ? whole : null
}

function addCandidate(candidates: Map<number, JsonObject>, piece: JsonObject): void {
  const index = asCount(piece.index) ?? 0
  const known = candidates.get(index) ?? {}
  const before = asObject(known.content)
  const added = asObject(piece.content)
  const parts = [...asObjects(before?.parts)]
  for (const part of asObjects(added?.parts)) addPart(parts, part)
  candidates.set(index, { ...known, ...piece, content: { ...before, ...added, parts } })
}

function addPart(parts: JsonObject[], part: JsonObject): void {
  const last = parts.at(-1)
  if (last && isPlainText(last) && isPlainText(part) && last.thought === part.thought) {
    parts[parts.length - 1] = { ...last, text: `${String(last.text)}${String(part.text)}` }
  } else {
    parts.push(part)
  }
}

function isPlainText(part: JsonObject): boolean {
  return (
    typeof part.text === 'string' &&
    Object.keys(part).every((name) => name === 'text' || name === 'thought')
  )
}
