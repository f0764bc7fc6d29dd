/** Headers that switch something: `true` or `false` in any case. Anything else is off, with a warning. */
import type { Warning } from '../contracts/log-record.ts'
import { badHeader } from './bad-header.ts'

/** `value` undefined: the header was not sent. */
export function readFlag(header: string, value: string | undefined, warnings: Warning[]): boolean {
  if (value === undefined) return false
  const word = value.trim().toLowerCase()
  if (word !== 'true' && word !== 'false') {
    warnings.push(badHeader(header, value, 'true or false'))
  }
  return word === 'true'
}
