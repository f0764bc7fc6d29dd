/** The made-up side of caching, rate limits and settings: enough state that what one page changes, it shows. */
import type { CacheEntry, CacheOverview, CachePoint } from '../../src/contracts/api/cache.ts'
import type {
  LiveLimit,
  RateLimitRule,
  RateLimitRuleInput,
} from '../../src/contracts/api/rate-limits.ts'
import type { RequestRow } from '../../src/contracts/api/requests.ts'
import type { OrgSettings, OrgSettingsPatch } from '../../src/contracts/api/settings.ts'

export interface PolicyState {
  rules: RateLimitRule[]
  settings: OrgSettings
  purged: Set<string>
}

export type Answer = { status: number; value: unknown } | null

const SETTLES_SECONDS = 60
const HOUR_MS = 3_600_000
const BUCKETS = 48

export function makePolicyState(): PolicyState {
  return {
    rules: [
      makeRule('r1', {
        name: 'Fair use',
        quota: 100,
        window_seconds: 60,
        unit: 'request',
        segment: 'user',
      }),
      makeRule('r2', { name: 'Daily budget', quota: 5_000, window_seconds: 86_400, unit: 'cents' }),
      makeRule('r3', {
        name: '',
        quota: 2_000_000,
        window_seconds: 3_600,
        unit: 'tokens',
        segment: 'plan',
      }),
    ],
    settings: {
      strict_headers: false,
      limits_on_cache_hits: false,
      limits_fail_closed: 'spend',
      timeout_connect_ms: null,
      timeout_first_token_ms: 30_000,
      timeout_idle_ms: null,
      timeout_total_ms: null,
    },
    purged: new Set(),
  }
}

/** Null when the route is not of these. */
export function answerPolicies(
  state: PolicyState,
  rows: readonly RequestRow[],
  method: string,
  url: URL,
  body: Record<string, unknown>,
): Answer {
  const { pathname } = url
  const ok = (data: unknown): Answer => ({ status: 200, value: { data, error: null } })
  if (pathname === '/api/settings') {
    if (method === 'PATCH') {
      if (body['timeout_total_ms'] === 13)
        return { status: 400, value: { error: 'Thirteen is bad luck.' } }
      state.settings = { ...state.settings, ...(body as OrgSettingsPatch) } as OrgSettings
    }
    return ok(state.settings)
  }
  if (pathname === '/api/rate-limits/live')
    return ok(rows.length === 0 ? [] : liveLimits(Date.now()))
  if (pathname === '/api/cache/overview') {
    const [from, to] = ['from', 'to'].map((name) => Number(url.searchParams.get(name)))
    return ok(overview(state, rows, from ?? 0, to ?? 0))
  }
  if (pathname.startsWith('/v1/cache')) return ok(purge(state, url))
  if (!pathname.startsWith('/v1/rate-limits')) return null
  return ok(
    changeRules(state, method, pathname.split('/')[3], body as unknown as RateLimitRuleInput),
  )
}

function changeRules(
  state: PolicyState,
  method: string,
  id: string | undefined,
  input: RateLimitRuleInput,
): unknown {
  if (method === 'GET') return state.rules
  if (method === 'DELETE') {
    state.rules = state.rules.filter((rule) => rule.id !== id)
    return null
  }
  const rule = makeRule(id ?? `r${String(Date.now())}`, input)
  state.rules =
    method === 'PUT'
      ? state.rules.map((each) => (each.id === id ? rule : each))
      : [...state.rules, rule]
  return rule
}

function makeRule(id: string, input: RateLimitRuleInput): RateLimitRule {
  const segment = input.segment ?? null
  const unit = input.unit === 'request' ? '' : `;u=${input.unit}`
  const at = new Date().toISOString()
  return {
    ...input,
    id,
    segment,
    policy: `${String(input.quota)};w=${String(input.window_seconds)}${unit}${segment === null ? '' : `;s=${segment}`}`,
    created_at: at,
    updated_at: at,
  }
}

const SEGMENTS: readonly [
  policy: string,
  segment: string,
  share: number,
  calls: number,
  denied: number,
][] = [
  ['100;w=60;s=user', 'user:ada@northwind.dev', 0.04, 1_284, 37],
  ['100;w=60;s=user', 'user:svc-billing', 0, 942, 118],
  ['5000;w=86400;u=cents', 'organization', 0.41, 3_870, 0],
  ['100;w=60;s=user', 'user:linus', 0.82, 611, 0],
  ['2000000;w=3600;u=tokens;s=plan', 'plan:enterprise', 0.63, 402, 0],
  ['2000000;w=3600;u=tokens;s=plan', 'plan:free', 0.19, 377, 4],
  ['100;w=60;s=user', 'user:grace.hopper', 0.97, 84, 0],
  ['1000;w=3600;s=key', 'key:k2', Number.NaN, 51, 0],
]

