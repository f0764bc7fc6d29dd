import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { price, PRICE_VERSION, type PriceFacts } from '../../src/catalog/price.ts'
import { EMPTY_USAGE, type Usage } from '../../src/dialects/canonical/summary.ts'

const AT = Date.UTC(2026, 0, 15, 12)

function facts(
  provider: string,
  model: string | null,
  changes: Partial<PriceFacts> = {},
): PriceFacts {
  return { provider, model, at: AT, costReportedNano: null, serviceTier: null, ...changes }
}

function usage(
  inputTokens: number | null,
  outputTokens: number | null,
  parts: Partial<Usage> = {},
): Usage {
  return { ...EMPTY_USAGE, inputTokens, outputTokens, ...parts }
}

/** Price of a thousand tokens read under a service tier. */
function tierPrice(provider: string, model: string, serviceTier: string): number | null {
  return price(usage(1000, 0), facts(provider, model, { serviceTier })).nanoUsd
}

function linesOf(cost: ReturnType<typeof price>): Record<string, number> {
  return Object.fromEntries(cost.lines.map((line) => [line.kind, line.nanoUsd]))
}

describe('list prices, checked by hand', () => {
  it('gpt-5: reasoning is part of the output', () => {
    const cost = price(
      usage(10, 1870, { reasoningTokens: 1792 }),
      facts('openai', 'gpt-5-2025-08-07'),
    )
    expect(cost).toEqual({
      nanoUsd: 18_712_500,
      source: 'catalogue',
      priceVersion: PRICE_VERSION,
      priceProvider: 'openai',
      priceModel: 'gpt-5',
      lines: [
        { kind: 'input', tokens: 10, nanoUsd: 12_500 },
        { kind: 'output', tokens: 1870, nanoUsd: 18_700_000 },
      ],
    })
  })

  it('gpt-4o: cached input at half price', () => {
    const cost = price(
      usage(1200, 42, { cacheReadTokens: 1024 }),
      facts('openai', 'gpt-4o-2024-08-06'),
    )
    // (176 × $2.50 + 1024 × $1.25 + 42 × $10) / 1M
    expect(linesOf(cost)).toEqual({ input: 440_000, cache_read: 1_280_000, output: 420_000 })
    expect(cost.nanoUsd).toBe(2_140_000)
  })

  it('Claude Sonnet 4.5: 5-minute writes 1.25 ×, 1-hour writes 2 ×, reads 0.1 ×', () => {
    const cached = usage(5100, 500, {
      cacheReadTokens: 2000,
      cacheWrite5mTokens: 1000,
      cacheWrite1hTokens: 2000,
    })
    // (100 × $3 + 2000 × $0.30 + 1000 × $3.75 + 2000 × $6 + 500 × $15) / 1M
    const lines = {
      input: 300_000,
      cache_read: 600_000,
      cache_write_5m: 3_750_000,
      cache_write_1h: 12_000_000,
      output: 7_500_000,
    }
    const direct = price(cached, facts('anthropic', 'claude-sonnet-4-5-20250929'))
    expect(linesOf(direct)).toEqual(lines)
    expect(direct.nanoUsd).toBe(24_150_000)
    // Vertex's list has no 1-hour price; the rule is the same there.
    expect(linesOf(price(cached, facts('vertex', 'claude-sonnet-4-5@20250929')))).toEqual(lines)
  })

  it('Bedrock: a regional profile costs a tenth more than the global one', () => {
    const model = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
    const global = price(usage(1000, 1000), facts('bedrock', `global.${model}`))
    const regional = price(usage(1000, 1000), facts('bedrock', `us.${model}`))
    expect(global.nanoUsd).toBe(18_000_000)
    expect(regional.nanoUsd).toBe(19_800_000)
    const arn = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.${model}`
    expect(price(usage(1000, 1000), facts('bedrock', arn)).nanoUsd).toBe(19_800_000)
    const hourly = usage(1000, 0, { cacheWrite1hTokens: 1000 })
    expect(price(hourly, facts('bedrock', `global.${model}`)).nanoUsd).toBe(6_000_000)
  })

  it('gemini-2.5-pro: another price for the whole call above 200,000 tokens', () => {
    const model = facts('google', 'models/gemini-2.5-pro')
    expect(price(usage(200_000, 1000), model).nanoUsd).toBe(260_000_000)
    expect(price(usage(200_001, 1000), model).nanoUsd).toBe(515_002_500)
    const cached = price(usage(250_000, 1000, { cacheReadTokens: 100_000 }), model)
    expect(linesOf(cached)).toEqual({
      input: 375_000_000,
      cache_read: 25_000_000,
      output: 15_000_000,
    })
  })

  it('gemini-2.5-flash: sound is dearer than text', () => {
    const heard = usage(1000, 100, { inputAudioTokens: 700 })
    expect(linesOf(price(heard, facts('google', 'gemini-2.5-flash')))).toEqual({
      input: 90_000,
      input_audio: 700_000,
      output: 250_000,
    })
  })

  it('embeddings cost their input alone', () => {
    const model = facts('openai', 'text-embedding-3-small')
    expect(price(usage(1000, 0), model).nanoUsd).toBe(20_000)
    expect(price(usage(1000, null), model).nanoUsd).toBe(20_000)
  })

  it('perplexity also charges for the request', () => {
    const cost = price(usage(9, 20), facts('perplexity', 'sonar-pro'))
    expect(linesOf(cost)).toEqual({ input: 27_000, output: 300_000, request: 14_000_000 })
  })

  it('uses the price that held at the time', () => {
    const before = price(usage(1000, 0), facts('openai', 'o3', { at: Date.UTC(2025, 4, 1) }))
    const after = price(usage(1000, 0), facts('openai', 'o3', { at: Date.UTC(2025, 7, 1) }))
    expect([before.nanoUsd, after.nanoUsd]).toEqual([10_000_000, 2_000_000])
  })
})

describe('where the price does not come from the list', () => {
  it('believes the provider', () => {
    const cost = price(usage(1, 2), facts('openrouter', 'x/y', { costReportedNano: 612_000 }))
    expect(cost).toMatchObject({
      nanoUsd: 612_000,
      source: 'provider',
      lines: [{ kind: 'provider_reported', tokens: 3, nanoUsd: 612_000 }],
    })
  })

  it('asks nothing for the sandbox', () => {
    expect(price(usage(1, 2), facts('sandbox', 'gpt-5'))).toMatchObject({
      nanoUsd: 0,
      source: 'free',
    })
  })

  it('knows offers that are free', () => {
    const model = facts('openrouter', 'google/gemma-3-27b-it:free')
    expect(price(usage(1, 2), model)).toMatchObject({ nanoUsd: 0, source: 'free', lines: [] })
  })

  it.each([
    ['no usage', null],
    ['usage without totals', usage(null, null)],
  ])('says so when there is %s', (_, none) => {
    expect(price(none, facts('openai', 'gpt-5'))).toMatchObject({
      nanoUsd: null,
      source: 'no_usage',
    })
  })

  it.each([
    ['an unknown model', 'openai', 'totally-unknown'],
    ['no model', 'openai', null],
    ['an empty model', 'openai', ''],
    ['a model billed by the hour', 'openai', 'whisper-1'],
    ['a price that nobody wrote down', 'github-copilot', 'composer'],
    ['an empty price', 'google', 'gemma-3'],
    ['sound at the price of text', 'openai', 'gpt-4o-audio-preview'],
    ['open weights behind an unknown host', 'my-host', 'gpt-oss-120b'],
    ['open weights behind an unknown host', 'my-host', 'deepseek-chat'],
    ['a look-alike', 'my-host', 'my-claude-clone'],
  ])('leaves %s unpriced', (_, provider, model) => {
    const cost = price(usage(10, 10, { outputAudioTokens: 5 }), facts(provider, model))
    expect(cost).toMatchObject({ nanoUsd: null, source: 'unpriced', lines: [] })
  })

  it('leaves a call unpriced when a total that costs money is unknown', () => {
    expect(price(usage(10, null), facts('openai', 'gpt-5')).nanoUsd).toBeNull()
    expect(price(usage(null, 10), facts('openai', 'gpt-5')).nanoUsd).toBeNull()
  })

  it("prices a maker's own model behind an unknown host, and says whose price it is", () => {
    for (const model of ['gpt-4o', 'openai/gpt-4o']) {
      expect(price(usage(1000, 0), facts('my-host', model))).toMatchObject({
        nanoUsd: 2_500_000,
        priceProvider: 'openai',
      })
    }
    const claude = price(usage(1000, 0), facts('vercel', 'anthropic/claude-opus-4-7'))
    expect(claude).toMatchObject({ nanoUsd: 5_000_000, priceProvider: 'anthropic' })
  })

  it('halves batch and flex, and leaves tiers without a list unpriced', () => {
    expect(tierPrice('openai', 'gpt-5', 'flex')).toBe(625_000)
    expect(tierPrice('anthropic', 'claude-opus-4-7', 'batch')).toBe(2_500_000)
    expect(tierPrice('groq', 'llama-3.3-70b-versatile', 'flex')).toBe(590_000)
    expect(tierPrice('openai', 'gpt-5', 'priority')).toBeNull()
  })
})

it.each([
  ['openai', 'gpt-4.1'],
  ['azure', 'gpt-4o'],
  ['x', 'grok-3-mini'],
  ['xai', 'grok-4'],
  ['mistral', 'mistral-large-latest'],
  ['deepseek', 'deepseek-chat'],
  ['groq', 'llama-3.3-70b-versatile'],
  ['together', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
  ['cohere', 'command-r-plus-08-2024'],
  ['cohere', 'command-a-03-2025'],
  ['bedrock', 'us.amazon.nova-pro-v1:0'],
  ['google', 'gemini-3-pro-preview'],
  ['openrouter', 'anthropic/claude-sonnet-4.5'],
  ['perplexity', 'sonar'],
])('has a list for %s', (provider, model) => {
  const cost = price(usage(1000, 1000), facts(provider, model))
  expect(cost.source).toBe('catalogue')
  expect(cost.nanoUsd).toBeGreaterThan(0)
})

describe('laws', () => {
  const count = fc.option(fc.nat(2_000_000), { nil: null })
  const anyUsage: fc.Arbitrary<Usage> = fc.record({
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    reasoningTokens: count,
    inputAudioTokens: count,
    outputAudioTokens: count,
    inputImageTokens: count,
    outputImageTokens: count,
  })
  const model = fc.constantFrom(
    facts('openai', 'gpt-5'),
    facts('openai', 'gpt-image-1.5'),
    facts('openai', 'whisper-1'),
    facts('anthropic', 'claude-sonnet-4-5'),
    facts('google', 'gemini-2.5-pro'),
    facts('google', 'gemini-2.5-flash'),
    facts('perplexity', 'sonar-deep-research'),
    facts('google', 'gemini-2.5-flash', { serviceTier: 'flex' }),
  )

  it('lines add up exactly, hold every token once, and parts beyond their total are cut', () => {
    fc.assert(
      fc.property(anyUsage, model, (used, of) => {
        const cost = price(used, of)
        expect(cost.nanoUsd === null).toBe(cost.source === 'unpriced' || cost.source === 'no_usage')
        if (cost.nanoUsd === null) return
        expect(Number.isSafeInteger(cost.nanoUsd)).toBe(true)
        expect(cost.lines.reduce((sum, line) => sum + line.nanoUsd, 0)).toBe(cost.nanoUsd)
        const tokens = cost.lines.reduce((sum, line) => sum + (line.tokens ?? 0), 0)
        expect(tokens).toBe((used.inputTokens ?? 0) + (used.outputTokens ?? 0))
      }),
      { numRuns: 1_000 },
    )
  })

  it('never throws on a provider, a model or a time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.double(), (provider, name, at) => {
        expect(price(usage(1, 1), facts(provider, name, { at })).nanoUsd).not.toBe(0)
      }),
    )
  })
})

it('names the version that is installed', () => {
  const path = new URL('../../node_modules/@pydantic/genai-prices/package.json', import.meta.url)
  const manifest: { version: string } = JSON.parse(readFileSync(path, 'utf8'))
  expect(PRICE_VERSION).toBe(`genai-prices@${manifest.version}`)
})
