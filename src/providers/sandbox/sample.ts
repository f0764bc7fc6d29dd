/**
 * Writes a value that a JSON Schema accepts, the way a model would: enums take their first value,
 * strings say something of the prompt, recursion ends as early as the schema allows. Handles what
 * structured outputs and tools use, `$ref` included. Throws `Failure` 400 for a schema that has no
 * small value.
 */
import { Failure } from './failure.ts'
import { isObject, listOf, objectOf, stringOf, type JsonObject } from './json.ts'
import { stringForPattern } from './pattern.ts'

const DEEPEST = 40
const MOST_VALUES = 2_000
const LONGEST_STRING = 4_096
/** From this depth on, only what the schema demands is written. */
const FRUGAL_DEPTH = 5

interface Sampling {
  readonly root: unknown
  readonly topic: string
  valuesLeft: number
}

/** `topic` is a word or two of the prompt that free strings are made of. */
export function sampleSchema(schema: unknown, topic: string): unknown {
  return sample(schema, '', 0, { root: schema, topic, valuesLeft: MOST_VALUES })
}

function sample(raw: unknown, name: string, depth: number, run: Sampling): unknown {
  if (depth > DEEPEST || run.valuesLeft-- <= 0) {
    throw new Failure(
      400,
      'The schema is too deep or too large for the sandbox.',
      'response_format',
    )
  }
  const schema = flatten(raw, run, 0)
  if ('const' in schema) return schema['const']
  const choices = listOf(schema['enum'])
  if (choices.length > 0) return choices[0]
  const branches = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])]
  if (branches.length > 0) {
    const { anyOf: _any, oneOf: _one, ...rest } = schema
    const branch = flatten(pickBranch(branches, depth, run), run, 0)
    return sample(merge(rest, branch), name, depth + 1, run)
  }
  const example = listOf(schema['examples'])[0]
  if (example !== undefined) return example
  if (schema['default'] !== undefined && schema['default'] !== null) return schema['default']
  return sampleType(typeOf(schema), schema, name, depth, run)
}

function sampleType(
  type: string,
  schema: JsonObject,
  name: string,
  depth: number,
  run: Sampling,
): unknown {
  if (type === 'object') return sampleObject(schema, depth, run)
  if (type === 'array') return sampleArray(schema, name, depth, run)
  if (type === 'integer') return sampleNumber(schema, 1)
  if (type === 'number') return sampleNumber(schema, 0)
  if (type === 'boolean') return true
  return type === 'null' ? null : sampleString(schema, name, run.topic)
}

/** Resolves `$ref` and folds `allOf` into one schema. */
function flatten(raw: unknown, run: Sampling, hops: number): JsonObject {
  let schema = objectOf(raw)
  if (hops > DEEPEST) throw new Failure(400, 'The schema refers to itself without end.', 'schema')
  const reference = stringOf(schema['$ref'])
  if (reference !== null) {
    const { $ref: _ref, ...rest } = schema
    schema = merge(flatten(resolve(reference, run.root), run, hops + 1), rest)
  }
  const parts = listOf(schema['allOf'])
  if (parts.length === 0) return schema
  const { allOf: _all, ...rest } = schema
  return parts.reduce<JsonObject>((whole, part) => merge(whole, flatten(part, run, hops + 1)), rest)
}

function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) {
    throw new Failure(400, `The schema's reference '${reference}' is not local.`, 'schema')
  }
  const steps = reference.slice(1).split('/').slice(1)
  return steps.reduce<unknown>((node, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return Array.isArray(node) ? node[Number(key)] : objectOf(node)[key]
  }, root)
}

function merge(left: JsonObject, right: JsonObject): JsonObject {
  const properties = { ...objectOf(left['properties']), ...objectOf(right['properties']) }
  const required = [...listOf(left['required']), ...listOf(right['required'])]
  return {
    ...left,
    ...right,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  }
}

function pickBranch(branches: readonly unknown[], depth: number, run: Sampling): unknown {
  const isNull = (branch: unknown): boolean => typeOf(flatten(branch, run, 0)) === 'null'
  const isPlain = (branch: unknown): boolean =>
    !['object', 'array'].includes(typeOf(flatten(branch, run, 0)))
  if (depth >= FRUGAL_DEPTH) return branches.find(isNull) ?? branches.find(isPlain) ?? branches[0]
  return branches.find((branch) => !isNull(branch)) ?? branches[0]
}

