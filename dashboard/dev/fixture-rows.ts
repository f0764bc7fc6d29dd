/** Made-up rows: a small company's day of LLM calls, with everything that can be odd about one. */
import type { CostFact, RequestRow } from '../../src/contracts/api/requests.ts'
import { CACHED, makeAttempts, makePolicies } from './fixture-row-policies.ts'
import { SCENES } from './fixture-scenes.ts'
import type { Scene } from './fixture-scenes.ts'

const USERS = ['ada@northwind.dev', 'linus', 'grace.hopper', 'svc-billing', 'user_8f2c41', null]
const FEATURES = ['chat', 'search', 'summaries', 'invoice-triage']

export function makeRows(count: number): RequestRow[] {
  let at = Date.now() - 9_000
  const rows: RequestRow[] = []
  for (let n = 0; n < count; n += 1) {
    rows.push(makeRow(count - n, at))
    at -= 4_000 + noise(n, 1) * 340_000 * (n > 30 ? 3 : 0.3)
  }
  return rows
}

export function makeRow(n: number, at: number): RequestRow {
  const scene = SCENES[n % SCENES.length] ?? (SCENES[0] as Scene)
  const id = uuidv7(at, n)
  const isOk = scene.status >= 200 && scene.status < 400
  const totalMs = Math.round(scene.totalMs * (0.7 + 0.7 * noise(n, 2)))
  const ttft = scene.isStream ? Math.round(totalMs * (0.12 + 0.2 * noise(n, 3))) : null
  const scale = scene.inputTokens === null ? 0 : 0.6 + noise(n, 4)
  const input = scene.inputTokens === null ? null : Math.round(scene.inputTokens * scale)
  const output =
    scene.outputTokens === null ? null : Math.round(scene.outputTokens * (0.6 + noise(n, 5)))
  const cacheRead =
    input === null || scene.cacheShare === 0 ? null : Math.round(input * scene.cacheShare)
  const user = USERS[Math.floor(noise(n, 6) * USERS.length)] ?? null
  const session =
    noise(n, 7) > 0.45 ? `session-${String(Math.floor(n / 6)).padStart(4, '0')}` : null
  const policies = makePolicies(scene, n, totalMs)
  const isCached = policies.saved_ms !== null
  const cost = isCached ? CACHED : makeCost(scene, input, output, cacheRead)
  const usd = cost.nanoUsd === null ? null : cost.nanoUsd / 1e9
  const properties: Record<string, string> = {
    environment: noise(n, 8) > 0.3 ? 'production' : 'staging',
    feature: FEATURES[n % FEATURES.length] ?? 'chat',
  }
  return {
    request_id: id,
    response_id: id,
    request_created_at: new Date(at).toISOString(),
    response_created_at: new Date(at + totalMs).toISOString(),
    request_path: scene.path,
    request_user_id: user,
    helicone_user: null,
    request_properties: properties,
    properties,
    request_model: scene.model,
    response_model: isOk ? scene.model : null,
    model_override: null,
    model: scene.model,
    provider: scene.provider.toUpperCase(),
    target_url: scene.origin + scene.path,
    country_code: 'DE',
    response_status: scene.status,
    delay_ms: totalMs,
    time_to_first_token: ttft,
    total_tokens: input === null ? null : input + (output ?? 0),
    prompt_tokens: input,
    completion_tokens: output,
    prompt_cache_read_tokens: cacheRead,
    prompt_cache_write_tokens: null,
    reasoning_tokens: scene.reasoning,
    prompt_audio_tokens: null,
    completion_audio_tokens: null,
    cost: usd,
    costUSD: usd,
    prompt_id: null,
    prompt_version: null,
    feedback_created_at: null,
    feedback_id: null,
    feedback_rating: null,
    signed_body_url: `/v1/stored-body/${id}?signature=fixture`,
    request_body: {},
    response_body: {},
    llmSchema: null,
    asset_ids: null,
    asset_urls: null,
    assets: [],
    scores: null,
    cache_reference_id: isCached ? id : '00000000-0000-0000-0000-000000000000',
    cache_enabled: isCached,
    updated_at: null,
    request_referrer: null,
    ai_gateway_body_mapping: null,
    storage_location: 's3',
    heliograph: {
      id,
      provider: scene.provider,
      outcome: scene.outcome,
      error_code: scene.errorCode,
      error_message: scene.errorMessage,
      dialect: scene.dialect,
      method: 'POST',
      is_stream: scene.isStream,
      stop_reason: isOk ? scene.stopReason : null,
      session_id: session,
      session_path: session === null ? null : '/agent/answer',
      session_name: session === null ? null : 'Support agent',
      request_name: null,
      input_image_tokens: null,
      output_image_tokens: null,
      cache_write_5m_tokens: null,
      cache_write_1h_tokens: null,
      tool_calls: scene.toolCalls,
      request_preview: scene.requestPreview,
      response_preview: scene.responsePreview,
      request_bytes: 800 + (input ?? 0) * 4,
      response_bytes: 500 + (output ?? 0) * (scene.isStream ? 60 : 4),
      request_body_state: 'stored',
      response_body_state: isOk || scene.status > 0 ? 'stored' : 'truncated',
      ...policies,
      cost,
      timing: {
        authMs: 0.4,
        gatewayMs: 1.8 + noise(n, 9) * 2,
        upstreamHeadersMs:
          scene.status === -2 ? null : Math.round(totalMs * (scene.isStream ? 0.1 : 0.96)),
        firstByteMs: scene.status === -2 ? null : (ttft ?? Math.round(totalMs * 0.97)),
        totalMs,
        chunks: scene.isStream ? 84 : 1,
        maxGapMs: scene.isStream ? 212 : null,
        meanGapMs: scene.isStream ? 18.4 : null,
      },
      attempts: makeAttempts(scene, n, policies, totalMs),
      warnings: scene.warnings,
    },
  }
}

