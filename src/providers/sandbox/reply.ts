/**
 * Decides what the sandbox says: text about the prompt, JSON for a schema, tool calls, or a word
 * about tool results. The same request always gets the same reply; only ids differ.
 */
import type { Ask, Tool } from './ask.ts'
import type { Behavior } from './behavior.ts'
import { sampleSchema } from './sample.ts'
import { cachedTokens, estimateTokens, hashOf, piecesOf } from './tokens.ts'

export interface ToolCall {
  readonly tool: Tool
  /** JSON text, or free text for a custom tool. */
  readonly input: string
}

export interface Reply {
  readonly text: string
  /** The text in the pieces that a stream sends; joined they are the text. */
  readonly pieces: readonly string[]
  /** Null when the model does not think. */
  readonly reasoning: string | null
  readonly calls: readonly ToolCall[]
  readonly stop: 'end' | 'length' | 'tools' | 'sequence'
  /** The stop sequence that ended the text. */
  readonly stopSequence: string | null
  readonly inputTokens: number
  /** Part of `inputTokens`. */
  readonly cachedTokens: number
  /** Text, calls and reasoning together. */
  readonly outputTokens: number
  readonly reasoningTokens: number
}

const ECHO_LENGTH = 200
const TURN_TOKENS = 4
/** What OpenAI takes for a picture in low detail. */
const MEDIA_TOKENS = 85

/** Tokens of the whole prompt: text, tool definitions, and a few for each turn. */
export function promptTokens(ask: Pick<Ask, 'turns' | 'tools'>): number {
  const turns = ask.turns.map(
    (turn) => TURN_TOKENS + estimateTokens(turn.text) + MEDIA_TOKENS * turn.media,
  )
  const text = turns.reduce((sum, tokens) => sum + tokens, 3)
  return text + (ask.tools.length > 0 ? estimateTokens(JSON.stringify(ask.tools)) : 0)
}

export function composeReply(ask: Ask, behavior: Behavior): Reply {
  const inputTokens = promptTokens(ask)
  const calls = chooseCalls(ask)
  const reasoning = ask.thinks ? reasoningText(ask, calls) : null
  const thought = reasoning === null ? 0 : estimateTokens(reasoning)
  const reasoningTokens = ask.maxTokens === null ? thought : Math.min(thought, ask.maxTokens)
  const left = ask.maxTokens === null ? null : ask.maxTokens - reasoningTokens
  const said = calls.length > 0 ? preface(ask, calls) : speak(ask, behavior, left)
  const callTokens = calls.reduce((sum, call) => sum + 8 + estimateTokens(call.input), 0)
  return {
    ...said,
    reasoning,
    calls,
    inputTokens,
    cachedTokens: cachedTokens(inputTokens),
    outputTokens: reasoningTokens + estimateTokens(said.text) + callTokens,
    reasoningTokens,
  }
}

type Said = Pick<Reply, 'text' | 'pieces' | 'stop' | 'stopSequence'>

function preface(ask: Ask, calls: readonly ToolCall[]): Said {
  const names = calls.map((call) => call.tool.name).join(' and ')
  const text = ask.speaksBeforeTools ? `I will use ${names} for that.` : ''
  return { text, pieces: piecesOf(text), stop: 'tools', stopSequence: null }
}

function speak(ask: Ask, behavior: Behavior, tokensLeft: number | null): Said {
  const full = ask.json === null ? prose(ask) : json(ask, ask.json.schema)
  const { text: cut, stopSequence } = cutAtStop(full, ask.stops)
  if (behavior.chunks !== null) {
    const pieces = exactly(behavior.chunks, piecesOf(cut), ask.json === null)
    const stop = stopSequence === null ? 'end' : 'sequence'
    return { text: pieces.join(''), pieces, stop, stopSequence }
  }
  const pieces = piecesOf(cut)
  const kept = tokensLeft === null ? pieces : fitting(pieces, tokensLeft)
  if (kept.length < pieces.length) {
    return { text: kept.join(''), pieces: kept, stop: 'length', stopSequence: null }
  }
  return { text: cut, pieces, stop: stopSequence === null ? 'end' : 'sequence', stopSequence }
}

function cutAtStop(
  text: string,
  stops: readonly string[],
): { text: string; stopSequence: string | null } {
  const found = stops
    .map((stop) => ({ stop, at: text.indexOf(stop) }))
    .filter(({ at }) => at >= 0)
    .toSorted((a, b) => a.at - b.at)[0]
  if (found === undefined) return { text, stopSequence: null }
  return { text: text.slice(0, found.at), stopSequence: found.stop }
}

function fitting(pieces: readonly string[], tokens: number): string[] {
  let text = ''
  const kept: string[] = []
  for (const piece of pieces) {
    text += piece
    if (estimateTokens(text) > tokens) break
    kept.push(piece)
  }
  return kept
}

