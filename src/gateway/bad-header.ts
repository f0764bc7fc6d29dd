/** The warning for a header value that cannot be used: names the header, the value where it is no secret, and what is. */
import type { Warning } from '../contracts/log-record.ts'

const MAX_VALUE_CHARACTERS = 60

/** `value` null: it may hold a secret, and is not repeated. `expected` completes "expected …". */
export function badHeader(header: string, value: string | null, expected: string): Warning {
  const shown = value === null ? '' : ` "${value.slice(0, MAX_VALUE_CHARACTERS)}"`
  return {
    code: 'invalid_header_value',
    header,
    message: `${header}${shown} cannot be used: expected ${expected}.`,
  }
}
