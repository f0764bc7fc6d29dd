/**
 * The rate limits of a call: asked before the provider is, settled with what the call really took when it has ended.
 * Contract §2.4. Fails open: a limiter that is down lets the call through, and the row says so; an organisation may have such
 * calls stopped instead.
 */
import type { AttemptFact } from '../contracts/log-record.ts'
import type { Summary } from '../dialects/canonical/summary.ts'
import type { GatewayError } from './errors.ts'
import { elapsed } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import type { Platform } from './platform.ts'
import { answerLimited } from './policy/limit-answer.ts'
import { checkLimits, releaseLimits, settleLimits } from './policy/limit-check.ts'
import type { LimitPolicy } from './policy/limit-grammar.ts'

/** The contract marks a denied row by this property. */
const DENIED_PROPERTY = 'helicone-rate-limit-status'

/** Why a call is not let in. */
export interface LimitRefusal {
  kind: 'refused'
  error: GatewayError
  response: Response
  body: Uint8Array
}

/** Fills `exchange.limit` and the facts for the log; answers the refusal, or null when the call may go on. */
export async function enforceLimits(
  exchange: Exchange,
  policies: readonly LimitPolicy[],
  platform: Platform,
): Promise<LimitRefusal | null> {
  const { principal, headers } = exchange
  if (policies.length === 0 || principal === null) return null
  const { orgId, keyId, settings } = principal
  const { userId, properties } = headers
  const askedAtMs = elapsed(exchange)
  const verdict = await checkLimits(
    {
      policies,
      callId: exchange.id,
      orgId,
      keyId,
      userId,
      properties,
      estimate: { costNano: null, tokens: null },
      failClosed: settings.limits_fail_closed,
    },
    { limiters: platform.limiters, background: platform.background },
    Date.now(),
  )
  exchange.limitMs = elapsed(exchange) - askedAtMs
  exchange.limit = verdict
  exchange.limits = verdict.facts
  if (verdict.kind === 'allowed') return null
  if (verdict.kind === 'denied') {
    // In front: of very many properties the row keeps the first.
    const { [DENIED_PROPERTY]: _, ...own } = properties
    headers.properties = { [DENIED_PROPERTY]: 'bucket_rate_limited', ...own }
  }
  const answer = answerLimited(verdict, exchange.dialect, exchange.requestId)
  const { code, status, message, body } = answer
  const response = new Response(body, { status, headers: answer.headers })
  return { kind: 'refused', error: { code, message }, response, body }
}

/** Whether the end of this call must tell a limiter what it took. */
export function owesSettlement({ limit }: Exchange): boolean {
  return limit !== null && limit.receipts.some(({ unit }) => unit !== 'request')
}

/**
 * Puts what the call took in the place of what was reserved. What was never answered for is given back; what nobody can
 * tell stays as it was reserved, because unknown is never free.
 */
export async function settle(
  exchange: Exchange,
  summary: Summary | null,
  platform: Pick<Platform, 'limiters'>,
): Promise<void> {
  const { limit } = exchange
  if (limit === null) return
  const usage = summary?.usage ?? null
  if (isProvidersAnswer(exchange, usage !== null)) {
    const tokens = usage === null ? null : (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
    const costNano = await priceOf(exchange, summary)
    await settleLimits(limit, { costNano, tokens }, platform.limiters)
  } else if (mayBeBilled(exchange)) {
    await settleLimits(limit, { costNano: null, tokens: null }, platform.limiters)
  } else {
    // Requests are counted when they are let in, whatever becomes of them.
    const receipts = limit.receipts.filter(({ unit }) => unit !== 'request')
    await releaseLimits({ receipts }, platform.limiters)
  }
}

/** False for an answer that was given before, or by another call, and for a provider's refusal. */
function isProvidersAnswer({ cache, upstreamStatus }: Exchange, hasUsage: boolean): boolean {
  const isReplay =
    cache?.status === 'hit' || cache?.status === 'coalesced' || cache?.status === 'stale'
  return !isReplay && upstreamStatus !== null && (upstreamStatus < 400 || hasUsage)
}

/** A provider was left while it worked: a model that answers whole sends its headers when it is done, and charges then. */
function mayBeBilled({ attempts, lead }: Exchange): boolean {
  // Who leads for others and leaves does not hear what becomes of the call.
  if (lead !== null && lead.bytesRead === null) return true
  return attempts.some(wasLeft)
}

/** An answer that broke off had begun; an error that broke off is no answer. */
function wasLeft({ error, status }: AttemptFact): boolean {
  if (error === 'broken') return status !== null && status < 400
  return error === 'timeout' || error === 'client_abort'
}

/** The price list is loaded by the first call that is limited by money, not by the gateway. */
async function priceOf(exchange: Exchange, summary: Summary | null): Promise<number | null> {
  if (summary === null) return null
  const { price } = await import('../catalog/price.ts')
  const step = exchange.answered ?? exchange.plan[0]
  return price(summary.usage, {
    provider: step?.target.providerId ?? 'unknown',
    model: exchange.headers.modelOverride ?? summary.modelAnswered ?? summary.modelAsked,
    at: exchange.startedAt,
    costReportedNano: summary.costReportedNano,
    serviceTier: summary.serviceTier,
  }).nanoUsd
}
