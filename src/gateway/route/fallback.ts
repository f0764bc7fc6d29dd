/**
 * `Helicone-Fallbacks` → the ordered targets of a call (contract §2.5), on every surface. Two forms of entry:
 *
 * - `{"target-url", "headers", "onCodes", "bodyKeyOverride"?}`: another target. A list of these is the whole plan; the
 *   request's own target is not tried.
 * - `{"model"}` or `{"bodyKeyOverride"}`, with `onCodes` or not: the request's own target with another body. The request as it
 *   came is tried first, then the entries in order. One entry of this form is enough for that.
 *
 * An entry's headers carry provider keys: no warning, error or log repeats a value of this header.
 */
import type { Config } from '../../env.ts'
import { providerIdOfHost } from '../../providers/index.ts'
import { fail, succeed } from '../errors.ts'
import type { Outcome } from '../errors.ts'
import type { PlannedStep, Target } from '../exchange.ts'
import type { CodeRange, Fallback } from './fallback-header.ts'
import { targetAt } from './target.ts'
import { readTargetAddress } from './target-address.ts'

/** What the plan needs to know of the request. `path` is the provider's, `search` as in `URL`. */
export interface FallbackRequest {
  ownHost: string
  path: string
  search: string
  headers: Headers
}

/** Answers of the request's own target that lead to the first entry, and of an entry that names none. */
export const DEFAULT_CODES: readonly CodeRange[] = [
  { from: 429, to: 429 },
  { from: 500, to: 599 },
]

/**
 * The steps in order. `own` is null where the surface names no target (`gateway.` without `Helicone-Target-URL`), which is
 * an error only when an entry needs it. A target that may not be called refuses the whole call.
 */
export function planFallbacks(
  fallbacks: readonly Fallback[],
  own: Target | null,
  request: FallbackRequest,
  config: Pick<Config, 'allowPrivateTargets'>,
): Outcome<PlannedStep[]> {
  const steps: PlannedStep[] = []
  if (fallbacks.some(({ targetUrl }) => targetUrl === null)) {
    if (own === null) return fail('missing_target', MISSING_TARGET)
    steps.push({
      target: own,
      fallbackIndex: null,
      headers: null,
      override: null,
      movesOn: movesOn(DEFAULT_CODES),
    })
  }
  for (const [fallbackIndex, fallback] of fallbacks.entries()) {
    const target = targetOf(fallback, own, request, config)
    if (!target.ok)
      return fail(target.error.code, `Fallback ${fallbackIndex}: ${target.error.message}`)
    steps.push({
      target: target.value,
      fallbackIndex,
      headers: fallback.headers && headersOf(fallback.headers, request.headers),
      override: fallback.bodyKeyOverride,
      movesOn: movesOn(fallback.onCodes ?? DEFAULT_CODES),
    })
  }
  return succeed(steps)
}

function targetOf(
  fallback: Fallback,
  own: Target | null,
  request: FallbackRequest,
  config: Pick<Config, 'allowPrivateTargets'>,
): Outcome<Target> {
  if (fallback.targetUrl === null) {
    return own === null ? fail('missing_target', MISSING_TARGET) : succeed(own)
  }
  const address = readTargetAddress(fallback.targetUrl, request.ownHost, config)
  if (!address.ok) return address
  // Only the origin counts, as for every target that a caller names.
  const { origin, hostname } = address.value
  const search = origin === own?.origin ? request.search : withoutKey(request.search)
  return succeed(targetAt(providerIdOfHost(hostname), origin, request.path, search))
}

/** Google's keys come in the query: another host must not see them. */
function withoutKey(search: string): string {
  const kept = search
    .slice(1)
    .split('&')
    .filter((part) => !part.startsWith('key='))
  return kept.join('') === '' ? '' : `?${kept.join('&')}`
}

/** The entry's headers replace the request's; only the body's type stays when the entry does not name it. */
function headersOf(entry: Headers, own: Headers): Headers {
  const headers = new Headers()
  for (const [name, value] of entry) {
    if (!name.startsWith('helicone-')) headers.append(name, value)
  }
  const type = own.get('content-type')
  if (!headers.has('content-type') && type !== null) headers.set('content-type', type)
  const encoding = own.get('content-encoding')
  if (!headers.has('content-encoding') && encoding !== null) {
    headers.set('content-encoding', encoding)
  }
  return headers
}

/** No answer at all always leads on: nothing would be left to answer with. */
function movesOn(codes: readonly CodeRange[]): (status: number | null) => boolean {
  return (status) => status === null || codes.some(({ from, to }) => status >= from && status <= to)
}

const MISSING_TARGET =
  'A fallback without "target-url" needs the request\'s own target. Send "Helicone-Target-URL: https://host", or name a "target-url" in each entry.'
