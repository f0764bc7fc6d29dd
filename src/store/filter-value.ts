/** Values on their way from a filter tree into a statement, and the words for refusing one. */
import { Refusal } from '../lib/refusal.ts'

export const MAX_FILTER_VALUE_LENGTH = 4_096

/** Placeholders of every statement that holds a compiled filter. */
export const ORGANIZATION_PARAMETER = '?1'
export const VALUES_PARAMETER = '?2'

/** Collects bound values; `bind` answers the SQL that reads the value from the statement's JSON parameter. */
export class Values {
  readonly list: (string | number)[] = []

  bind(value: string | number): string {
    if (typeof value === 'string' && value.length > MAX_FILTER_VALUE_LENGTH) {
      refuse(
        `A filter value is ${value.length} characters long; at most ${MAX_FILTER_VALUE_LENGTH} are allowed.`,
      )
    }
    this.list.push(value)
    return `(${VALUES_PARAMETER} ->> ${this.list.length - 1})`
  }
}

export function refuse(message: string): never {
  throw new Refusal('invalid_filter', message)
}

/** A value for a message: short, and never the content of an object. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isRecord(value)) return Object.keys(value).length === 0 ? '{}' : 'an object'
  return clip(JSON.stringify(value))
}

export function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
