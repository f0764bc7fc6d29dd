/** One structured line per event worth an operator's eye. Fields are for machines: ids and codes, never bodies or secrets. */

export type LogFields = Record<string, string | number | boolean | null | readonly string[]>

export function logEvent(level: 'info' | 'warn' | 'error', event: string, fields: LogFields): void {
  const line = JSON.stringify({ level, event, ...fields })
  if (level === 'error') console.error(line)
  else if (level === 'warn') console.warn(line)
  else console.log(line)
}

/** What an unknown thrown value says about itself, bounded. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300)
}
