/**
 * One column's `{operator: value}` as SQL conditions. Operators by kind (contract §4.2): text has equals, not-equals,
 * like, ilike, contains, not-contains; numbers and times compare; booleans equal. A row without the value never
 * matches, except for the negative operators and `equals "null"`.
 */
import { uuidv7Floor } from '../lib/ids.ts'
import { PROPERTY_COLUMNS } from './filter-columns.ts'
import type { Column, ColumnKind } from './filter-columns.ts'
import { asciiLower, compilePattern } from './filter-pattern.ts'
import { ORGANIZATION_PARAMETER, clip, isRecord, refuse, show } from './filter-value.ts'
import type { Values } from './filter-value.ts'

const COMPARISONS = { equals: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
type Comparison = keyof typeof COMPARISONS

const OPERATORS: Readonly<Record<ColumnKind, readonly string[]>> = {
  text: ['equals', 'not-equals', 'like', 'ilike', 'contains', 'not-contains'],
  'request-id': ['equals', 'not-equals', 'like', 'ilike', 'contains', 'not-contains'],
  'property-map': ['equals', 'not-equals', 'like', 'ilike', 'contains', 'not-contains'],
  number: ['equals', 'not-equals', 'gt', 'gte', 'lt', 'lte'],
  money: ['equals', 'not-equals', 'gt', 'gte', 'lt', 'lte'],
  'score-map': ['equals', 'not-equals', 'gt', 'gte', 'lt', 'lte'],
  arrival: ['equals', 'gt', 'gte', 'lt', 'lte'],
  time: ['equals', 'gt', 'gte', 'lt', 'lte'],
  boolean: ['equals'],
  'property-key': ['equals'],
  'limit-segment': ['equals', 'not-equals'],
}
const NANO_PER_USD = 1e9
const MAX_EPOCH_MS = 8.64e15
const ID_SLACK_MS = 60_000
const ISO_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/

/** `path` is the column's full name, for messages. Throws `Refusal('invalid_filter')`. */
export function compileCondition(
  column: Column,
  path: string,
  operators: unknown,
  values: Values,
): string[] {
  if (!isRecord(operators) || Object.keys(operators).length === 0) {
    refuse(`Filter column ${path} needs {operator: value}, got ${show(operators)}.`)
  }
  if (column.kind === 'property-map' || column.kind === 'score-map') {
    return Object.entries(operators).flatMap(([key, inner]) =>
      compileMapEntry(column, `${path}.${clip(key)}`, key, inner, values),
    )
  }
  return Object.entries(operators).map(([operator, value]) => {
    checkOperator(column.kind, path, operator)
    return compileOne(column, path, operator, value, values)
  })
}

function compileMapEntry(
  column: Column,
  path: string,
  key: string,
  operators: unknown,
  values: Values,
): string[] {
  if (!isRecord(operators) || Object.keys(operators).length === 0) {
    refuse(`Filter column ${path} needs {operator: value}, got ${show(operators)}.`)
  }
  return Object.entries(operators).map(([operator, value]) => {
    checkOperator(column.kind, path, operator)
    if (column.kind === 'property-map') {
      return compileText(propertySql(key, values), path, operator, value, values)
    }
    const sql = `(select scores.value ${column.sql} and scores.name = ${values.bind(key)})`
    return compileNumber(sql, path, operator, value, values, readNumber)
  })
}

function compileOne(
  column: Column,
  path: string,
  operator: string,
  value: unknown,
  values: Values,
): string {
  switch (column.kind) {
    case 'text':
      return compileText(column.sql, path, operator, value, values)
    case 'request-id':
      return compileRequestId(column, path, operator, value, values)
    case 'number':
      return compileNumber(column.sql, path, operator, value, values, readNumber)
    case 'money':
      return compileNumber(column.sql, path, operator, value, values, readMoney)
    case 'arrival':
      return compileArrival(operator as Comparison, readTime(path, value), values)
    case 'time':
      return `${column.sql} ${COMPARISONS[operator as Comparison]} ${values.bind(readTime(path, value))}`
    case 'boolean':
      return value === 'null'
        ? `${column.sql} is null`
        : `${column.sql} = ${readBoolean(path, value)}`
    case 'property-key':
      return `${propertySql(readText(path, value), values)} is not null`
    case 'limit-segment':
      return compileLimitSegment(column, operator, readText(path, value), values)
    case 'property-map':
    case 'score-map':
      return refuse(`Filter column ${path} needs a key: {key: {operator: value}}.`)
  }
}

function compileText(
  sql: string,
  path: string,
  operator: string,
  raw: unknown,
  values: Values,
): string {
  const value = readText(path, raw)
  switch (operator) {
    case 'equals':
      if (value === 'null') return `${sql} is null`
      if (value === '__empty__') return `coalesce(${sql}, '') = ''`
      return `${sql} = ${values.bind(value)}`
    case 'not-equals':
      if (value === 'null') return `${sql} is not null`
      if (value === '__empty__') return `coalesce(${sql}, '') <> ''`
      return `${sql} is not ${values.bind(value)}`
    case 'contains':
      return `instr(lower(${sql}), ${values.bind(asciiLower(value))}) > 0`
    case 'not-contains':
      return `coalesce(instr(lower(${sql}), ${values.bind(asciiLower(value))}), 0) = 0`
    default:
      return compilePattern(sql, path, value, operator === 'ilike', values)
  }
}

/** The id on the wire is the client's own one, else the row's. Spelled so that an index serves either. */
function compileRequestId(
  column: Column,
  path: string,
  operator: string,
  raw: unknown,
  values: Values,
): string {
  const value = readText(path, raw)
  if (operator !== 'equals' || value === 'null' || value === '__empty__') {
    return compileText(column.sql, path, operator, value, values)
  }
  const bound = values.bind(value.toLowerCase())
  const named = `select named.id from requests as named
    where named.org_id = ${ORGANIZATION_PARAMETER} and named.request_id = ${bound}`
  return `(id in (select ${bound} union all ${named}) and ${column.sql} = ${bound})`
}

/** A call may be denied by several limits at once. Only denied ones have their detail read. */
function compileLimitSegment(
  column: Column,
  operator: string,
  value: string,
  values: Values,
): string {
  const segment = `fact.value ->> '$.segment' = ${values.bind(value)}`
  const denied = `(error_code is 'rate_limited' and exists (select 1 ${column.sql} and ${segment}))`
  return operator === 'equals' ? denied : `not ${denied}`
}

function compileNumber(
  sql: string,
  path: string,
  operator: string,
  raw: unknown,
  values: Values,
  read: (path: string, raw: unknown) => number,
): string {
  if (raw === 'null' && operator === 'equals') return `${sql} is null`
  if (raw === 'null' && operator === 'not-equals') return `${sql} is not null`
  const bound = values.bind(read(path, raw))
  if (operator === 'not-equals') return `${sql} is not ${bound}`
  return `${sql} ${COMPARISONS[operator as Comparison]} ${bound}`
}

/**
 * An id begins with its row's time, so a time range is also a range of the primary key: a narrow one reads few rows. The
 * id range is wider than asked for, since a generator of ordered ids may run ahead of the clock by up to that much.
 */
function compileArrival(operator: Comparison, at: number, values: Values): string {
  const bounds: string[] = []
  if (operator !== 'lt' && operator !== 'lte') {
    bounds.push(`id >= ${values.bind(floor(at - ID_SLACK_MS))}`)
  }
  if (operator !== 'gt' && operator !== 'gte') {
    bounds.push(`id < ${values.bind(floor(at + ID_SLACK_MS))}`)
  }
  const time = `created_at ${COMPARISONS[operator]} ${values.bind(at)}`
  return `(${[...bounds, time].join(' and ')})`
}

/** The time in an id has 48 bits. */
function floor(ms: number): string {
  return uuidv7Floor(Math.min(ms, 2 ** 48 - 1))
}

/**
 * Reads one property. Names come as HTTP headers gave them, lower-cased, or as the API set them: the exact name wins.
 * The session's and the prompt's names have columns of their own.
 */
export function propertySql(key: string, values: Values): string {
  const lower = key.toLowerCase()
  const sources = [`json_extract(properties, ${values.bind(jsonPath(key))})`]
  if (lower !== key) sources.push(`json_extract(properties, ${values.bind(jsonPath(lower))})`)
  const column = PROPERTY_COLUMNS.get(lower)
  if (column !== undefined) sources.push(column)
  return sources.length === 1 ? sources.join('') : `coalesce(${sources.join(', ')})`
}

function jsonPath(key: string): string {
  return `$.${JSON.stringify(key)}`
}

function checkOperator(kind: ColumnKind, path: string, operator: string): void {
  const allowed = OPERATORS[kind]
  if (allowed.includes(operator)) return
  refuse(
    `Filter column ${path} does not know the operator "${clip(operator)}"; it knows ${allowed.join(', ')}.`,
  )
}

function readText(path: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return refuse(`Filter column ${path} needs a text value, got ${show(value)}.`)
}

function readNumber(path: string, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  return refuse(`Filter column ${path} needs a number, got ${show(value)}.`)
}

/** Dollars to nano-dollars; rounded to a thousandth of one, so that 0.07 is 70,000,000 and not a bit more. */
function readMoney(path: string, value: unknown): number {
  return Math.round(readNumber(path, value) * NANO_PER_USD * 1e3) / 1e3
}

function readTime(path: string, value: unknown): number {
  const isText = typeof value === 'string' && ISO_TIME.test(value)
  const at = isText ? Date.parse(value) : typeof value === 'number' ? value : Number.NaN
  if (Number.isFinite(at) && Math.abs(at) <= MAX_EPOCH_MS) return Math.trunc(at)
  return refuse(
    `Filter column ${path} needs a time such as "2026-01-31T12:00:00Z", got ${show(value)}.`,
  )
}

function readBoolean(path: string, value: unknown): 0 | 1 {
  if (value === true || value === 'true') return 1
  if (value === false || value === 'false') return 0
  return refuse(`Filter column ${path} needs true or false, got ${show(value)}.`)
}
