/**
 * What a call cost: usage times the price that held at that moment, in integer nano-dollars. The one file that imports the
 * price data (about 50 ms to evaluate): import it dynamically, and never on the hot path.
 *
 * Invariants: the lines add up to `nanoUsd` exactly; an unknown price is null and `unpriced`, never 0; never throws.
 * Prices: github.com/pydantic/genai-prices, in dollars per million tokens.
 */
import { calcPrice, type ModelPrice, type PriceCalculation } from '@pydantic/genai-prices'
import type { CostFact, CostLine } from '../contracts/api/requests.ts'
import type { Usage } from '../dialects/canonical/summary.ts'
import { listedModel } from './price-list.ts'

/** Name and version of the price data, stored with every cost so that it can be explained later. */
export const PRICE_VERSION = 'genai-prices@0.1.8'

export interface PriceFacts {
  provider: string
  model: string | null
  /** When the call was made, epoch ms: prices change. */
  at: number
  costReportedNano: number | null
  serviceTier: string | null
}

/** Dollars per million tokens. `unlisted` falls under the plain price; `unknown` is dearer than it, but by how much? */
type Dollars = number | 'unlisted' | 'unknown'

type Lookup = (priceKey: string) => Dollars

interface TokenClass {
  kind: string
  tokens: number
  dollars: Dollars
}

/** Cost of one call. What the provider itself reported wins over the list. */
export function price(usage: Usage | null, facts: PriceFacts): CostFact {
  if (facts.costReportedNano !== null) return reported(usage, facts.costReportedNano)
  if (facts.provider === 'sandbox') return { ...NOTHING, nanoUsd: 0, source: 'free' }
  if (!usage || (usage.inputTokens === null && usage.outputTokens === null)) return NOTHING
  const match = findPrice(facts)
  if (!match) return UNPRICED
  const found = {
    priceVersion: PRICE_VERSION,
    priceProvider: match.provider.id,
    priceModel: match.model.id,
  }
  if (isFreeOffer(match)) return { ...found, nanoUsd: 0, source: 'free', lines: [] }
  const factor = tierFactor(match.provider.id, facts.serviceTier)
  const lines = factor === null ? null : costLines(usage, match, factor)
  if (!lines) return { ...found, nanoUsd: null, source: 'unpriced', lines: [] }
  const nanoUsd = lines.reduce((sum, line) => sum + line.nanoUsd, 0)
  return { ...found, nanoUsd, source: 'catalogue', lines }
}

const NOTHING: CostFact = Object.freeze({
  nanoUsd: null,
  source: 'no_usage',
  priceVersion: null,
  priceProvider: null,
  priceModel: null,
  lines: [],
})
const UNPRICED: CostFact = Object.freeze({
  ...NOTHING,
  source: 'unpriced',
  priceVersion: PRICE_VERSION,
})

