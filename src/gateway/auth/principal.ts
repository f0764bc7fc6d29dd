/** Decides who is calling. Fails closed: without a known key nothing is forwarded, unless the operator opted out. */
import { LOCAL_KEY } from '../../env.ts'
import type { Config } from '../../env.ts'
import { elapsed } from '../exchange.ts'
import type { Exchange } from '../exchange.ts'
import { fail, succeed } from '../errors.ts'
import type { Outcome } from '../errors.ts'
import { findKey } from './api-key.ts'
import { lookUpKey } from './key-cache.ts'
import type { KeyStores } from './key-cache.ts'

/** Fills `exchange.principal`; it stays null for an anonymous call that the operator allows. */
export async function authenticate(
  exchange: Exchange,
  config: Config,
  stores: KeyStores,
): Promise<Outcome<void>> {
  const result = await identify(exchange, config, stores)
  exchange.authMs = elapsed(exchange)
  return result.ok || !config.anonymousProxy ? result : succeed(undefined)
}

async function identify(
  exchange: Exchange,
  config: Config,
  stores: KeyStores,
): Promise<Outcome<void>> {
  const { headers, request, surface } = exchange
  const key = findKey(headers.auth, surface.keyInPath, request.headers)
  if (!key.ok) return key
  if (key.value === LOCAL_KEY && config.environment !== 'local') {
    return fail('invalid_key', 'The local development key does not work on a deployed gateway.')
  }
  const state = await lookUpKey(key.value, stores)
  switch (state.kind) {
    case 'valid':
      exchange.principal = state.principal
      return succeed(undefined)
    case 'revoked':
      return fail(
        'revoked_key',
        'This Heliograph key was revoked. Create a new one in the dashboard.',
      )
    case 'unknown':
      return fail(
        'invalid_key',
        'This Heliograph key is not known here. Check it in the dashboard.',
      )
    case 'unavailable':
      return fail('key_check_unavailable', 'The key could not be checked just now. Try again.')
  }
}
