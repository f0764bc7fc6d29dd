/**
 * The text of a prompt, in the three shapes that carry long ones (OpenAI Chat, OpenAI Responses, Anthropic Messages): every
 * piece that may be shortened, in the order of the conversation, and the length of what may not (tools, arguments).
 * Pictures and files are not text and are not counted; reasoning is signed and stays as it is.
 */
import type { Dialect } from '../../dialects/canonical/summary.ts'
import { asArray, asObject, asObjects } from '../../dialects/canonical/json.ts'
import type { JsonObject } from '../../dialects/canonical/json.ts'

/** A text that may be shortened: `holder[key]`. */
export interface Piece {
  holder: JsonObject
  key: string
  text: string
}

export interface PromptText {
  pieces: Piece[]
  /** Characters of text that stays. */
  fixedCharacters: number
}

/** Null: prompts of this dialect are not understood. Pieces point into `body`. */
export function promptText(dialect: Dialect, body: JsonObject): PromptText | null {
  const found: PromptText = { pieces: [], fixedCharacters: 0 }
  switch (dialect) {
    case 'openai-chat':
      fixed(found, body.tools, body.functions, body.response_format)
      for (const message of asObjects(body.messages)) {
        content(found, message, 'content')
        fixed(found, message.tool_calls, message.function_call)
      }
      return found
    case 'openai-responses':
      fixed(found, body.tools, asObject(body.text)?.format)
      piece(found, body, 'instructions')
      responsesInput(found, body)
      return found
    case 'anthropic-messages':
      fixed(found, body.tools)
      content(found, body, 'system')
      for (const message of asObjects(body.messages)) content(found, message, 'content')
      return found
    default:
      return null
  }
}

function responsesInput(found: PromptText, body: JsonObject): void {
  piece(found, body, 'input')
  for (const item of asObjects(body.input)) {
    content(found, item, 'content')
    content(found, item, 'output')
    fixed(found, item.arguments)
  }
}

/** A string, or a list of parts; the parts of Anthropic's tool results hold such content again, once. */
function content(found: PromptText, holder: JsonObject, key: string, isNested = false): void {
  piece(found, holder, key)
  for (const part of asObjects(asArray(holder[key]))) {
    if (part.type === 'thinking' || part.type === 'reasoning')
      fixed(found, part.thinking, part.text)
    else piece(found, part, 'text')
    if (part.type === 'tool_result' && !isNested) content(found, part, 'content', true)
    if (part.type === 'tool_use') fixed(found, part.input)
  }
}

function piece(found: PromptText, holder: JsonObject, key: string): void {
  const text = holder[key]
  if (typeof text === 'string' && text !== '') found.pieces.push({ holder, key, text })
}

function fixed(found: PromptText, ...values: readonly unknown[]): void {
  for (const value of values) {
    if (value === undefined || value === null) continue
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    found.fixedCharacters += text.length
  }
}
