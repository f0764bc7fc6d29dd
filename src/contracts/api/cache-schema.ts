/** Zod for the cache's endpoints. */
import * as z from 'zod'
import type { CachePurge } from './cache.ts'

export const cachePurgeSchema = z
  .object({
    purged: z.enum(['organization', 'seed', 'key']),
    settlesWithinSeconds: z.number().int(),
  })
  .meta({ id: 'CachePurge' }) satisfies z.ZodType<CachePurge>

/** `seed` as it was sent in `Helicone-Cache-Seed`. */
export const purgeQuerySchema = z.object({ seed: z.string().min(1).max(1_024).optional() })

export const cacheKeyParamSchema = z.object({
  key: z.string().regex(/^[0-9a-f]{16}-[0-9a-f]{64}$/, 'expected a cache key as the log shows it'),
})
