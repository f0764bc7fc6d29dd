/** Where a call goes, put together of texts: parsing an address anew for every call is costly. */
import type { Target } from '../exchange.ts'

/**
 * `base`: origin and perhaps a path, as a URL writes itself, without a trailing slash. `path` begins with a slash; its own
 * escapes and doubled slashes stay as the client sent them. `search` as a URL has it.
 */
export function targetAt(
  providerId: string,
  base: string,
  path: string,
  search: string,
  kind: Target['kind'] = 'network',
): Target {
  const start = base.indexOf('/', base.indexOf('//') + 2)
  const origin = start === -1 ? base : base.slice(0, start)
  // Whatever comes behind the origin must not become part of the host.
  const below = path.startsWith('/') ? path : `/${path}`
  const fullPath = start === -1 ? below : base.slice(start) + below
  return { providerId, url: origin + fullPath + search, origin, path: fullPath, kind }
}
