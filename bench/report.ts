/** A run as a person reads it, and as a file keeps it. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ROOT } from './build.ts'
import type { Effort, Figures, Finding, Section } from './finding.ts'
import type { Machine } from './machine.ts'

export interface Run {
  /** ISO 8601, UTC. */
  startedAt: string
  seconds: number
  quick: boolean
  machine: Machine
  /** Program that answered the non-stream trials. */
  upstream: string
  /** Null: measured without it, for the reason in `notes`. */
  peer: string | null
  effort: Effort
  notes: string[]
  sections: Section[]
}

/** Writes the run to `bench/results/` and answers the path from the project's root. */
export async function keepRun(run: Run): Promise<string> {
  const folder = join(ROOT, 'bench/results')
  await mkdir(folder, { recursive: true })
  const stamp = run.startedAt.slice(0, 16).replace('T', '-').replace(':', '')
  const path = join(folder, `${stamp}-${run.machine.cores}.json`)
  await writeFile(path, `${JSON.stringify(run, null, 2)}\n`)
  return relative(ROOT, path)
}

export function printSection(section: Section): void {
  for (const { title, rows } of section.tables) {
    console.log(`\n${title}`)
    printRows(rows)
  }
  for (const note of section.notes) console.log(`note: ${note}`)
}

/** Every bar with its figure: met or missed. */
export function printFindings(run: Run): void {
  const findings = run.sections.flatMap((section) => section.findings)
  console.log('\nBars')
  printRows(findings.toSorted(byBar).map(findingRow))
  for (const note of run.notes) console.log(`note: ${note}`)
  const missed = findings.filter(({ met }) => !met).length
  console.log(`\n${findings.length - missed} met, ${missed} missed`)
}

function byBar(a: Finding, b: Finding): number {
  return a.bar.localeCompare(b.bar)
}

function findingRow({ bar, what, measured, limit, met }: Finding): Figures {
  return { bar, '': met ? 'met' : 'MISSED', what, measured, limit }
}

function printRows(rows: readonly Figures[]): void {
  const [first] = rows
  if (first === undefined) return
  const names = Object.keys(first)
  const lines = [names, ...rows.map((row) => names.map((name) => show(row[name] ?? null)))]
  const widths = names.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  for (const [index, line] of lines.entries()) {
    const cells = line.map((cell, column) =>
      align(cell, widths[column] ?? 0, rows[0], names[column]),
    )
    console.log(`  ${cells.join('  ').trimEnd()}`)
    if (index === 0) console.log(`  ${widths.map((width) => '-'.repeat(width)).join('  ')}`)
  }
}

function align(cell: string, width: number, first: Figures | undefined, name = ''): string {
  return typeof first?.[name] === 'string' ? cell.padEnd(width) : cell.padStart(width)
}

function show(value: string | number | null): string {
  return value === null ? '-' : String(value)
}
