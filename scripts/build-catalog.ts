/**
 * Writes src/catalog/context.gen.ts: how many tokens fit each model, from the data of genai-prices. The makers' own lists
 * come first; where hosts disagree about a model that no maker lists, the largest number holds: cutting a prompt that would
 * have fitted is worse than the provider's own error. `--check` only compares.
 */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { findProvider } from '@pydantic/genai-prices'
import type { MatchLogic, ModelInfo } from '@pydantic/genai-prices'

export const CATALOG_FILE = path.resolve(import.meta.dirname, '../src/catalog/context.gen.ts')

const MAKERS = ['openai', 'anthropic', 'google', 'x-ai', 'mistral', 'deepseek', 'cohere']
const MORE_MAKERS = ['moonshotai', 'zai', 'minimax', 'perplexity']
const RESELLERS = ['groq', 'cerebras', 'fireworks', 'novita', 'avian', 'azure', 'aws', 'openrouter']

interface Names {
  exact: string[]
  prefixes: string[]
}
interface Windows {
  exact: Map<string, number>
  prefixes: Map<string, number>
}

/** The module's text. */
export function contextModule(): string {
  const windows: Windows = { exact: new Map(), prefixes: new Map() }
  for (const list of [...MAKERS, ...MORE_MAKERS]) addList(windows, list, (known) => known)
  const made: Windows = { exact: new Map(windows.exact), prefixes: new Map(windows.prefixes) }
  for (const list of RESELLERS) {
    addList(windows, list, (known, offered, name, kind) =>
      made[kind].has(name) ? known : Math.max(known, offered),
    )
  }
  return [
    '/** Made by scripts/build-catalog.ts from genai-prices: tokens that fit a model, prompt and answer together. */',
    ...rows('EXACT', windows.exact),
    ...rows('PREFIXES', windows.prefixes),
    '',
  ].join('\n')
}

/** `settle` decides between the number that is known and another list's. */
function addList(
  windows: Windows,
  list: string,
  settle: (known: number, offered: number, name: string, kind: keyof Windows) => number,
): void {
  for (const model of findProvider({ providerId: list })?.models ?? []) {
    const offered = model.context_window
    if (offered === undefined) continue
    const names = namesOf(model)
    for (const kind of ['exact', 'prefixes'] as const) {
      for (const name of names[kind]) {
        const known = windows[kind].get(name)
        windows[kind].set(name, known === undefined ? offered : settle(known, offered, name, kind))
      }
    }
  }
}

function namesOf(model: ModelInfo): Names {
  const names: Names = { exact: [bare(model.id)], prefixes: [] }
  collect(model.match, names)
  return names
}

/** Only what is plainly a name or its beginning; conditions (`and`, regex, contains) would match too much here. */
function collect(match: MatchLogic, names: Names): void {
  if ('or' in match) for (const one of match.or) collect(one, names)
  else if ('equals' in match) names.exact.push(bare(match.equals))
  else if ('starts_with' in match) names.prefixes.push(bare(match.starts_with))
}

/** As the lookup asks: lower case, without the maker in front. */
function bare(name: string): string {
  const lower = name.toLowerCase()
  return lower.slice(lower.lastIndexOf('/') + 1)
}

/** One line for each window, with its names: smaller than an object, and read only when needed. */
function rows(constant: string, windows: ReadonlyMap<string, number>): string[] {
  const groups = Map.groupBy([...windows].toSorted(byName), ([, tokens]) => tokens)
  const lines = [...groups]
    .toSorted(([a], [b]) => a - b)
    .map(([tokens, entries]) => `  '${tokens} ${entries.map(([name]) => name).join(' ')}',`)
  return [`export const ${constant} = [`, ...lines, ']']
}

function byName([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : 1
}

if (import.meta.main) {
  const text = contextModule()
  if (!process.argv.includes('--check')) {
    await writeFile(CATALOG_FILE, text)
  } else if ((await readFile(CATALOG_FILE, 'utf8')) !== text) {
    process.stderr.write('src/catalog/context.gen.ts is stale: run node scripts/build-catalog.ts\n')
    process.exitCode = 1
  }
}
