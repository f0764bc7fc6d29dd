/**
 * Compiles a filter tree (contract §4.2) to one SQL condition over `requests`. Every value travels in one JSON array that
 * the statement binds once, so neither the number of conditions nor their content ever touches the SQL text.
 * D1 allows expressions 100 deep: chains of one operator are flattened and joined as a balanced tree.
 */
import type { FilterNode } from '../contracts/filter.ts'
import { FILTER_TABLES } from './filter-columns.ts'
import { compileCondition } from './filter-condition.ts'
import { Values, clip, isRecord, refuse, show } from './filter-value.ts'
import { nearest } from './nearest.ts'

/** Alternations of `and` and `or` below each other. */
export const MAX_FILTER_DEPTH = 64
export const MAX_FILTER_CONDITIONS = 200
/** Branches and leaves together; keeps a tree of empty nodes small. */
const MAX_NODES = 1_000

/** `?1` must be bound to the organisation, `?2` to `values.list` as JSON. */
export interface CompiledFilter {
  sql: string
  values: Values
}

/** Throws `Refusal('invalid_filter')` and nothing else. */
export function compileFilter(filter: FilterNode): CompiledFilter {
  const values = new Values()
  const sql = compileNode(filter, 1, { values, nodes: 0, conditions: 0 })
  return { sql, values }
}

interface Progress {
  values: Values
  nodes: number
  conditions: number
}

type Operator = 'and' | 'or'
interface Branch {
  left: unknown
  operator: Operator
  right: unknown
}

function compileNode(node: unknown, depth: number, progress: Progress): string {
  if (depth > MAX_FILTER_DEPTH)
    refuse(`The filter is nested deeper than ${MAX_FILTER_DEPTH} levels.`)
  const branch = asBranch(node)
  if (branch === null) {
    countNode(progress)
    return compileLeaf(node, progress)
  }
  const operands = flatten(branch, progress)
  return joinBalanced(
    operands.map((operand) => compileNode(operand, depth + 1, progress)),
    branch.operator,
  )
}

/** Operands of a chain of one operator, in order. Iterative: a chain may be longer than the stack is deep. */
function flatten(root: Branch, progress: Progress): unknown[] {
  const operands: unknown[] = []
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const node = pending.pop()
    const branch = asBranch(node)
    if (branch === null || branch.operator !== root.operator) {
      operands.push(node)
      continue
    }
    countNode(progress)
    pending.push(branch.right, branch.left)
  }
  return operands
}

function joinBalanced(conditions: readonly string[], operator: Operator): string {
  if (conditions.length <= 2) return `(${conditions.join(` ${operator} `)})`
  const middle = Math.ceil(conditions.length / 2)
  const left = joinBalanced(conditions.slice(0, middle), operator)
  const right = joinBalanced(conditions.slice(middle), operator)
  return `(${left} ${operator} ${right})`
}

function asBranch(node: unknown): Branch | null {
  if (!isRecord(node)) return null
  const isBranch = ['left', 'operator', 'right'].some((name) => Object.hasOwn(node, name))
  if (!isBranch) return null
  const { left, operator, right } = node
  if (operator !== 'and' && operator !== 'or') {
    refuse(`A filter branch needs "operator": "and" or "or", got ${show(operator)}.`)
  }
  if (left === undefined || right === undefined) {
    refuse(
      `A filter branch needs "left" and "right"; ${left === undefined ? 'left' : 'right'} is missing.`,
    )
  }
  return { left, operator, right }
}

/** A leaf with several keys means all of them. */
function compileLeaf(leaf: unknown, progress: Progress): string {
  if (leaf === 'all') return 'true'
  if (!isRecord(leaf)) {
    refuse(
      `A filter node must be "all", {}, a branch or {table: {column: {operator: value}}}, got ${show(leaf)}.`,
    )
  }
  const conditions: string[] = []
  for (const [tableName, columns] of Object.entries(leaf)) {
    for (const [columnName, operators] of columnsOf(tableName, columns)) {
      const column = findColumn(tableName, columnName)
      const path = `${tableName}.${columnName}`
      for (const condition of compileCondition(column, path, operators, progress.values)) {
        conditions.push(condition)
        countCondition(progress)
      }
    }
  }
  return conditions.length === 0 ? 'true' : joinBalanced(conditions, 'and')
}

function columnsOf(tableName: string, columns: unknown): [string, unknown][] {
  const table = FILTER_TABLES.get(tableName)
  if (table === undefined) {
    refuse(
      `Unknown filter table "${clip(tableName)}"; ${didYouMean(tableName, [...FILTER_TABLES.keys()])}`,
    )
  }
  if (!isRecord(columns) || Object.keys(columns).length === 0) {
    refuse(`Filter table "${tableName}" needs {column: {operator: value}}, got ${show(columns)}.`)
  }
  // `{properties: {key: {operator: value}}}` is the short form of `{properties: {properties: {key: ...}}}`.
  if (tableName === 'properties' && !isNestedMap(columns.properties))
    return [['properties', columns]]
  return Object.entries(columns)
}

function isNestedMap(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length > 0 && Object.values(value).every(isRecord)
}

function findColumn(tableName: string, columnName: string) {
  const table = FILTER_TABLES.get(tableName)
  const path = `${clip(tableName)}.${clip(columnName)}`
  if (table !== undefined && Object.hasOwn(table.columns, columnName)) {
    const column = table.columns[columnName]
    if (column !== undefined) return column
  }
  const valid = Object.keys(table?.columns ?? {})
  if (tableName === 'values') refuse(`Cannot filter by ${path}: prompt inputs are not recorded.`)
  if (table !== undefined && Object.hasOwn(table.unanswerable, columnName)) {
    const reason = table.unanswerable[columnName]
    refuse(`Cannot filter requests by ${path}: ${reason}. ${didYouMean(columnName, valid)}`)
  }
  return refuse(`Unknown filter column ${path}; ${didYouMean(columnName, valid)}`)
}

function didYouMean(name: string, valid: readonly string[]): string {
  return `the nearest valid ones are ${nearest(name, valid).join(', ')}.`
}

function countNode(progress: Progress): void {
  progress.nodes += 1
  if (progress.nodes > MAX_NODES) refuse(`The filter has more than ${MAX_NODES} nodes.`)
}

function countCondition(progress: Progress): void {
  progress.conditions += 1
  if (progress.conditions > MAX_FILTER_CONDITIONS) {
    refuse(`The filter has more than ${MAX_FILTER_CONDITIONS} conditions.`)
  }
}
