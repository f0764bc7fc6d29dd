/** Runs a program to its end. */
import { execFile } from 'node:child_process'

export interface Ran {
  readonly code: number
  /** Both streams. */
  readonly output: string
}

const LIMIT_MS = 30_000

export function run(
  program: string,
  parameters: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, [...parameters], { timeout: LIMIT_MS, ...options }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, output: out + err })
    })
  })
}
