/** Whose counter it is: `organization`, `user:ann`, `key:<id>`, `<property>:<value>`. */
import type { ApiKeyRow } from '../../../../src/contracts/api/session.ts'
import { formatToken } from '../requests/filter.ts'
import type { RequestsSearch } from '../requests/search.ts'

export type SegmentKind = 'organization' | 'user' | 'key' | 'property'

export interface Segment {
  kind: SegmentKind
  /** Name of the property, else of the kind. */
  label: string
  value: string
}

/** Keys are shown by name where it is known. */
export function readSegment(text: string, keys: readonly ApiKeyRow[] = []): Segment {
  const colon = text.indexOf(':')
  if (colon === -1) return { kind: 'organization', label: 'organisation', value: 'Organisation' }
  const label = text.slice(0, colon)
  const value = text.slice(colon + 1)
  if (label === 'user') return { kind: 'user', label, value }
  if (label !== 'key') return { kind: 'property', label, value }
  return { kind: 'key', label, value: keys.find(({ id }) => id === value)?.name ?? value }
}

/** The requests that limits of ours denied to the segment, as the requests page finds them. */
export function deniedSearch(segment: string): RequestsSearch {
  const token = formatToken({ field: 'limited', key: null, value: segment, excluded: false })
  return { f: [token], range: '1h' }
}
