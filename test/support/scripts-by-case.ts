/**
 * One fake provider for many tests at once: each test names itself in a header that the gateway passes on, and is
 * answered by the scripts that it gave, one after the other.
 */
import { randomUUID } from 'node:crypto'
import type { Script, SeenRequest } from './upstream.ts'

export const CASE_HEADER = 'x-case'

export interface Case {
  /** To send with every call of the test. */
  readonly headers: Readonly<Record<string, string>>
  /** What the provider was asked in this test, oldest first. */
  readonly seen: readonly SeenRequest[]
}

export interface ScriptsByCase {
  /** For `startUpstream`. A request beyond a test's scripts fails the provider's `close()`. */
  readonly script: Script
  open(...scripts: Script[]): Case
}

export function scriptsByCase(): ScriptsByCase {
  const cases = new Map<string, { readonly scripts: Script[]; readonly seen: SeenRequest[] }>()
  return {
    script: (call) => {
      const known = cases.get(call.seen.header(CASE_HEADER) ?? '')
      const script = known?.scripts[known.seen.push(call.seen) - 1]
      if (script === undefined) throw new Error('nothing was planned for this request')
      return script(call)
    },
    open: (...scripts) => {
      const name = randomUUID()
      const seen: SeenRequest[] = []
      cases.set(name, { scripts, seen })
      return { headers: { [CASE_HEADER]: name }, seen }
    },
  }
}