function liveLimits(now: number): LiveLimit[] {
  return SEGMENTS.map(([policy, segment, share, calls, denied], at) => {
    const [, quota, seconds, unit = 'request'] = /^(\d+);w=(\d+)(?:;u=(\w+))?/.exec(policy) ?? []
    const limit = Number(quota)
    const wave = Math.sin(now / 9_000 + at) * 0.03
    const left = Math.max(0, Math.min(1, share + (share === 0 ? 0 : wave)))
    return {
      policy,
      segment,
      unit: unit as LiveLimit['unit'],
      limit,
      remaining: Number.isNaN(share) ? null : Math.floor(limit * left),
      resetSeconds: Number.isNaN(share) ? null : Math.ceil(Number(seconds) * (1 - left)),
      reservations: Number.isNaN(share) ? null : at % 3,
      calls,
      denied,
      unavailable: Number.isNaN(share) ? 3 : 0,
      lastAt: now - at * 4_000,
      lastDeniedAt: denied === 0 ? null : now - at * 95_000 - 12_000,
    }
  })
}

function purge(state: PolicyState, url: URL): unknown {
  const key = url.pathname.split('/')[3]
  const seed = url.searchParams.get('seed')
  state.purged.add(key ?? (seed === null ? 'all' : `seed:${seed}`))
  const purged = key === undefined ? (seed === null ? 'organization' : 'seed') : 'key'
  return { purged, settlesWithinSeconds: SETTLES_SECONDS }
}

/** Office hours are busy, nights are not. */
function overview(
  state: PolicyState,
  rows: readonly RequestRow[],
  from: number,
  to: number,
): CacheOverview {
  const bucketMs = Math.max(60_000, Math.ceil((to - from) / BUCKETS / 60_000) * 60_000)
  const scale = rows.length === 0 ? 0 : 1
  const series = Array.from({ length: BUCKETS }, (_, at) =>
    point(Math.floor(from / bucketMs) * bucketMs + at * bucketMs, at, scale),
  )
  const sum = (pick: (each: CachePoint) => number) =>
    series.reduce((total, each) => total + pick(each), 0)
  const counts = {
    hits: sum((each) => each.hits),
    coalesced: sum((each) => each.coalesced),
    stale: sum((each) => each.stale),
    misses: sum((each) => each.misses),
    bypassed: sum((each) => each.bypassed),
  }
  const given = counts.hits + counts.coalesced + counts.stale
  return {
    ...counts,
    requests: given + counts.misses + counts.bypassed,
    savedUsd: sum((each) => each.savedUsd ?? 0),
    savedUnpriced: Math.round(given * 0.06),
    savedMs: given * 1_870,
    series,
    bucketMs,
    top: scale === 0 ? [] : topEntries(rows, to).filter(({ key }) => !state.purged.has(key)),
  }
}

function point(at: number, index: number, scale: number): CachePoint {
  const hour = (at / HOUR_MS) % 24
  const busy = Math.max(0.05, Math.sin(((hour - 6) / 24) * Math.PI * 2) + 0.4)
  const noise = Math.abs(Math.sin(index * 12.9898) * 43_758.5453) % 1
  const hits = Math.round(90 * busy * (0.6 + noise) * scale)
  return {
    at,
    hits,
    coalesced: Math.round(hits * 0.14 * noise),
    stale: index % 17 === 9 ? Math.round(hits * 0.2) : 0,
    misses: Math.round(48 * busy * (1.2 - noise * 0.6) * scale),
    bypassed: Math.round(hits * 0.03),
    savedUsd: hits * 0.061,
  }
}

function topEntries(rows: readonly RequestRow[], to: number): CacheEntry[] {
  const originals = rows.filter((row) => row.heliograph.saved_ms === null && row.cost !== 0)
  return originals.slice(4, 18).map((row, at) => {
    const hits = Math.round(1_900 / (at + 1.4) ** 1.3)
    const { cost, id, provider, request_preview: preview } = row.heliograph
    return {
      key: `00f1c2d3e4b5a697-${id.replaceAll('-', '').padEnd(64, '0')}`,
      hits,
      requests: hits + 3 + at,
      savedUsd: cost.nanoUsd === null ? null : (hits * cost.nanoUsd) / 1e9,
      savedMs: hits * (row.delay_ms ?? 0),
      firstAt: to - 6 * 24 * HOUR_MS,
      lastAt: to - at * 713_000 - 8_000,
      model: row.model,
      provider,
      preview,
      referenceId: at === 5 ? null : id,
    }
  })
}
