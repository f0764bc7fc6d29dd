/**
 * The request's body as its policies need it: a stream when none does; else held in memory, and cut to the model's context
 * where the caller asked for that. A body that is too big to be held, or finds no room, goes through, and the policies do not apply.
 */
import type { Exchange } from './exchange.ts'
import { asksBodyForUser, holdBytes, mayRepeat } from './policies.ts'
import type { Policies } from './policies.ts'
import { applyContextToBytes, loadContextWindows } from './policy/context-window.ts'
import { userOfBody } from './policy/limit-user.ts'
import { takeBody } from './receive/body.ts'
import type { TakenBody } from './receive/body.ts'
import { askForUsage } from './stream-usage.ts'

export async function prepareBody(exchange: Exchange, policies: Policies): Promise<TakenBody> {
  const taken = await takeBody(exchange, holdBytes(policies, exchange))
  if (taken.kind === 'whole' && taken.bytes !== null) {
    if (asksBodyForUser(policies, exchange)) exchange.headers.userId = userOfBody(taken.bytes)
    return { kind: 'whole', bytes: await change(exchange, policies, taken.bytes) }
  }
  if (taken.kind === 'stream') {
    if (mayRepeat(policies)) exchange.warnings.push(TOO_LARGE)
    if (asksBodyForUser(policies, exchange)) exchange.warnings.push(USER_UNKNOWN)
  }
  return taken
}

/** What is logged is what the client sent; what is compared and sent is this. */
async function change(
  exchange: Exchange,
  { context, streamUsage }: Policies,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const fitted = context === null ? bytes : await fit(exchange, context, bytes)
  return streamUsage ? askForUsage(exchange.dialect, fitted) : fitted
}

async function fit(
  exchange: Exchange,
  handler: NonNullable<Policies['context']>,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const contextOf = await loadContextWindows()
  const { modelOverride } = exchange.headers
  const fitted = applyContextToBytes(handler, exchange.dialect, bytes, contextOf, modelOverride)
  if (fitted.changed || fitted.note === 'cannot_fit') {
    exchange.warnings.push({
      code: `context_${fitted.note}`,
      header: 'Helicone-Token-Limit-Exception-Handler',
      message: `The prompt was estimated at ${fitted.estimatedTokens} tokens for a budget of ${fitted.budgetTokens}.`,
    })
  }
  return fitted.bytes
}

const USER_UNKNOWN = {
  code: 'user_unknown',
  header: null,
  message:
    'The body could not be read for its user, for its size or for want of memory: limits by user did not count the call. Send Helicone-User-Id.',
}

const TOO_LARGE = {
  code: 'body_too_large_for_policies',
  header: null,
  message:
    'The body could not be held, for its size or for want of memory: it was sent once, without retries or fallbacks.',
}
