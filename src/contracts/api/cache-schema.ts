/** Zod for the cache's endpoints. */
import * as z from 'zod'
import type { CacheEntry, CacheOverview, CachePoint, CachePurge } from './cache.ts'

export const cachePurgeSchema = z
  .object({
    purged: z.enum(['organization', 'seed', 'key']),
    settlesWithinSeconds: z.number().int(),
  })
  .meta({ id: 'CachePurge' }) satisfies z.ZodType<CachePurge>

/** `seed` as it was sent in `Helicone-Cache-Seed`. A mistyped name must not purge everything. */
export const purgeQuerySchema = z.strictObject({ seed: z.string().min(1).max(1_024).optional() })

export const cacheKeyParamSchema = z.object({
  key: z.string().regex(/^[0-9a-f]{16}-[0-9a-f]{64}$/, 'expected a cache key as the log shows it'),
})

/** What fits the 48 bits of time in a row's id. */
const LATEST_MS = 2 ** 48 - 1

const epochMs = z
  .string()
  .regex(/^\d{1,15}$/, 'expected epoch milliseconds, such as 1767225600000')
  .transform(Number)
  .refine((ms) => ms <= LATEST_MS, `expected at most ${LATEST_MS}`)

export const cacheOverviewQuerySchema = z
  .object({
    from: epochMs.meta({ description: 'Epoch ms, inclusive.' }),
    to: epochMs.meta({ description: 'Epoch ms, exclusive.' }),
  })
  .refine(({ from, to }) => from <= to, { path: ['from'], message: 'expected no later than to' })

const counts = {
  hits: z.number().int(),
  coalesced: z.number().int(),
  stale: z.number().int(),
  misses: z.number().int(),
  bypassed: z.number().int(),
}
const savedUsd = z
  .number()
  .nullable()
  .meta({ description: 'US dollars: the sum of what has a price; null when nothing of it has.' })

const cachePointSchema = z.object({
  at: z.number().int(),
  ...counts,
  savedUsd,
}) satisfies z.ZodType<CachePoint>

const cacheEntrySchema = z.object({
  key: z.string(),
  hits: z.number().int(),
  requests: z.number().int(),
  savedUsd,
  savedMs: z.number().int(),
  firstAt: z.number().int(),
  lastAt: z.number().int(),
  model: z.string().nullable(),
  provider: z.string(),
  preview: z.string().nullable(),
  referenceId: z.string().nullable(),
}) satisfies z.ZodType<CacheEntry>

export const cacheOverviewSchema = z
  .object({
    requests: z.number().int(),
    ...counts,
    savedUsd,
    savedUnpriced: z.number().int(),
    savedMs: z.number().int(),
    series: z.array(cachePointSchema),
    bucketMs: z.number().int(),
    top: z.array(cacheEntrySchema),
  })
  .meta({ id: 'CacheOverview' }) satisfies z.ZodType<CacheOverview>
