/**
 * `Helicone-Token-Limit-Exception-Handler` (contract §2.7): what to do with a prompt that is too long for its model. Pure:
 * JSON body in, JSON body out. The estimate is a quarter of a token for each character; the budget is the model's window less
 * the answer that was asked for (or a tenth of the window). Invariant: a shortened prompt is within the budget.
 */
import type { Warning } from '../../contracts/log-record.ts'
import type { Dialect } from '../../dialects/canonical/summary.ts'
import { asObject, asString, firstCount } from '../../dialects/canonical/json.ts'
import type { JsonObject } from '../../dialects/canonical/json.ts'
import { badHeader } from '../bad-header.ts'
import { cutMiddle, truncateAll } from './context-cut.ts'
import { promptText } from './context-text.ts'
import type { PromptText } from './context-text.ts'

const HEADER = 'Helicone-Token-Limit-Exception-Handler'
const HANDLERS = ['truncate', 'middle-out', 'fallback'] as const
export type ContextHandler = (typeof HANDLERS)[number]

const TOKENS_PER_CHARACTER = 0.25
/** Share of the window that is left to the answer when the request does not say how long it may be. */
const ANSWER_SHARE = 0.1

/** Tokens that fit a model, prompt and answer together; null when the model is not known. */
export type ContextOf = (model: string) => number | null

/** Why a body is as it is, for the log. */
export type ContextNote =
  | 'fits'
  | 'truncated'
  | 'middle_out'
  | 'fallback_model'
  /** `fallback` took the first of the models: the prompt fits, or nobody knows. */
  | 'primary_model'
  | 'unknown_model'
  | 'unknown_shape'
  /** Even without its text the prompt would be too long, or the answer takes the whole window. */
  | 'cannot_fit'

export interface ContextResult {
  /** The given body when nothing changed. */
  body: JsonObject
  changed: boolean
  note: ContextNote
  /** Before any change; null when not estimated. */
  estimatedTokens: number | null
  budgetTokens: number | null
}

/** The handler that the caller asked for, or null. `policy` holds values by lower-cased header name. */
export function parseContextHandler(
  policy: ReadonlyMap<string, string>,
  warnings: Warning[],
): ContextHandler | null {
  const value = policy.get(HEADER.toLowerCase())?.trim()
  if (value === undefined) return null
  const handler = HANDLERS.find((name) => name === value.toLowerCase()) ?? null
  if (handler === null) warnings.push(badHeader(HEADER, value, HANDLERS.join(', ')))
  return handler
}

/** The table of windows, loaded when the first call needs it. */
export async function loadContextWindows(): Promise<ContextOf> {
  const { contextWindowOf } = await import('../../catalog/context.ts')
  return contextWindowOf
}

/** `modelOverride` (`Helicone-Model-Override`) is the model where the body names none. `body` is never mutated. */
export function applyContextPolicy(
  handler: ContextHandler,
  dialect: Dialect,
  body: JsonObject,
  contextOf: ContextOf,
  modelOverride: string | null = null,
): ContextResult {
  const models = modelsOf(asString(body.model) ?? modelOverride)
  const prompt = promptText(dialect, body)
  const measured = measure(body, prompt, models[0], contextOf)
  if (handler === 'fallback') return chooseModel(body, models, measured)
  const unchanged = { body, changed: false, ...measured.numbers }
  if (prompt === null) return { ...unchanged, note: 'unknown_shape' }
  if (measured.budget === null) return { ...unchanged, note: 'unknown_model' }
  if (!measured.isOver) return { ...unchanged, note: 'fits' }

  const shorter = structuredClone(body)
  const pieces = promptText(dialect, shorter)?.pieces ?? []
  const texts = pieces.map(({ text }) => text)
  const room = Math.floor(measured.budget / TOKENS_PER_CHARACTER) - prompt.fixedCharacters
  const cut = handler === 'truncate' ? truncateAll(texts, room) : cutMiddle(texts, room)
  for (const [index, { holder, key }] of pieces.entries()) holder[key] = cut[index]
  const after = promptText(dialect, shorter)
  if (after === null || estimate(after) > measured.budget)
    return { ...unchanged, note: 'cannot_fit' }
  const note = handler === 'truncate' ? 'truncated' : 'middle_out'
  return { ...unchanged, body: shorter, changed: true, note }
}

/** The same over the bytes of a body, for the pipeline. What is no JSON object, or too deep to walk, goes on as it is. */
export function applyContextToBytes(
  handler: ContextHandler,
  dialect: Dialect,
  bytes: Uint8Array,
  contextOf: ContextOf,
  modelOverride: string | null = null,
): Omit<ContextResult, 'body'> & { bytes: Uint8Array } {
  const unchanged = { bytes, changed: false, estimatedTokens: null, budgetTokens: null }
  try {
    const read = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
    const json = asObject(JSON.parse(read.decode(bytes)))
    if (json === null) return { ...unchanged, note: 'unknown_shape' }
    const { body, ...facts } = applyContextPolicy(handler, dialect, json, contextOf, modelOverride)
    const sent = facts.changed ? new TextEncoder().encode(JSON.stringify(body)) : bytes
    return { ...facts, bytes: sent }
  } catch {
    return { ...unchanged, note: 'unknown_shape' }
  }
}

/** Tokens of a prompt, roughly. */
export function estimate({ pieces, fixedCharacters }: PromptText): number {
  const characters = pieces.reduce((sum, { text }) => sum + text.length, fixedCharacters)
  return Math.ceil(characters * TOKENS_PER_CHARACTER)
}

interface Measured {
  budget: number | null
  isOver: boolean
  numbers: Pick<ContextResult, 'estimatedTokens' | 'budgetTokens'>
}

function measure(
  body: JsonObject,
  prompt: PromptText | null,
  model: string | undefined,
  contextOf: ContextOf,
): Measured {
  const window = model === undefined ? null : contextOf(model)
  const estimatedTokens = prompt && estimate(prompt)
  const budget = window === null ? null : Math.max(0, window - answerTokens(body, window))
  return {
    budget,
    isOver: estimatedTokens !== null && budget !== null && estimatedTokens > budget,
    numbers: { estimatedTokens, budgetTokens: budget },
  }
}

function answerTokens(body: JsonObject, window: number): number {
  return (
    firstCount(body, 'max_completion_tokens', 'max_tokens', 'max_output_tokens') ??
    Math.ceil(window * ANSWER_SHARE)
  )
}

/** `primary, secondary`: the list is always reduced to one, because no provider understands it. */
function chooseModel(
  body: JsonObject,
  [primary, secondary]: readonly string[],
  measured: Measured,
): ContextResult {
  if (primary === undefined || secondary === undefined) {
    const note = measured.budget === null ? 'unknown_model' : 'fits'
    return {
      body,
      changed: false,
      note: measured.isOver ? 'cannot_fit' : note,
      ...measured.numbers,
    }
  }
  const model = measured.isOver ? secondary : primary
  const note = measured.isOver ? 'fallback_model' : 'primary_model'
  return { body: { ...body, model }, changed: true, note, ...measured.numbers }
}

/** Only the first two count. */
function modelsOf(names: string | null): string[] {
  return (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .slice(0, 2)
}