function typeOf(schema: JsonObject): string {
  const named = listOf(schema['type']).filter((type) => typeof type === 'string')
  const type = stringOf(schema['type']) ?? named.find((each) => each !== 'null') ?? named[0]
  if (type !== undefined) return type
  if (isObject(schema['properties'])) return 'object'
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return 'array'
  return schema['minimum'] !== undefined || schema['maximum'] !== undefined ? 'number' : 'string'
}

function sampleObject(schema: JsonObject, depth: number, run: Sampling): unknown {
  const properties = objectOf(schema['properties'])
  const required = listOf(schema['required']).filter((key) => typeof key === 'string')
  const keys = required.length > 0 || depth >= FRUGAL_DEPTH ? required : Object.keys(properties)
  // Null prototype: a property named `__proto__` is a property like any other.
  const value = Object.create(null) as Record<string, unknown>
  for (const key of new Set(keys)) {
    value[key] = sample(properties[key] ?? schema['additionalProperties'], key, depth + 1, run)
  }
  const least = Math.min(numberAt(schema, 'minProperties') ?? 0, MOST_VALUES)
  for (let index = 1; Object.keys(value).length < least; index++) {
    value[`key${index}`] = sample(schema['additionalProperties'], 'value', depth + 1, run)
  }
  return value
}

function sampleArray(schema: JsonObject, name: string, depth: number, run: Sampling): unknown[] {
  const least = Math.min(numberAt(schema, 'minItems') ?? 0, MOST_VALUES)
  const wanted = depth >= FRUGAL_DEPTH ? least : Math.max(least, 1)
  const most = numberAt(schema, 'maxItems') ?? wanted
  const prefix = listOf(schema['prefixItems'])
  const length = Math.max(Math.min(wanted, most), depth >= FRUGAL_DEPTH ? 0 : prefix.length)
  return Array.from({ length: Math.max(length, Math.min(prefix.length, least)) }, (_, index) =>
    sample(prefix[index] ?? schema['items'], singular(name), depth + 1, run),
  )
}

function singular(name: string): string {
  return name.endsWith('s') ? name.slice(0, -1) : name
}

function numberAt(schema: JsonObject, key: string): number | null {
  const value = schema[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** `grain` is 1 for integers. Without bounds the answer is 1, a number that means little. */
function sampleNumber(schema: JsonObject, grain: 0 | 1): number {
  const step = numberAt(schema, 'multipleOf') ?? grain
  const above = numberAt(schema, 'exclusiveMinimum')
  const below = numberAt(schema, 'exclusiveMaximum')
  const nudge = step || 0.5
  const low = Math.max(
    numberAt(schema, 'minimum') ?? -Infinity,
    above === null ? -Infinity : above + nudge,
  )
  const high = Math.min(
    numberAt(schema, 'maximum') ?? Infinity,
    below === null ? Infinity : below - nudge,
  )
  if (low > high && above !== null && below !== null) return (above + below) / 2
  const value = Math.min(Math.max(1, low), high)
  if (step === 0) return value
  const up = Math.ceil(value / step) * step
  return up <= high ? up : Math.floor(high / step) * step
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-15T09:30:00Z',
  date: '2026-01-15',
  time: '09:30:00Z',
  duration: 'P1D',
  email: 'ada@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '018f4e9a-7c1e-7d3a-9b5e-2f6c8d0a1b3c',
}

function sampleString(schema: JsonObject, name: string, topic: string): string {
  const format = FORMATS[stringOf(schema['format']) ?? '']
  if (format !== undefined) return format
  const pattern = stringOf(schema['pattern'])
  const fitting = pattern === null ? null : stringForPattern(pattern)
  if (fitting !== null) return fitting
  const least = Math.min(numberAt(schema, 'minLength') ?? 0, LONGEST_STRING)
  const most = Math.min(numberAt(schema, 'maxLength') ?? LONGEST_STRING, LONGEST_STRING)
  const text = topic || name || 'sandbox'
  return text.padEnd(least, '.').slice(0, most)
}
