/**
 * The import table of the house, proved by planting one violation of each rule in a scratch copy and linting that.
 * A rule that no longer bites fails here; so does one that bites what is allowed.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const ROOT = path.resolve(import.meta.dirname, '../..')
// Named, because without a repository around it the linter would walk into the linked node_modules.
const FOLDERS = ['src', 'dashboard', 'scripts']
const IMPORTS = 'eslint(no-restricted-imports)'

interface Plant {
  file: string
  source: string
}
interface Violation extends Plant {
  rule: string
}

const forbidden: [file: string, specifier: string][] = [
  ['src/env.ts', './lib/time.ts'],
  ['src/lib/a.ts', '../dialects/summary.ts'],
  ['src/lib/b.ts', '../env.ts'],
  ['src/contracts/a.ts', '../store/hot.ts'],
  ['src/contracts/b.ts', '../dialects/summary.ts'],
  ['src/dialects/openai-chat/a.ts', '../../providers/index.ts'],
  ['src/dialects/b.ts', '../gateway/errors.ts'],
  ['src/dialects/c.ts', '../env.ts'],
  ['src/dialects/d.ts', 'zod'],
  ['src/providers/a.ts', '../gateway/index.ts'],
  ['src/providers/b.ts', '../store/hot.ts'],
  ['src/providers/c.ts', '../dialects/summary.ts'],
  ['src/catalog/a.ts', 'zod'],
  ['src/catalog/b.ts', '../store/hot.ts'],
  ['src/objects/a.ts', '../gateway/index.ts'],
  ['src/objects/b.ts', '../services/requests/query.ts'],
  ['src/objects/c.ts', '../contracts/log-record.ts'],
  ['src/gateway/a.ts', 'zod'],
  ['src/gateway/b.ts', 'drizzle-orm/d1'],
  ['src/gateway/c.ts', '@hono/zod-openapi'],
  ['src/gateway/d.ts', '../services/keys/find.ts'],
  ['src/gateway/e.ts', '../api/index.ts'],
  ['src/gateway/f.ts', '../ingest/consume.ts'],
  ['src/gateway/g.ts', '../store/schema/accounts.ts'],
  ['src/gateway/h.ts', '../contracts/log-record.ts'],
  ['src/gateway/j.ts', '../objects/live-tail.ts'],
  ['src/gateway/auth/a.ts', 'zod'],
  ['src/gateway/auth/b.ts', 'drizzle-orm'],
  ['src/gateway/auth/c.ts', '../../services/keys/find.ts'],
  ['src/gateway/auth/d.ts', '../../store/d1.ts'],
  ['src/gateway/auth/e.ts', '../receive/headers.ts'],
  ['src/gateway/auth/f.ts', '../pipeline.ts'],
  ['src/gateway/auth/g.ts', '../../store/bodies.ts'],
  ['src/store/a.ts', '../gateway/index.ts'],
  ['src/store/b.ts', '../services/keys/find.ts'],
  ['src/store/c.ts', '../contracts/log-record.ts'],
  ['src/store/schema/d.ts', '../../api/index.ts'],
  ['src/services/requests/a.ts', 'hono'],
  ['src/services/requests/b.ts', '../../api/index.ts'],
  ['src/services/requests/c.ts', '../../gateway/errors.ts'],
  ['src/ingest/a.ts', '../gateway/errors.ts'],
  ['src/ingest/b.ts', '../api/index.ts'],
  ['src/ingest/intake/c.ts', '../../gateway/errors.ts'],
  ['src/api/a.ts', '../store/d1.ts'],
  ['src/api/b.ts', 'drizzle-orm'],
  ['src/api/c.ts', '../gateway/errors.ts'],
  ['src/jobs/a.ts', '../store/d1.ts'],
  ['src/jobs/b.ts', '../api/index.ts'],
  ['dashboard/src/a.ts', '../../src/contracts/log-record.ts'],
  ['dashboard/src/features/b.ts', '../../../src/lib/time.ts'],
  ['dashboard/src/features/requests/c.ts', '../../../../src/services/requests/query.ts'],
]

const violations: Violation[] = [
  ...forbidden.map(([file, specifier]) => ({ file, source: imports(specifier), rule: IMPORTS })),
  { file: 'src/lib/default.ts', source: 'export default 1\n', rule: 'import(no-default-export)' },
  {
    file: 'dashboard/src/default.tsx',
    source: 'export default 1\n',
    rule: 'import(no-default-export)',
  },
  {
    file: 'src/gateway/lazy.ts',
    source: 'export const a = () => import("../services/keys/find.ts")\n',
    rule: IMPORTS,
  },
  { file: 'src/lib/any.ts', source: 'export let a: any\n', rule: 'typescript(no-explicit-any)' },
  {
    file: 'src/lib/bang.ts',
    source: 'export const a = (b: string[] | null): string[] => b!\n',
    rule: 'typescript(no-non-null-assertion)',
  },
  {
    file: 'src/lib/floating.ts',
    source: 'export function a(): void {\n  fetch("http://localhost")\n}\n',
    rule: 'typescript(no-floating-promises)',
  },
  {
    file: 'scripts/floating.ts',
    source: 'import { readFile } from "node:fs/promises"\n\nreadFile("x")\n',
    rule: 'typescript(no-floating-promises)',
  },
  { file: 'src/api/talk.ts', source: 'console.log("a")\n', rule: 'eslint(no-console)' },
  { file: 'src/lib/talk.ts', source: 'console.error("a")\n', rule: 'eslint(no-console)' },
  {
    file: 'src/lib/cycle-a.ts',
    source: 'import { b } from "./cycle-b.ts"\n\nexport const a = (): number => b()\n',
    rule: 'import(no-cycle)',
  },
  { file: 'src/lib/code.ts', source: 'export const a = eval("1")\n', rule: 'eslint(no-eval)' },
  {
    file: 'dashboard/src/html.tsx',
    source:
      'export const A = (): unknown => <p dangerouslySetInnerHTML={{ __html: location.hash }} />\n',
    rule: 'react(no-danger)',
  },
]

const allowed: Plant[] = [
  { file: 'src/index.ts', source: `${imports('./gateway/index.ts')}export default {}\n` },
  { file: 'src/lib/log.ts', source: 'console.error("a")\n' },
  { file: 'src/gateway/ok-a.ts', source: types('../contracts/log-record.ts') },
  { file: 'src/gateway/ok-b.ts', source: imports('../store/hot.ts') },
  {
    file: 'src/gateway/ok-c.ts',
    source: 'export const a = () => import("../dialects/summary.ts")\n',
  },
  { file: 'src/gateway/record/ok-d.ts', source: imports('../../store/spill.ts') },
  { file: 'src/gateway/cache/ok-l.ts', source: imports('../../store/response-cache.ts') },
  { file: 'src/gateway/record/ok-e.ts', source: imports('../exchange.ts') },
  { file: 'src/gateway/record/ok-f.ts', source: types('../../contracts/log-record.ts') },
  { file: 'src/gateway/auth/ok-g.ts', source: imports('./key-cache.ts') },
  { file: 'src/store/ok-h.ts', source: types('../contracts/log-record.ts') },
  { file: 'src/ingest/ok-i.ts', source: imports('../services/requests/present.ts') },
  { file: 'src/api/ok-j.ts', source: imports('../services/requests/query.ts') },
  { file: 'dashboard/src/ok-k.ts', source: types('../../src/contracts/api/session.ts') },
]

const helpers: Plant[] = [
  {
    file: 'src/lib/cycle-b.ts',
    source: 'import { a } from "./cycle-a.ts"\n\nexport const b = (): number => a()\n',
  },
]

let scratch = ''
let found = new Map<string, Set<string>>()

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'heliograph-lint-'))
  for (const name of [
    '.oxlintrc.json',
    'tsconfig.json',
    'tsconfig.node.json',
    'scripts/tsconfig.json',
  ]) {
    await cp(path.join(ROOT, name), path.join(scratch, name))
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(scratch, 'node_modules'), 'dir')
  for (const plant of [...violations, ...allowed, ...helpers]) await write(plant)
  found = await lint()
}, 60_000)

afterAll(() => rm(scratch, { recursive: true, force: true }))

describe('the linter refuses', () => {
  test.each(violations)('$rule in $file', ({ file, rule }) => {
    expect([...(found.get(file) ?? [])]).toContain(rule)
  })
})

describe('the linter allows', () => {
  test.each(allowed)('$file', ({ file }) => {
    expect([...(found.get(file) ?? [])]).toEqual([])
  })
})

/** Statements that use what they import, so that no other rule speaks up. */
function imports(specifier: string): string {
  return `import { thing } from '${specifier}'\n\nexport const other = thing\n`
}

function types(specifier: string): string {
  return `import type { Thing } from '${specifier}'\n\nexport type Other = Thing\n`
}

async function write({ file, source }: Plant): Promise<void> {
  const target = path.join(scratch, file)
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, source)
}

async function lint(): Promise<Map<string, Set<string>>> {
  const oxlint = path.join(ROOT, 'node_modules/oxlint/bin/oxlint')
  const report = await run(
    process.execPath,
    [oxlint, '--type-aware', '--format', 'json', ...FOLDERS],
    {
      cwd: scratch,
      maxBuffer: 64 * 1024 * 1024,
    },
  ).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  )
  const { diagnostics } = JSON.parse(report) as {
    diagnostics: { filename: string; code: string }[]
  }
  const byFile = new Map<string, Set<string>>()
  for (const { filename, code } of diagnostics) {
    const file = path.isAbsolute(filename) ? path.relative(scratch, filename) : filename
    byFile.set(file, (byFile.get(file) ?? new Set()).add(code))
  }
  return byFile
}