function reported(usage: Usage | null, nanoUsd: number): CostFact {
  const tokens = usage === null ? null : (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
  const lines = [{ kind: 'provider_reported', tokens, nanoUsd }]
  return { ...NOTHING, nanoUsd, source: 'provider', lines }
}

/** The library is asked only for the match and its price at that time: it throws on usage that contradicts itself. */
function findPrice(facts: PriceFacts): PriceCalculation | null {
  const listed = facts.model === null ? null : listedModel(facts.provider, facts.model)
  if (!listed) return null
  try {
    const timestamp = new Date(facts.at)
    return calcPrice({}, listed.model, { providerId: listed.list, timestamp })
  } catch {
    return null
  }
}

/** An empty price means "free" only where the offer says so; elsewhere it means that nobody wrote the price down. */
function isFreeOffer(match: PriceCalculation): boolean {
  return (
    match.model.id.endsWith(':free') &&
    Object.values(match.model_price).every((dollars) => !dollars)
  )
}

/** Lines of the bill; null when any token that was used has no price. */
function costLines(usage: Usage, match: PriceCalculation, factor: number): CostLine[] | null {
  const classes = tokenClasses(usage, match)
  const lines: CostLine[] = []
  for (const { kind, tokens, dollars } of classes) {
    if (tokens === 0) continue
    if (typeof dollars !== 'number') return null
    lines.push({ kind, tokens, nanoUsd: Math.round(tokens * dollars * 1_000 * factor) })
  }
  const isPriced = classes.some(({ dollars }) => typeof dollars === 'number' && dollars > 0)
  const perRequest = match.model_price.requests_kcount
  if (typeof perRequest === 'number' && perRequest > 0) {
    lines.push({ kind: 'request', tokens: null, nanoUsd: Math.round(perRequest * 1e6) })
  }
  // A list that prices no token at all (Whisper, by the hour) says nothing about this call.
  return isPriced && totalsKnown(usage, classes) ? lines : null
}

/** A total that the provider did not tell can be passed over only when it would cost nothing. */
function totalsKnown(usage: Usage, classes: readonly TokenClass[]): boolean {
  const costs = (kind: string): boolean =>
    classes.some((one) => one.kind === kind && typeof one.dollars === 'number' && one.dollars > 0)
  if (usage.inputTokens === null && costs('input')) return false
  return usage.outputTokens !== null || !costs('output')
}

/**
 * Splits the two totals into classes with a price of their own; the rest, and every class without one, is plain input or
 * output. Parts that exceed their total are cut to it: providers count overlapping parts (cached audio) twice.
 */
function tokenClasses(usage: Usage, match: PriceCalculation): TokenClass[] {
  const prices = match.model_price
  const at: Lookup = (key) => dollarsOf(prices, key, usage.inputTokens ?? 0)
  const [input, output] = [at('input_mtok'), at('output_mtok')]
  return [
    ...partition('input', usage.inputTokens ?? 0, input, [
      part('cache_read', usage.cacheReadTokens, at('cache_read_mtok')),
      part('cache_write_5m', usage.cacheWrite5mTokens, at('cache_write_mtok')),
      part('cache_write_1h', usage.cacheWrite1hTokens, hourlyWrite(match, at)),
      part('input_audio', usage.inputAudioTokens, audio('input_audio_mtok', match, at)),
      part('input_image', usage.inputImageTokens, at('input_image_mtok')),
    ]),
    ...partition('output', usage.outputTokens ?? 0, output, [
      part('reasoning', usage.reasoningTokens, at('output_reasoning_mtok')),
      part('output_audio', usage.outputAudioTokens, audio('output_audio_mtok', match, at)),
      part('output_image', usage.outputImageTokens, at('output_image_mtok')),
    ]),
  ]
}

function part(kind: string, tokens: number | null, dollars: Dollars): TokenClass {
  return { kind, tokens: tokens ?? 0, dollars }
}

function partition(
  kind: string,
  total: number,
  dollars: Dollars,
  parts: readonly TokenClass[],
): TokenClass[] {
  let rest = total
  const classes: TokenClass[] = []
  for (const part of parts) {
    if (part.dollars === 'unlisted') continue
    const tokens = Math.min(part.tokens, rest)
    rest -= tokens
    classes.push({ ...part, tokens })
  }
  return [{ kind, tokens: rest, dollars }, ...classes]
}

/**
 * An hour of cache costs twice the input price on every Claude, wherever it is sold; not every list says so.
 * For other models there is no such class, and what is reported as one is a plain cache write.
 */
function hourlyWrite(match: PriceCalculation, at: Lookup): Dollars {
  const listed = at('cache_write_1h_mtok')
  if (listed !== 'unlisted') return listed
  const input = at('input_mtok')
  if (typeof input === 'number' && match.model.id.includes('claude')) return input * 2
  return at('cache_write_mtok')
}

/**
 * Models named after audio cost far more for it than for text. Where the list has only their text price, the audio
 * price is unknown, not the text price.
 */
function audio(key: string, match: PriceCalculation, at: Lookup): Dollars {
  const listed = at(key)
  if (listed !== 'unlisted') return listed
  return /-(?:audio|realtime)/.test(match.model.id) ? 'unknown' : 'unlisted'
}

/** Tiers replace the price of the whole call once its input passes their start. */
function dollarsOf(prices: ModelPrice, key: string, inputTokens: number): Dollars {
  const entry = prices[key]
  if (entry === undefined || typeof entry === 'number') return entry ?? 'unlisted'
  let dollars = entry.base
  for (const tier of entry.tiers) if (inputTokens > tier.start) dollars = tier.price
  return dollars
}

/** Half price in a batch or with patience; null where a tier has a price that no list knows. */
function tierFactor(list: string, serviceTier: string | null): number | null {
  if (serviceTier === null) return 1
  const halved = HALF_PRICE_TIERS[serviceTier]
  if (halved?.includes(list)) return 0.5
  // Groq's flex is the on-demand price with other limits.
  return list === 'groq' && (serviceTier === 'flex' || serviceTier === 'performance') ? 1 : null
}

const HALF_PRICE_TIERS: Readonly<Record<string, readonly string[]>> = {
  batch: ['openai', 'anthropic', 'google', 'azure', 'aws'],
  flex: ['openai', 'google', 'aws'],
}