function makeCost(
  scene: Scene,
  input: number | null,
  output: number | null,
  cacheRead: number | null,
): CostFact {
  const base = {
    priceVersion: 'genai-prices@0.1.8',
    priceProvider: scene.provider,
    priceModel: scene.model,
  }
  if (input === null) return { ...NO_PRICE, source: 'no_usage' }
  if (scene.price === null) return { ...NO_PRICE, source: 'unpriced' }
  if (scene.price === 'free') return { ...NO_PRICE, source: 'free', nanoUsd: 0 }
  const [inputPrice, outputPrice] = scene.price
  const read = cacheRead ?? 0
  const lines = [
    { kind: 'input', tokens: input - read, nanoUsd: (input - read) * inputPrice * 1000 },
    { kind: 'cache_read', tokens: read, nanoUsd: Math.round(read * inputPrice * 100) },
    { kind: 'output', tokens: output, nanoUsd: (output ?? 0) * outputPrice * 1000 },
  ].filter((line) => line.tokens !== 0)
  const nanoUsd = lines.reduce((sum, line) => sum + line.nanoUsd, 0)
  return { ...base, source: 'catalogue', nanoUsd, lines }
}

const NO_PRICE = {
  nanoUsd: null,
  priceVersion: null,
  priceProvider: null,
  priceModel: null,
  lines: [],
}

/** The same for the same numbers, so that a screenshot can be made again. */
function noise(n: number, salt: number): number {
  const x = Math.sin(n * 12.9898 + salt * 78.233) * 43_758.5453
  return x - Math.floor(x)
}

function uuidv7(at: number, n: number): string {
  const time = Math.floor(at).toString(16).padStart(12, '0')
  const tail = Math.floor(noise(n, 11) * 2 ** 46)
    .toString(16)
    .padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${n.toString(16).padStart(3, '0').slice(-3)}-8a3f-${tail}`
}
