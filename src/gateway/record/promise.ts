/**
 * The promise of exactly one record: made before the provider is called, kept by the first `close`, whoever calls it.
 * An anonymous call promises nothing.
 */
import { STATUS_CLIENT_ABORT, STATUS_STREAM_BROKEN, STATUS_TIMEOUT } from '../../lib/statuses.ts'
import type { Outcome } from '../../contracts/log-record.ts'
import type { GatewayError } from '../errors.ts'
import { ERROR_CODES } from '../errors.ts'
import { elapsed } from '../exchange.ts'
import type { Ending, Exchange } from '../exchange.ts'
import type { Platform } from '../platform.ts'
import { recordExchange } from './record.ts'

/** Ends the exchange; calls after the first do nothing. */
export type Close = (
  how: 'complete' | 'client_abort' | 'stream_broken' | 'timeout' | 'gateway_error',
  error: GatewayError | null,
) => void

export function promiseRecord(exchange: Exchange, platform: Platform): Close {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const { principal } = exchange
  if (principal !== null) {
    const work = promise.then((ending) => recordExchange(exchange, principal, ending, platform))
    platform.background('record', work)
  }
  return (how, error) => {
    if (exchange.ending !== null) return
    exchange.ending = {
      ...outcomeOf(how, exchange, error),
      errorCode: error?.code ?? null,
      totalMs: elapsed(exchange),
    }
    resolve(exchange.ending)
  }
}

function outcomeOf(
  how: Parameters<Close>[0],
  exchange: Exchange,
  error: GatewayError | null,
): { outcome: Outcome; status: number } {
  switch (how) {
    case 'complete': {
      const status = exchange.answeredStatus ?? 200
      return { outcome: status >= 400 ? 'provider_error' : 'success', status }
    }
    case 'client_abort':
      return { outcome: 'client_abort', status: STATUS_CLIENT_ABORT }
    case 'stream_broken':
      return { outcome: 'stream_broken', status: STATUS_STREAM_BROKEN }
    case 'timeout':
      return { outcome: 'timeout', status: STATUS_TIMEOUT }
    case 'gateway_error':
      return { outcome: 'gateway_error', status: error ? ERROR_CODES[error.code].status : 500 }
  }
}
