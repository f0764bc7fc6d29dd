/**
 * How many tokens fit a model, by its name as a request spells it. Import it dynamically: the table is for the few calls that
 * ask what to do with a prompt that is too long.
 */
import { EXACT, PREFIXES } from './context.gen.ts'

interface Table {
  exact: ReadonlyMap<string, number>
  /** Longest first. */
  prefixes: readonly (readonly [prefix: string, tokens: number])[]
}

let table: Table | null = null

/**
 * Tokens of the context window, prompt and answer together; null when nobody knows the model. Understands a maker in front
 * (`openai/gpt-4o`), a provider behind (`gpt-4o/openai`), dates and versions behind, and OpenAI's fine-tuned names.
 */
export function contextWindowOf(model: string): number | null {
  table ??= readTable()
  const name = model.trim().toLowerCase()
  const parts = name.split('/')
  return find(table, parts.at(-1) ?? '') ?? (parts.length > 1 ? find(table, parts[0] ?? '') : null)
}

function find({ exact, prefixes }: Table, spelled: string): number | null {
  const name = baseName(spelled)
  // As it is spelled first: on Bedrock the colon belongs to the name (`…-v1:0`).
  for (const candidate of [spelled, name, undated(name)]) {
    const tokens = exact.get(candidate)
    if (tokens !== undefined) return tokens
  }
  return prefixes.find(([prefix]) => name.startsWith(prefix))?.[1] ?? null
}

/** `ft:gpt-4o-2024-08-06:team::id` was made of what follows `ft:`; OpenRouter's variants (`:free`) share their model's. */
function baseName(name: string): string {
  const [first = '', second = ''] = name.split(':')
  return first === 'ft' ? second : first
}

function undated(name: string): string {
  return name.replace(/(?:-\d{4}-\d{2}-\d{2}|[-@]\d{8}|@latest|-latest)$/, '')
}

function readTable(): Table {
  return {
    exact: new Map(readRows(EXACT)),
    prefixes: readRows(PREFIXES).toSorted(([a], [b]) => b.length - a.length),
  }
}

function readRows(rows: readonly string[]): (readonly [name: string, tokens: number])[] {
  return rows.flatMap((row) => {
    const [tokens, ...names] = row.split(' ')
    return names.map((name) => [name, Number(tokens)] as const)
  })
}
