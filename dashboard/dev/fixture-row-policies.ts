/** What the policies did with a made-up call: answered from the cache, limited, tried again, fallen back. */
import type { CostFact, RequestExtras } from '../../src/contracts/api/requests.ts'
import type { AttemptFact, CacheStatus } from '../../src/contracts/log-record.ts'
import type { Scene } from './fixture-scenes.ts'

export type RowPolicies = Pick<
  RequestExtras,
  'cache_status' | 'cache_key' | 'saved_ms' | 'saved_usd' | 'fallback_index' | 'limits' | 'timer'
>

export const CACHED: CostFact = {
  nanoUsd: 0,
  source: 'cached',
  priceVersion: null,
  priceProvider: null,
  priceModel: null,
  lines: [],
}

const CACHE_CYCLE: readonly (CacheStatus | null)[] = [
  null,
  'miss',
  null,
  'hit',
  null,
  null,
  'coalesced',
  'miss',
  null,
  'stale',
  'hit',
]

export function makePolicies(scene: Scene, n: number, totalMs: number): RowPolicies {
  const isOk = scene.status === 200
  const status = isOk ? (CACHE_CYCLE[n % CACHE_CYCLE.length] ?? null) : null
  const isGivenAgain = status === 'hit' || status === 'coalesced' || status === 'stale'
  return {
    cache_status: status,
    cache_key: status === null ? null : `00f1c2d3e4b5a697-${String(n).padStart(64, '0')}`,
    saved_ms: isGivenAgain ? totalMs : null,
    saved_usd: isGivenAgain && scene.price !== null ? 0.0041 : null,
    fallback_index: isOk && !isGivenAgain && n % 10 === 7 ? 1 : null,
    limits: n % 3 === 0 ? [] : makeLimits(scene, n),
    timer: scene.status === -2 ? 'headers' : null,
  }
}

function makeLimits(scene: Scene, n: number): RowPolicies['limits'] {
  const isDown = n % 8 === 1
  return [
    {
      policy: '100;w=60;s=user',
      segment: 'user:linus',
      remaining: scene.status === 429 ? 0 : 100 - (n % 100),
      denied: scene.status === 429,
      unavailable: false,
    },
    {
      policy: '5000;w=86400;u=cents',
      segment: 'organization',
      remaining: isDown ? null : 3_120,
      denied: false,
      unavailable: isDown,
    },
  ]
}

export function makeAttempts(
  scene: Scene,
  n: number,
  policies: RowPolicies,
  totalMs: number,
): AttemptFact[] {
  if (policies.saved_ms !== null) return []
  const last = {
    provider: scene.provider,
    targetUrl: scene.origin + scene.path,
    status: scene.status > 0 ? scene.status : null,
    error: scene.status > 0 ? null : 'no response headers in time',
    startedAtMs: 2.4,
    durationMs: totalMs - 3,
    waitMs: 0,
  }
  if (n % 9 !== 4 && policies.fallback_index === null) return [last]
  const reset = { status: null, error: 'connection reset by the provider', durationMs: 41 }
  return [
    { ...last, status: 429, error: null, durationMs: 84 },
    { ...last, ...reset, waitMs: 512, startedAtMs: 598 },
    { ...last, waitMs: 1_043, startedAtMs: 1_682 },
  ]
}
