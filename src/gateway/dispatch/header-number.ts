/** Numbers in policy headers: a bad one leaves a warning and the default, one too large is held at the most. */
import type { Warning } from '../../contracts/log-record.ts'
import { badHeader } from '../bad-header.ts'

export interface NumberRule {
  header: string
  /** The same as headers are kept: lower-cased. */
  key: string
  least: number
  most: number
  isWhole: boolean
}

export function wholeNumber(header: string, least: number, most: number): NumberRule {
  return { header, key: header.toLowerCase(), least, most, isWhole: true }
}

/** The header's number, or null when it is absent or cannot be used. `policy` is by lower-cased name. */
export function readNumber(
  policy: ReadonlyMap<string, string>,
  rule: NumberRule,
  warnings: Warning[],
): number | null {
  const value = policy.get(rule.key)?.trim()
  if (value === undefined) return null
  const number = /^\d{1,12}(?:\.\d{1,9})?$/.test(value) ? Number(value) : NaN
  const isRead = number >= rule.least && (!rule.isWhole || Number.isInteger(number))
  if (isRead && number <= rule.most) return number
  const kind = rule.isWhole ? 'a whole number' : 'a number'
  warnings.push(badHeader(rule.header, value, `${kind} from ${rule.least} to ${rule.most}`))
  return isRead ? rule.most : null
}
