/** What the API says of the response cache. Times in epoch ms, money in US dollars. */

/** What was purged. Data centres that used an answer just now may do so a little longer. */
export interface CachePurge {
  purged: 'organization' | 'seed' | 'key'
  settlesWithinSeconds: number
}

/** `GET /api/cache/overview`: what the cache did for the calls that asked for it, `from` inclusive, `to` exclusive. */
export interface CacheOverview extends CacheCounts, CacheSaving {
  /** Calls that asked for the cache: the sum of the five counts. */
  requests: number
  /** Answers given again whose price is unknown: they are not in `savedUsd`. */
  savedUnpriced: number
  /** Every bucket of the range, oldest first, empty ones too; about 100 at most. The first may start before `from`. */
  series: CachePoint[]
  bucketMs: number
  /** Answers that were given again, the most used first; at most 50. */
  top: CacheEntry[]
}

export interface CacheCounts {
  hits: number
  /** Shared the answer of a call that was under way. */
  coalesced: number
  /** An expired answer, given because the provider failed. */
  stale: number
  misses: number
  /** Asked for the cache, but could not take part. */
  bypassed: number
}

export interface CacheSaving {
  /** Sum of the known prices; 0 when nothing was given again, null when something was and no price of it is known. */
  savedUsd: number | null
  /** Waiting that was spared: what the original answers took, less what giving them again took. */
  savedMs: number
}

export interface CachePoint extends CacheCounts {
  /** Start of the bucket. */
  at: number
  /** As `CacheSaving.savedUsd`. */
  savedUsd: number | null
}

/** One cached answer, or the answers of one bucket: those that share a key. Counts and times are of the range. */
export interface CacheEntry extends CacheSaving {
  /** For `DELETE /v1/cache/{key}`. */
  key: string
  /** Times that it was given again: fresh, coalesced or stale. */
  hits: number
  /** Calls with this key, misses included. */
  requests: number
  firstAt: number
  lastAt: number
  /** Of the newest call that was answered with it. */
  model: string | null
  provider: string
  preview: string | null
  /** Row id of the request whose answer it is; null when that is not known. */
  referenceId: string | null
}
