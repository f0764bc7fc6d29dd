/**
 * Limits at work: the segments that the newest requests drew from, with what their limiters hold this moment. Nothing is
 * counted on the hot path for it: the rows say who called and who was denied, the limiters say what is left.
 */
import type { LiveLimit, RateLimitUnit } from '../../contracts/api/rate-limits.ts'
import { limiterName, limiterNamed, UNITS_PER } from '../../lib/limiter-protocol.ts'
import type { BucketView, LimiterView } from '../../lib/limiter-protocol.ts'
import { mapLimited } from '../../lib/pool.ts'
import { readSegmentActivity } from '../../store/rate-limit-activity.ts'
import type { SegmentActivity } from '../../store/rate-limit-activity.ts'

const LOOK_BACK_MS = 3_600_000
const MOST_SEGMENTS = 50
const AT_ONCE = 6

const POLICY = /^(\d+(?:\.\d+)?);w=(\d+)(?:;u=(cents|tokens))?/

/** Denied segments first, then the busiest; at most fifty. */
export async function liveLimits(env: Env, orgId: string): Promise<LiveLimit[]> {
  const since = Date.now() - LOOK_BACK_MS
  const activity = await readSegmentActivity(env.LOGS, orgId, since, MOST_SEGMENTS)
  return mapLimited(activity, AT_ONCE, async (each) => {
    const [, quota, seconds, unitText = 'request'] = POLICY.exec(each.policy) ?? []
    const unit = unitText as RateLimitUnit
    const view = await peek(env, limiterName(orgId, each.segment, unit))
    return present(each, Number(quota), Number(seconds), unit, view)
  })
}

/** Null when the limiter does not answer: the page shows the rest. */
async function peek(env: Env, name: string): Promise<LimiterView | null> {
  try {
    return await limiterNamed(env.RATE_LIMITER, name).peek()
  } catch {
    return null
  }
}

function present(
  { policy, segment, calls, denied, unavailable, lastAt, lastDeniedAt }: SegmentActivity,
  limit: number,
  windowSeconds: number,
  unit: RateLimitUnit,
  view: LimiterView | null,
): LiveLimit {
  const capacity = Math.round(limit * UNITS_PER[unit])
  const bucket = view?.buckets.find(
    (each) => each.capacity === capacity && each.windowMs === windowSeconds * 1_000,
  )
  // A limiter that holds nothing has emptied itself: everything came back.
  const isFull = view !== null && view.buckets.length === 0
  return {
    policy,
    segment,
    unit,
    limit,
    remaining: isFull ? whole(limit, unit) : remainingOf(bucket, unit),
    resetSeconds: isFull ? 0 : bucket === undefined ? null : Math.ceil(bucket.fullInMs / 1_000),
    reservations: view?.reservations ?? null,
    calls,
    denied,
    unavailable,
    lastAt,
    lastDeniedAt,
  }
}

function remainingOf(bucket: BucketView | undefined, unit: RateLimitUnit): number | null {
  return bucket === undefined ? null : Math.max(0, whole(bucket.level / UNITS_PER[unit], unit))
}

/** Half a request lets nothing in; half a cent does. */
function whole(amount: number, unit: RateLimitUnit): number {
  return unit === 'cents' ? amount : Math.floor(amount)
}
