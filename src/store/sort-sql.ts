/** Compiles the API's sort object (contract §4.3) to an ORDER BY. Arrival order is the primary key's, so it costs nothing. */
import type { RequestQuery } from '../contracts/api/requests.ts'
import { Refusal } from '../lib/refusal.ts'
import { SORT_COLUMNS } from './filter-columns.ts'
import { propertySql } from './filter-condition.ts'
import { clip, isRecord, show } from './filter-value.ts'
import type { Values } from './filter-value.ts'
import { nearest } from './nearest.ts'

const MAX_SORT_KEYS = 4
const NEWEST_FIRST = 'id desc'

/** Rows without the sorted value come last, ties go newest first. Throws `Refusal('invalid_sort')`. */
export function compileSort(sort: RequestQuery['sort'], values: Values): string {
  const entries = Object.entries(sort ?? {})
  if (entries.length > MAX_SORT_KEYS) refuseSort(`Sort by at most ${MAX_SORT_KEYS} keys.`)
  const terms = entries.flatMap(([key, direction]) => compileKey(key, direction, values))
  if (terms.includes('random()')) return 'random()'
  return terms.some((term) => term.startsWith('id '))
    ? terms.join(', ')
    : [...terms, NEWEST_FIRST].join(', ')
}

function compileKey(key: string, direction: unknown, values: Values): string[] {
  if (key === 'random') return direction === false ? [] : ['random()']
  if (key === 'properties' && isRecord(direction)) {
    return Object.entries(direction).map(([name, way]) =>
      term(propertySql(name, values), `properties.${clip(name)}`, way),
    )
  }
  const column = SORT_COLUMNS.get(key)
  if (column === undefined) {
    const valid = [...SORT_COLUMNS.keys(), 'properties', 'random']
    refuseSort(
      `Cannot sort requests by "${clip(key)}"; the nearest valid keys are ${nearest(key, valid).join(', ')}.`,
    )
  }
  return [term(column, key, direction)]
}

function term(sql: string, key: string, direction: unknown): string {
  if (direction !== 'asc' && direction !== 'desc') {
    refuseSort(`Sort key ${key} needs "asc" or "desc", got ${show(direction)}.`)
  }
  // A sort by id must stay a plain one, or SQLite would not read it off the primary key.
  return sql === 'id' ? `id ${direction}` : `${sql} ${direction} nulls last`
}

function refuseSort(message: string): never {
  throw new Refusal('invalid_sort', message)
}
