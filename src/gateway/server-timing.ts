/**
 * The `Server-Timing` header (W3C): where the time went until the headers left, in ms. The parts do not overlap, so
 * `gateway` is what was neither the cache's, nor the limits', nor the provider's. Behind a stream's headers nothing can be
 * added: `ttft` is there when the first bytes were.
 */
import { elapsed } from './exchange.ts'
import type { Exchange } from './exchange.ts'

export function serverTiming(exchange: Exchange): string {
  const { attempts, cacheMs, cache, flow, limitMs } = exchange
  const now = elapsed(exchange)
  const [first] = attempts
  // Whatever is waited for from the first attempt on is the provider's: its headers, retries, first or last bytes.
  const upstreamMs = first === undefined ? 0 : (flow.lastByteMs ?? now) - first.startedAtMs
  const parts = [entry('gateway', now - upstreamMs - (cacheMs ?? 0) - (limitMs ?? 0))]
  if (cacheMs !== null) parts.push(`${entry('cache', cacheMs)};desc=${cache?.status ?? 'refused'}`)
  if (limitMs !== null) parts.push(entry('limit', limitMs))
  if (first !== undefined) parts.push(entry('upstream', upstreamMs))
  if (first !== undefined && flow.firstByteMs !== null) {
    parts.push(entry('ttft', flow.firstByteMs))
  }
  return parts.join(', ')
}

function entry(name: string, ms: number): string {
  return `${name};dur=${Math.max(0, Math.round(ms * 100) / 100)}`
}