/** Exactly `count` pieces: prose repeats itself, JSON is only regrouped and so may be fewer. */
function exactly(count: number, pieces: readonly string[], mayRepeat: boolean): string[] {
  if (pieces.length >= count) {
    const size = pieces.length / count
    const edge = (index: number): number => Math.floor(index * size)
    return Array.from({ length: count }, (_, index) =>
      pieces.slice(edge(index), edge(index + 1)).join(''),
    )
  }
  if (!mayRepeat || pieces.length === 0) return [...pieces]
  return Array.from({ length: count }, (_, index) => {
    const piece = pieces[index % pieces.length] ?? ''
    return index > 0 && index % pieces.length === 0 ? ` ${piece}` : piece
  })
}

function lastUserText(ask: Ask): string {
  return ask.turns.findLast((turn) => turn.role === 'user' && turn.text !== '')?.text ?? ''
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const letters = [...line.slice(0, ECHO_LENGTH * 2)]
  return letters.length <= ECHO_LENGTH
    ? line
    : `${letters.slice(0, ECHO_LENGTH).join('').trimEnd()}…`
}

const OPENINGS = [
  'Happy to help!',
  'Good question.',
  'Thanks for writing.',
  'Here is a first answer.',
]
const CLOSINGS = [
  'Change the model to sandbox-think to see reasoning tokens.',
  'Ask for the model sandbox-error-429 to see how an error looks.',
  'Set stream to true to watch the answer arrive piece by piece.',
  'Open the dashboard to see this very request with its timing and tokens.',
]

function prose(ask: Ask): string {
  const results = trailingResults(ask)
  if (results.length > 0) {
    const said = results.map((result) => `“${excerpt(result)}”`).join(' and ')
    const count = results.length === 1 ? 'The tool' : `The ${results.length} tools`
    return `${count} answered ${said}. That settles the question as far as the sandbox can tell.`
  }
  const asked = excerpt(lastUserText(ask))
  const seed = hashOf(asked)
  const opening = OPENINGS[seed % OPENINGS.length] ?? ''
  const closing = CLOSINGS[(seed >>> 8) % CLOSINGS.length] ?? ''
  const echo = asked === '' ? 'You sent no text.' : `You said: “${asked}”.`
  const origin =
    'This reply comes from the built-in sandbox, so no model was called and nothing was spent.'
  return `${opening} ${echo} ${origin} ${closing}`
}

function json(ask: Ask, schema: unknown): string {
  if (schema !== null) return JSON.stringify(sampleSchema(schema, topicOf(ask)))
  return JSON.stringify({ answer: prose(ask) })
}

/** A name out of the prompt (`… in Paris`), so that arguments look as if they had been read. */
function topicOf(ask: Ask): string {
  const text = lastUserText(ask).slice(0, 2_000)
  return /\b(?:in|for|of|at|about|to|from) (\p{Lu}[\p{L}'-]{1,40})/u.exec(text)?.[1] ?? 'sandbox'
}

function reasoningText(ask: Ask, calls: readonly ToolCall[]): string {
  const asked = excerpt(lastUserText(ask))
  const plan =
    calls.length > 0
      ? `A tool fits: ${calls.map((call) => call.tool.name).join(', ')}.`
      : 'A short, friendly answer that quotes the question will do.'
  return `The user wrote “${asked}”. The conversation has ${ask.turns.length} turns. ${plan}`
}

/** Results of the tools that the conversation ends with. */
function trailingResults(ask: Ask): string[] {
  const from = ask.turns.findLastIndex((turn) => turn.toolResults.length === 0)
  return ask.turns.slice(from + 1).flatMap((turn) => turn.toolResults)
}

function chooseCalls(ask: Ask): ToolCall[] {
  const { toolChoice } = ask
  if (toolChoice === 'none' || trailingResults(ask).length > 0) return []
  const chosen =
    typeof toolChoice === 'object'
      ? ask.tools.filter((tool) => tool.name === toolChoice.name).slice(0, 1)
      : mentionedTools(ask, toolChoice === 'required')
  const topic = topicOf(ask)
  return (ask.parallelTools ? chosen : chosen.slice(0, 1)).map((tool) => ({
    tool,
    input: tool.kind === 'custom' ? topic : JSON.stringify(sampleSchema(tool.schema, topic)),
  }))
}

/** Tools that the last user message names, as `get_weather` or as "get weather". */
function mentionedTools(ask: Ask, atLeastOne: boolean): readonly Tool[] {
  const words = ` ${wordsOf(lastUserText(ask))} `
  const mentioned = ask.tools.filter((tool) => words.includes(` ${wordsOf(tool.name)} `))
  return mentioned.length === 0 && atLeastOne ? ask.tools.slice(0, 1) : mentioned
}

function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}
