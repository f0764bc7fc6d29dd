/**
 * Where things lie in the R2 bucket. Keys begin with what they hold, then the organisation, then time, so that one
 * organisation's objects, or one day's, can be listed and expired alone. Bodies too big for a pack: `bodies/v1/…`.
 */

/** Packs that found no queue, until the sweep. */
export const SPILL_PREFIX = 'spill/'

/** `logs/v1/<org>/<yyyy>/<mm>/<dd>/<hh>/<digest>.pack`: the log of record, one object per organisation and batch. */
export function packKey(orgId: string, at: number, digest: string): string {
  const hour = new Date(at).toISOString().slice(11, 13)
  return `logs/v1/${orgId}/${dayPath(at)}/${hour}/${digest}.pack`
}

/** `dead/<yyyy>/<mm>/<dd>/<name>`: raw events that nothing could read, kept for a person to look at. */
export function deadKey(at: number, name: string): string {
  return `dead/${dayPath(at)}/${name}`
}

/** Start of every key under which this organisation's big bodies may lie. */
export function bodyPrefix(orgId: string): string {
  return `bodies/v1/${orgId}/`
}

function dayPath(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '/')
}
