/** Organisations that want their callers' mistakes refused: what is else a warning and a default becomes a 400. */
import { fail } from './errors.ts'
import type { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'

/** Warnings that are about a value which cannot be used. */
const BAD_VALUE: ReadonlySet<string> = new Set([
  'invalid_header_value',
  'invalid_rate_limit_policy',
  'request_id_replaced',
])

/** To be asked when all headers have been read. */
export function refuseBadHeaders({ principal, warnings }: Exchange): GatewayError | null {
  if (principal?.settings.strict_headers !== true) return null
  const bad = warnings.filter(({ code }) => BAD_VALUE.has(code))
  if (bad.length === 0) return null
  const messages = bad.map(({ message }) => message).join(' ')
  return fail('invalid_header', `${messages} This organisation has strict headers on.`).error
}
